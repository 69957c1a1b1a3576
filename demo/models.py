"""The networks behind the page, loaded once per process and shared by all visitors."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from demo.gpu import on_gpu
from demo.worker import called, stepped
from retinaregen_core import outcomes, weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.outcomes import Wanted
from retinaregen_core.pipeline import DenoisingStep, Event, Readability, RetinaRegen, StepScores, Upload
from retinaregen_core.records import Evidence
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.weights import Checkpoint

RESTORERS_SHOWN = ("flagship", "paper")
"""Names of the manifest in the order of the menu; the first one found is the default."""


class Preset(NamedTuple):
    """How far a restoration goes."""

    steps: float
    """Multiple of the checkpoint's own number."""
    strength: float


PRESETS = {"faithful": Preset(0.5, 0.75), "standard": Preset(1, 1), "finer": Preset(2, 1)}
"""Measured on the cataract drawing with the flagship: PSNR to the upload is 20.0, 18.8 and 18.8 dB."""


@cache
def offered() -> dict[str, Checkpoint]:
    """The restorers whose weights are there and verify, by name; empty when the page has nothing to work with."""
    found = {name: _search(name) for name in RESTORERS_SHOWN}
    return {name: row for name, row in found.items() if isinstance(row, Checkpoint) and row.verified}


def checkpoints() -> list[Checkpoint]:
    """Everything that is loaded or can be: the restorers, then what reads a photograph."""
    readers = (_search(name) for name in ("readability", weights.LOCAL))
    return [*offered().values(), *(found for found in readers if isinstance(found, Checkpoint))]


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


@called
@on_gpu
def assess(photograph: np.ndarray) -> Readability:
    """The four labels of a decoded photograph, uint8 ``[H, W, 3]``."""
    return get(default()).assess(photograph)


@stepped
@on_gpu
def stream(
    name: str, photograph: np.ndarray, options: SamplingOptions, reference: np.ndarray | None
) -> Iterator[Event]:
    """:meth:`RetinaRegen.stream` of the restorer of this name, with every tensor on the CPU."""
    for event in get(name).stream(photograph, reference=reference, **asdict(options)):
        if isinstance(event, DenoisingStep):
            yield replace(event, x_t=event.x_t.cpu(), x0=event.x0.cpu())
        else:
            yield event


@called
@on_gpu
def evidence(mask: np.ndarray, *pictures: np.ndarray) -> tuple[Evidence, ...]:
    """:meth:`RetinaRegen.evidence`: the labels' network is the same for every restorer."""
    return get(default()).evidence(mask, *pictures)


@stepped
@on_gpu
def follow(name: str, upload: Upload, frames: Iterable[np.ndarray]) -> Iterator[StepScores]:
    """:meth:`RetinaRegen.follow` of the restorer of this name."""
    yield from get(name).follow(upload, frames)


@stepped
def treat(photograph: np.ndarray, wanted: Wanted) -> Iterator[Event]:
    """:func:`retinaregen_core.outcomes.treat` with the restorer that is chosen when the page opens."""
    yield from outcomes.treat(get(default()), photograph, wanted)


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
