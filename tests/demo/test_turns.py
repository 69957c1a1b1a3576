"""The queue: one at a time, everybody in turn, nobody forgotten."""

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from gradio.data_classes import ImageData
from PIL import Image

from demo import models, restoring, words
from demo.handlers import Case
from demo.turns import Turns
from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Event, Readability


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
        assert seconds is None or seconds >= 0


def test_no_time_is_promised_that_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("demo.turns.perf_counter", lambda: clock[0])
    turns = Turns(room=3)
    with turns.place() as waiting:
        list(waiting)
        clock[0] = 10.0  # that is how long one takes
    with turns.place() as running, turns.place() as second, turns.place() as third:
        list(running)
        clock[0] = 14.0
        assert (next(second), next(third)) == ((1, 6.0), (2, 16.0))
        clock[0] = 21.0
        assert turns._expected(1) is None


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


@pytest.mark.filterwarnings("ignore::UserWarning")  # a toast, where there is no page
def test_a_worker_that_raises_frees_its_slot(monkeypatch: pytest.MonkeyPatch, phantom: Phantom, tmp_path: Path) -> None:
    reached: list[object] = []

    def broken(*arguments: object) -> Iterator[Event]:
        reached.append(arguments)
        yield scores
        raise RuntimeError("broken")

    monkeypatch.setattr(models, "stream", broken)
    monkeypatch.setattr(restoring, "TURNS", Turns(room=1))
    Image.fromarray(phantom.image).save(tmp_path / "eye.png")
    scores = Readability(0.9, 0.2, 0.9, 0.9, (0.5, 0.5, 0.5, 0.5))
    case = Case(ImageData(path=str(tmp_path / "eye.png")), 512, 512, (0, 0, 512), scores)
    for _ in range(2):
        updates = islice(restoring.on_restore(case, "flagship", 1, 0, 1, 1), 9)  # else it would wait for its slot
        assert words.problems.UNEXPECTED[0] in list(updates)[-1].status
    assert len(reached) == 2
    with restoring.TURNS.place() as waiting:
        assert list(waiting) == []
