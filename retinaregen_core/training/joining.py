"""One part of a network from one checkpoint, all else from another: the flagship's parts are trained in runs apart."""

from pathlib import Path
from typing import Any

from retinaregen_core import weights
from retinaregen_core.datasets import read_index
from retinaregen_core.errors import ImageError, WeightsError
from retinaregen_core.manifest import FROM, training_record, write_training_record
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.specs import lookup
from retinaregen_core.training.averaging import one_network
from retinaregen_core.training.loop import origin
from retinaregen_core.training.restorer import PREFIXES, VALIDATION
from retinaregen_core.training.validation import validate


def join(trained: str, rest: str, out: Path, part: str = "light", data: Path | None = None) -> dict[str, Any]:
    """Write ``rest`` with one part of ``trained``, and a record that names both, to ``out``.

    Args:
        trained, rest: names or folders of checkpoints with one spec.
        out: checkpoint folder.
        part: a key of :data:`~retinaregen_core.training.restorer.PREFIXES`.
        data: folder with the photographs that a run is validated on, if what was joined is to be measured.

    Returns:
        the record: that of ``trained``, with both sources under ``<part>_from`` and ``all_but_<part>_from``, and the
        photographs that either run saw.

    Raises:
        SpecError: unknown ``part``.
        WeightsError: a checkpoint is missing, they are different networks, or these have no such part.
        ImageError: ``data`` holds none of those photographs.
    """
    prefix = lookup(PREFIXES, part, "part")
    found = [weights.locate(name) for name in (trained, rest)]
    source, network = one_network(*found)
    taken = {name: tensor for name, tensor in source.state_dict().items() if name.startswith(prefix)}
    if not taken:
        raise WeightsError(
            f"{trained} and {rest} are networks of the kind {network.spec.restorer!r}, which has no part {part!r}.",
            "Join two checkpoints of the flagship: its parts are trained apart.",
        )
    network.load_state_dict(network.state_dict() | taken)
    own, other = (training_record(checkpoint.folder) for checkpoint in found)
    record = {
        # What an earlier join says is of other tensors; what those had seen, both sources tell.
        **{key: value for key, value in own.items() if not key.endswith(FROM)},
        "datasets": dict(sorted((other.get("datasets", {}) | own.get("datasets", {})).items())),
        "validation": _validated(network, data) if data else {},
        f"{part}{FROM}": origin(trained),
        f"all_but_{part}{FROM}": origin(rest),
    }
    weights.save(network, out)
    write_training_record(out, record)
    return record


def _validated(network: Restorer, data: Path) -> dict[str, Any]:
    """As after a run; see :func:`validate`."""
    entries = [entry for entry in read_index(data) if entry.dataset in VALIDATION]
    if not entries:
        names = ", ".join(sorted(VALIDATION))
        raise ImageError(
            f"{data} holds no photograph that restorers are validated on (data set {names}).",
            f"Name {names} as data set in its manifest.csv, or leave --data out: then nothing is measured.",
        )
    return validate(network, weights.load_reader(weights.locate("readability")), entries)
