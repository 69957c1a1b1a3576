"""A lack of memory is told as one, whoever raises it, and is the trouble of one photograph alone."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch

from retinaregen_core.errors import MemoryShortage, lacks_memory
from retinaregen_core.outcomes import Outcome, follow
from retinaregen_core.records import Event

TOO_MUCH = 1 << 62
"""Bytes that no machine has."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda: bytearray(TOO_MUCH),
        lambda: np.empty(TOO_MUCH, np.uint8),
        lambda: torch.empty(TOO_MUCH, dtype=torch.uint8),
        lambda: cv2.resize(np.zeros((1, 1), np.uint8), (1 << 30, 1 << 30)),
    ],
    ids=["python", "numpy", "torch", "opencv"],
)
def test_a_lack_of_memory_is_recognised(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((MemoryError, RuntimeError, cv2.error)) as raised:
        ask()
    assert lacks_memory(raised.value), raised.value


def test_it_is_recognised_in_what_a_reader_makes_of_it() -> None:
    with pytest.raises(MemoryError) as raised:
        np.empty(TOO_MUCH, np.uint8)
    assert lacks_memory(RuntimeError(f"Unable to decode: {raised.value}"))


def test_other_errors_are_not() -> None:
    assert not any(lacks_memory(error) for error in (ValueError("no photograph"), RuntimeError("shapes differ")))


def test_it_ends_one_photograph_and_not_the_folder() -> None:
    def events() -> Iterator[Event]:
        yield from ()
        torch.empty(TOO_MUCH, dtype=torch.uint8)

    with pytest.raises(StopIteration) as stop:
        next(follow("large", events()))
    outcome = stop.value.value
    assert isinstance(outcome, Outcome) and outcome.kind == "failed"
    assert isinstance(outcome.problem, MemoryShortage) and "memory" in str(outcome.problem)
