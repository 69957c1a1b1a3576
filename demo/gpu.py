"""A GPU that is lent for the length of a call (ZeroGPU on a Space); on every other machine this changes nothing."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import ParamSpec, TypeVar

LENT_S = 60
"""Seconds that one call may hold the GPU; a restoration takes a few."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def on_gpu(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function or a generator function that computes; what it yields must live on the CPU."""
    if find_spec("spaces") is None:
        return function
    decorated: Callable[Arguments, Result] = import_module("spaces").GPU(duration=LENT_S)(function)
    return decorated
