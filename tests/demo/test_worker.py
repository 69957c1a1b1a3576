"""Whoever asks, one thread computes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from threading import get_ident

import pytest

from demo import worker

ASKED_BY: ContextVar[int] = ContextVar("asked_by", default=0)


@worker.called
def compute(number: int) -> tuple[int, int, int]:
    return number, get_ident(), ASKED_BY.get()


def ask(number: int) -> tuple[int, int, int]:
    ASKED_BY.set(number)
    return compute(number)


def test_every_visitor_is_served_by_the_same_thread_which_knows_for_whom() -> None:
    with ThreadPoolExecutor(4) as visitors:
        answers = list(visitors.map(ask, range(1, 9)))
    assert [(number, asked_by) for number, _, asked_by in answers] == [(number, number) for number in range(1, 9)]
    threads = {thread for _, thread, _ in answers}
    assert len(threads) == 1 and get_ident() not in threads


def test_two_streams_take_turns_and_a_closed_one_ends_in_its_own_thread() -> None:
    said: list[tuple[str, int]] = []

    @worker.stepped
    def stream(name: str) -> Iterator[str]:
        try:
            for number in range(9):
                yield f"{name}{number}"
        finally:
            said.append((name, get_ident()))

    one, two = stream("a"), stream("b")
    assert [next(one), next(two), next(one)] == ["a0", "b0", "a1"]
    one.close()
    assert list(two) == [f"b{number}" for number in range(1, 9)]
    assert [name for name, _ in said] == ["a", "b"]
    assert {thread for _, thread in said} == {compute(0)[1]}


def test_errors_reach_who_asked() -> None:
    @worker.stepped
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = failing()
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)
    assert compute(3)[0] == 3
