"""The mean of two checkpoints' weights, one trained on from the other: often better than both on other cameras.

A run that goes on from good weights gains on what it sees and may lose on what it does not; halfway between before and
after, most of the gain is there and most of the loss is not (Wortsman et al. 2022, "Robust fine-tuning").
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from retinaregen_core import weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.manifest import training_record, write_training_record
from retinaregen_core.training.loop import origin


def average(first: str, second: str, out: Path) -> dict[str, Any]:
    """Write the mean of two restorers, and a record that names them, to ``out``.

    Args:
        first, second: names or folders of checkpoints with one spec.
        out: checkpoint folder.

    Returns:
        the record: the second one's own, with both sources under ``mean_of``.

    Raises:
        WeightsError: a checkpoint is missing, or they are different networks.
    """
    found = [weights.locate(name) for name in (first, second)]
    before, after = (weights.load_restorer(checkpoint) for checkpoint in found)
    if before.spec != after.spec:
        raise WeightsError(
            f"{first} and {second} are different networks: {asdict(before.spec)} and {asdict(after.spec)}.",
            "Average checkpoints of one and the same network.",
        )
    others = before.state_dict()
    after.load_state_dict({name: (value + others[name]) / 2 for name, value in after.state_dict().items()})
    weights.save(after, out)
    record = {**training_record(found[1].folder), "mean_of": [origin(first), origin(second)], "validation": {}}
    write_training_record(out, record)
    return record
