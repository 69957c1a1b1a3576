"""The random weights that a training begins with."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Networks built inside draw their first weights from ``seed``: their layers take no generator, only torch's own.

    Whatever else draws from that one goes on afterwards as if nothing had been drawn.
    """
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)
        yield
