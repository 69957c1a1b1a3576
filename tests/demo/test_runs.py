"""Ending what a session computes."""

import threading
from collections.abc import Generator
from time import sleep
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from demo import cache, runs


class Update(NamedTuple):
    number: int = -1


def test_an_ended_run_says_nothing_more_and_has_let_go_of_everything() -> None:
    let_go: list[bool] = []

    @runs.endable
    def count() -> Generator[Update, None, None]:
        try:
            yield from map(Update, range(9))
        finally:
            let_go.append(True)

    updates = count()
    assert next(updates) == Update(0)
    ending = threading.Thread(target=runs.end)
    ending.start()
    while not runs.RUNS._of[""][0].ending.wait(1):
        """Until the other thread has asked."""
    assert list(updates) == [Update()]
    ending.join(5)
    assert let_go and not ending.is_alive() and not runs.RUNS._of


def test_only_the_sessions_own_runs_end() -> None:
    both = runs.Runs()
    with both.under_way("one") as one, both.under_way("two") as two:
        one.ended.set()  # nobody waits in this test
        both.end("one")
        assert one.ending.is_set() and not two.ending.is_set()
    both.end("one")


def test_a_run_that_fails_does_not_keep_who_ends_it_waiting() -> None:
    both = runs.Runs()
    with pytest.raises(ValueError, match="broken"), both.under_way("one"):
        raise ValueError("broken")
    both.end("one")


def test_what_a_run_writes_after_its_visitor_has_left_goes_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "session", lambda: "gone")
    before = cache.place("step.jpg")
    with runs.RUNS.under_way("gone") as run:
        before.write_bytes(b"seen")
        runs.leave(SimpleNamespace(session_hash="gone"))  # type: ignore[arg-type]
        assert not before.exists()
        late = cache.place("step.jpg")
        late.write_bytes(b"late")
        assert run.ending.wait(5)
    for _ in range(50):
        if late.exists():
            sleep(0.1)
    assert not late.exists()
