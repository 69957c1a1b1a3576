"""Many photographs scored: read ahead on threads, scored in batches, and none of them kept."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.records import Readability
from retinaregen_core.uploads import read_upload

BATCH_SIZE, READERS = 8, 2

Problem = RetinaRegenError | OSError


def assess_files(model: RetinaRegen, files: Iterable[Path]) -> Iterator[Readability | Problem]:
    """One answer a file, in the files' order: its scores, or what is wrong with it.

    Only framed squares wait for their batch, so that memory depends neither on how many files there are nor on their
    size, but for the :data:`READERS` that are being decoded.
    """
    size = model.classifier.spec.image_size

    def read(file: Path) -> np.ndarray | Problem:
        try:
            return read_upload(file, None).square(size)
        except (RetinaRegenError, OSError) as problem:
            return problem

    waiting = iter(files)
    with ThreadPoolExecutor(READERS) as readers:
        ahead: deque[Future[np.ndarray | Problem]] = deque()
        while True:
            ahead.extend(readers.submit(read, file) for file in islice(waiting, 2 * BATCH_SIZE - len(ahead)))
            if not ahead:
                return
            opened = [ahead.popleft().result() for _ in range(min(BATCH_SIZE, len(ahead)))]
            squares = [square for square in opened if isinstance(square, np.ndarray)]
            scores = iter(model.assess_all(squares) if squares else ())
            yield from (next(scores) if isinstance(square, np.ndarray) else square for square in opened)
