"""The random weights that a training begins with."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Networks built inside draw their first weights from ``seed``.

    The one place where torch's own generator is seeded: layers take no other. Whatever else draws from it goes on
    afterwards as if nothing had been drawn; another thread must not draw meanwhile.
    """
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)
        yield
