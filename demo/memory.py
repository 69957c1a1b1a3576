"""Freed memory goes back to the system, which the C library does not do by itself.

glibc gives up to eight heaps for each core to the threads that ask first, and each keeps what was freed in it: twenty
visitors left 8 MB each behind. With one heap and a trim now and then, less than 1 MB (``benchmarks/load.py``).
Elsewhere, and with another C library, both functions do nothing.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache

M_ARENA_MAX = -8
"""glibc's number for how many heaps there may be."""


def share_one_heap() -> None:
    """For all threads that come later; those that have a heap already keep it."""
    with suppress(AttributeError):
        _library().mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return every page of freed memory to the system; takes some milliseconds."""
    with suppress(AttributeError):
        _library().malloc_trim(0)


@cache
def _library() -> ctypes.CDLL:
    """What this process allocates with; a function that it does not know is an ``AttributeError``."""
    return ctypes.CDLL(None) if sys.platform == "linux" else ctypes.pythonapi
