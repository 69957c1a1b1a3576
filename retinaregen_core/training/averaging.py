"""The mean of two checkpoints' weights, one trained on from the other: often better than both on other cameras.

A run that goes on from good weights gains on what it sees and may lose on what it does not; part of the way from before
to after, most of the gain is there and most of the loss is not (Wortsman et al. 2022, "Robust fine-tuning").
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from retinaregen_core import weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.manifest import training_record, write_training_record
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.training import readability
from retinaregen_core.training.loop import origin
from retinaregen_core.weights import Checkpoint


def average(first: str, second: str, out: Path, share: float = 0.5) -> dict[str, Any]:
    """Write the mean of two restorers, and a record that names them, to ``out``.

    Args:
        first, second: names or folders of checkpoints with one spec.
        out: checkpoint folder.
        share: of the second, in [0, 1].

    Returns:
        the record: the second one's own, with both sources under ``mean_of``.

    Raises:
        WeightsError: a checkpoint is missing, or they are different networks.
    """
    found = [weights.locate(name) for name in (first, second)]
    before, after = one_network(*found)
    after.load_state_dict(mean(before, after, share))
    weights.save(after, out)
    record = {**training_record(found[1].folder), "mean_of": sources(first, second, share), "validation": {}}
    write_training_record(out, record)
    return record


def average_classifiers(first: str, second: str, out: Path, data: Path, share: float, seed: int) -> dict[str, Any]:
    """The same for two readability classifiers, whose mean gets its batch statistics and its calibration anew.

    Args:
        first, second, out, share: see :func:`average`.
        data: folder of labelled photographs, as for training.
        seed: of the pictures that statistics and calibration are made on.

    Raises:
        ImageError: ``data`` holds too few readable photographs.
        WeightsError: a checkpoint is missing or no classifier.
    """
    found = [weights.locate(name) for name in (first, second)]
    before, after = (weights.load_readability(checkpoint) for checkpoint in found)
    after.network.load_state_dict(mean(before.network, after.network, share))
    task = readability.begin(data, seed, after)
    task.network.eval()
    said = {"validation": task.finish(task.network), "mean_of": sources(first, second, share)}
    record = training_record(found[1].folder) | said
    weights.save(task.network, out)
    write_training_record(out, record)
    return record


def one_network(first: Checkpoint, second: Checkpoint) -> tuple[Restorer, Restorer]:
    """The restorers of two checkpoints with one spec.

    Raises:
        WeightsError: a checkpoint does not hold a restorer, or they are different networks.
    """
    before, after = (weights.load_restorer(checkpoint) for checkpoint in (first, second))
    pairs = zip(asdict(before.spec).items(), asdict(after.spec).values(), strict=True)
    if differences := [f"{name} {ours!r} and {theirs!r}" for (name, ours), theirs in pairs if ours != theirs]:
        raise WeightsError(
            f"{first.folder} and {second.folder} are different networks: {', '.join(differences)}.",
            "Name two checkpoints of one and the same network.",
        )
    return before, after


def mean(before: nn.Module, after: nn.Module, share: float) -> dict[str, Tensor]:
    """Every tensor of both networks, ``share`` of the way from the first to the second."""
    others = before.state_dict()
    return {
        name: ((1 - share) * others[name] + share * value).to(value.dtype) for name, value in after.state_dict().items()
    }


def sources(first: str, second: str, share: float) -> list[dict[str, Any]]:
    """For the record: both checkpoints, and how much of each."""
    return [(origin(name) or {}) | {"share": part} for name, part in ((first, round(1 - share, 6)), (second, share))]
