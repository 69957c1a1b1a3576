"""What a session is computing, so that it can be ended: by whoever has waited enough, or for another photograph.

Gradio's own ``cancels`` completes a run with a message that holds no data. Its browser part takes that for a failure,
puts a badge on everything that the run was to change, and may pass over the next click.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from typing import Any, TypeVar

import gradio as gr

from demo import cache

PATIENCE_S = 60.0
"""How long a run may take to come to its next step."""

Update = TypeVar("Update")
"""A named tuple of outputs, each of which may be left out."""


class Run:
    """A generator at work."""

    def __init__(self) -> None:
        self.ending, self.ended = threading.Event(), threading.Event()


class Runs:
    """The runs of every session; on the page a session has one at most, but a program may start more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: defaultdict[str, list[Run]] = defaultdict(list)

    @contextmanager
    def under_way(self, session: str) -> Iterator[Run]:
        """While the block runs, :meth:`end` can ask for its end."""
        run = Run()
        with self._lock:
            self._of[session].append(run)
        try:
            yield run
        finally:
            with self._lock:
                self._of[session].remove(run)
                if not self._of[session]:
                    del self._of[session]
            run.ended.set()

    def any(self, session: str) -> bool:
        """Whether a session has one."""
        with self._lock:
            return session in self._of

    def end(self, session: str) -> None:
        """Ask the runs of a session to end, and wait until they have."""
        with self._lock:
            runs = list(self._of.get(session, ()))
        for run in runs:
            run.ending.set()
        for run in runs:
            run.ended.wait(PATIENCE_S)


RUNS = Runs()


def endable(handler: Callable[..., Generator[Update, None, None]]) -> Callable[..., Generator[Update, None, None]]:
    """A handler whose session can end it at every update; nothing of it is shown afterwards."""

    @wraps(handler)
    def watched(*arguments: Any) -> Generator[Update, None, None]:
        with RUNS.under_way(cache.session()) as run, closing(handler(*arguments)) as updates:
            for update in updates:
                if run.ending.is_set():
                    yield type(update)()  # Gradio says the last word twice: this one changes nothing
                    return
                yield update

    return watched


def under_way() -> bool:
    """Whether the session that asks is computing something that can be ended."""
    return RUNS.any(cache.session())


def leave(request: gr.Request) -> None:
    """The visitor has gone: so do the pictures, at once, and again when what is being computed has come to its end."""
    cache.forget(request)
    if RUNS.any(request.session_hash or ""):
        threading.Thread(target=_end_and_forget, args=[request], daemon=True).start()


def _end_and_forget(request: gr.Request) -> None:
    RUNS.end(request.session_hash or "")
    cache.forget(request)


def end() -> None:
    """End what the session that asks is computing."""
    RUNS.end(cache.session())
