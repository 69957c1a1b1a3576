"""The networks behind the page, loaded once per process and shared by all visitors."""

from functools import cache

from retinaregen_core import weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.weights import Checkpoint

RESTORERS_SHOWN = ("flagship", "paper")
"""Names of the manifest in the order of the menu; the first one found is the default."""


@cache
def offered() -> dict[str, Checkpoint]:
    """The restorers whose weights are there and verify, by name; empty when the page has nothing to work with."""
    found = {name: _search(name) for name in RESTORERS_SHOWN}
    return {name: row for name, row in found.items() if isinstance(row, Checkpoint) and row.verified}


@cache
def obstacle() -> WeightsError | None:
    """Why the page cannot work: the first thing that is missing or altered; ``None`` when it can."""
    readability = _search("readability")
    if isinstance(readability, WeightsError):
        return readability
    if offered():
        return None
    first = _search(RESTORERS_SHOWN[0])
    assert isinstance(first, WeightsError)
    return first


@cache
def get(name: str) -> RetinaRegen:
    """The loaded restorer of this name, with the readability classifier."""
    return RetinaRegen.from_pretrained(name)


def default() -> str:
    """The restorer that is chosen when the page opens."""
    return next(iter(offered()))


def default_steps(name: str) -> int:
    """The number of steps that the checkpoint asks for."""
    return get(name).restorer.spec.num_steps


@cache
def _search(name: str) -> Checkpoint | WeightsError:
    try:
        return weights.locate(name)
    except WeightsError as error:
        return error
