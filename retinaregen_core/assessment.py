"""Many photographs scored: read ahead on threads, scored in batches, and none of them kept."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from retinaregen_core.errors import MemoryShortage, RetinaRegenError, lacks_memory
from retinaregen_core.imaging import landmarks
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.landmarks import Landmark, Landmarks
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

    @property
    def cells(self) -> dict[str, str]:
        """Share and places as a table has them: whole pixels, and confidences; none of a picture that is refused."""
        if refusal(self.scores):
            return {}
        told = {} if self.scores.share is None else {SHARE: f"{self.scores.share:.3f}"}
        written = (f"{value:{layout}}" for place in self.places for value, layout in zip(place, (".0f", ".0f", ".2f")))
        return told | dict(zip(PLACES, written, strict=True))


class _Opened(NamedTuple):
    """What waits for its batch: the framed photograph as the classifier sees it and as landmarks are looked for."""

    square: np.ndarray
    mask: np.ndarray
    small: np.ndarray
    small_mask: np.ndarray
    framing: Framing


def assess_files(model: RetinaRegen, files: Iterable[Path]) -> Iterator[Assessed | Problem]:
    """One answer a file, in the files' order: scores and places, or what is wrong with it.

    Only framed squares wait for their batch, so that memory depends neither on how many files there are nor on their
    size, but for the :data:`READERS` that are being decoded.
    """
    size = model.classifier.spec.image_size

    def read(file: Path) -> _Opened | Problem:
        try:
            upload = read_upload(file, None)
            side = landmarks.SIDE
            return _Opened(*_views(upload, size), *_views(upload, side), upload.framing)
        except (RetinaRegenError, OSError) as problem:
            return problem
        except Exception as error:
            if not lacks_memory(error):
                raise
            return MemoryShortage()

    waiting = iter(files)
    with ThreadPoolExecutor(READERS) as readers:
        ahead: deque[Future[_Opened | Problem]] = deque()
        while True:
            ahead.extend(readers.submit(read, file) for file in islice(waiting, 2 * BATCH_SIZE - len(ahead)))
            if not ahead:
                return
            opened = [ahead.popleft().result() for _ in range(min(BATCH_SIZE, len(ahead)))]
            eyes = [(found.square, found.mask) for found in opened if isinstance(found, _Opened)]
            said = iter(model.assess_all(eyes) if eyes else ())
            placed = [readers.submit(_assessed, next(said), eye) for eye in opened if isinstance(eye, _Opened)]
            answers = iter(placed)
            yield from (next(answers).result() if isinstance(found, _Opened) else found for found in opened)


def _views(upload: Upload, side: int) -> tuple[np.ndarray, np.ndarray]:
    return upload.square(side), upload.mask(side)


def _assessed(said: Assessment, eye: _Opened) -> Assessed:
    """With disc and macula in pixels of the upload."""
    found = landmarks.locate(eye.small, eye.small_mask, said.likely)
    places = (Landmark(*eye.framing.point(place.x, place.y), place.confidence) for place in found)
    return Assessed(said.scores, Landmarks(*places))
