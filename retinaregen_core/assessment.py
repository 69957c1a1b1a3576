"""Many photographs scored: read ahead on threads, scored in batches, and none of them kept."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.imaging import landmarks
from retinaregen_core.imaging.landmarks import Landmark, Landmarks
from retinaregen_core.imaging.places import share
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.records import Assessment, Readability
from retinaregen_core.uploads import Upload, read_upload
from retinaregen_core.verdict import refusal

BATCH_SIZE, READERS = 8, 2

SHARE = "readable_share"
PLACES = tuple(f"{name}_{field}" for name in Landmarks._fields for field in Landmark._fields)
"""Columns of :attr:`Assessed.cells`."""

Problem = RetinaRegenError | OSError


class Assessed(NamedTuple):
    """What is known of a photograph."""

    scores: Readability
    places: Landmarks
    """In pixels of the upload: x from its left edge, y from its top edge."""
    share: float | None
    """How much of the field of view can be read, in [0, 1]; None where nothing tells."""

    @property
    def cells(self) -> dict[str, str]:
        """Share and places as a table has them: whole pixels, and confidences; none of a picture that is refused."""
        if refusal(self.scores):
            return {}
        told = {} if self.share is None else {SHARE: f"{self.share:.3f}"}
        written = (f"{value:{layout}}" for place in self.places for value, layout in zip(place, (".0f", ".0f", ".2f")))
        return told | dict(zip(PLACES, written, strict=True))


class _Opened(NamedTuple):
    square: np.ndarray
    mask: np.ndarray
    places: Landmarks


def assess_files(model: RetinaRegen, files: Iterable[Path]) -> Iterator[Assessed | Problem]:
    """One answer a file, in the files' order: scores and places, or what is wrong with it.

    Only framed squares wait for their batch, so that memory depends neither on how many files there are nor on their
    size, but for the :data:`READERS` that are being decoded.
    """
    size = model.classifier.spec.image_size

    def read(file: Path) -> _Opened | Problem:
        try:
            upload = read_upload(file, None)
            return _Opened(upload.square(size), upload.mask(size), _located(upload))
        except (RetinaRegenError, OSError) as problem:
            return problem

    waiting = iter(files)
    with ThreadPoolExecutor(READERS) as readers:
        ahead: deque[Future[_Opened | Problem]] = deque()
        while True:
            ahead.extend(readers.submit(read, file) for file in islice(waiting, 2 * BATCH_SIZE - len(ahead)))
            if not ahead:
                return
            opened = [ahead.popleft().result() for _ in range(min(BATCH_SIZE, len(ahead)))]
            squares = [found.square for found in opened if isinstance(found, _Opened)]
            said = iter(model.assess_all(squares) if squares else ())
            yield from (_assessed(next(said), found) if isinstance(found, _Opened) else found for found in opened)


def _assessed(said: Assessment, opened: _Opened) -> Assessed:
    readable = None if said.readable is None else share(said.readable, opened.mask)
    return Assessed(said.scores, opened.places, readable)


def _located(upload: Upload) -> Landmarks:
    """As :func:`landmarks.locate`, in pixels of the upload."""
    found = landmarks.locate(upload.square(landmarks.SIDE), upload.mask(landmarks.SIDE))
    return Landmarks(*(Landmark(*upload.framing.point(place.x, place.y), place.confidence) for place in found))
