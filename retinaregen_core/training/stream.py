"""Endless, shuffled training samples made on the fly, each used a few times because making one is dear."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from retinaregen_core.errors import ImageError

logger = logging.getLogger(__name__)

T = TypeVar("T")

BUFFER = 160
"""Samples that wait in memory, to be drawn in random order."""
PATIENCE = 20
"""So many photographs in a row that cannot be read are no accident."""


def shuffled(draw: Callable[[np.random.Generator], T], rng: np.random.Generator, uses: int) -> Iterator[T]:
    """Samples of ``draw`` in random order, each ``uses`` times; the first ones do not wait for a full buffer."""
    buffer: list[tuple[T, int]] = []
    while True:
        buffer.append((draw(rng), uses))
        while len(buffer) >= BUFFER or (buffer and rng.random() < 1 - 1 / uses):
            sample, left = buffer.pop(int(rng.integers(len(buffer))))
            if left > 1:
                buffer.append((sample, left - 1))
            yield sample


def pick(paths: Sequence[Path], read: Callable[[Path], T], rng: np.random.Generator) -> tuple[Path, T]:
    """One of ``paths`` at random, and what ``read`` makes of it; one that cannot be read is named, and another drawn.

    Raises:
        ImageError: :data:`PATIENCE` in a row cannot be read.
    """
    for _ in range(PATIENCE):
        path = paths[int(rng.integers(len(paths)))]
        for found in readable([path], read):
            return path, found
    raise ImageError("Hardly one of these photographs can be read.", "See above which, and why.")


def readable(paths: Iterable[Path], read: Callable[[Path], T]) -> Iterator[T]:
    """What ``read`` makes of each; those that cannot be read are named with the reason and left out."""
    for path in paths:
        try:
            found = read(path)
        except ImageError as error:
            logger.warning("%s is left out. %s", path, error)
        else:
            yield found


def batches(stream: IterableDataset[dict[str, Tensor]], batch_size: int) -> Iterator[dict[str, Any]]:
    """Batches of a stream that other processes make ahead of time: one for every core but the training's own.

    They come from a server that has imported what they need and done nothing else: forked from this process, they would
    inherit OpenCV's threads in a state that can hang them for ever; spawned, as on systems without such a server, each
    imports everything anew.
    """
    others = max(1, (os.cpu_count() or 1) - 1)
    context: BaseContext = get_context("spawn")
    if "forkserver" in get_all_start_methods():
        context = get_context("forkserver")
        context.set_forkserver_preload([type(stream).__module__])
    return iter(DataLoader(stream, batch_size, num_workers=others, prefetch_factor=4, multiprocessing_context=context))
