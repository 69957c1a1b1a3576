"""The queue: one at a time, everybody in turn, nobody forgotten."""

import threading

import pytest

from demo import words
from demo.turns import Turns
from retinaregen_core.errors import RetinaRegenError


def test_whoever_comes_first_need_not_wait() -> None:
    turns = Turns(room=2)
    for _ in range(2):
        with turns.place() as waiting:
            assert list(waiting) == []


def test_the_second_is_told_the_place_and_gets_the_turn_when_the_first_leaves() -> None:
    turns = Turns(room=2)
    first = turns.place()
    assert list(first.__enter__()) == []
    with turns.place() as waiting:
        assert next(waiting) == (1, None)
        threading.Timer(0.1, lambda: first.__exit__(None, None, None)).start()
        assert list(waiting) == []
    with turns.place() as third, turns.place() as fourth:
        assert list(third) == []
        ahead, seconds = next(fourth)
        assert ahead == 1
        assert seconds is not None and seconds >= 0


def test_who_gives_up_makes_room_and_holds_nobody_up() -> None:
    turns = Turns(room=2)
    with turns.place() as first:
        list(first)
        with turns.place() as second:
            next(second)
            with pytest.raises(RetinaRegenError, match=words.problems.QUEUE_FULL[0]), turns.place():
                pass
        with turns.place() as third:
            assert next(third).ahead == 1
