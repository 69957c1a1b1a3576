"""Restorations run one at a time, first come, first served, and whoever waits is told for how long."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple

from demo import words
from retinaregen_core.errors import RetinaRegenError

TICK_S = 1.0
"""How often somebody who waits is told the place."""
REMEMBERED = 8
"""Runs whose durations give the expected time."""


class Waiting(NamedTuple):
    """Where somebody stands in the queue."""

    ahead: int
    """Restorations before this one, the running one included."""
    seconds: float | None
    """About how long that takes; ``None`` before anything has been timed, or when the one that runs takes longer."""


class Turns:
    """A queue with room for a few; it holds no lock while anybody computes or waits."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._line: list[object] = []
        self._changed = threading.Condition()
        self._durations: deque[float] = deque(maxlen=REMEMBERED)
        self._begun = 0.0
        """When the first in line had its turn."""

    @contextmanager
    def place(self) -> Iterator[Iterator[Waiting]]:
        """Stand in the queue; what is yielded ends when it is one's turn. Leaving, for any reason, lets the next in.

        Raises:
            RetinaRegenError: the queue is full.
        """
        mine = object()
        with self._changed:
            if len(self._line) >= self._room:
                raise RetinaRegenError(*words.problems.QUEUE_FULL)
            self._line.append(mine)
        started: list[float] = []
        try:
            yield self._wait(mine, started)
        finally:
            with self._changed:
                self._line.remove(mine)
                self._durations.extend(perf_counter() - begin for begin in started)
                self._changed.notify_all()

    def _wait(self, mine: object, started: list[float]) -> Iterator[Waiting]:
        while ahead := self._line.index(mine):
            yield Waiting(ahead, self._expected(ahead))
            with self._changed:
                self._changed.wait_for(lambda: not self._line.index(mine), TICK_S)
        self._begun = perf_counter()
        started.append(self._begun)

    def _expected(self, ahead: int) -> float | None:
        usual, gone = (median(self._durations) if self._durations else 0.0), perf_counter() - self._begun
        return usual * ahead - gone if gone < usual else None
