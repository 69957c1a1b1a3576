"""Endless, shuffled training samples made on the fly, each used a few times because making one is dear."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

T = TypeVar("T")

BUFFER = 160
"""Samples that wait in memory, to be drawn in random order."""


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
