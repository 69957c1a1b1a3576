"""Which request of a session came last: a slower one from before it must not cover what is shown now.

Gradio's ``always_last`` knows one event alone; a photograph may be opened by several.
"""

from functools import partial

from demo import cache


class Latest:
    """The last request of every session."""

    def __init__(self) -> None:
        self._of: dict[str, object] = {}

    def begin(self) -> object:
        """A new request of the session that asks; earlier ones are overtaken."""
        session, mine = cache.session(), object()
        if session not in self._of:
            cache.at_the_end(partial(self._forget, session))
        self._of[session] = mine
        return mine

    def overtaken(self, mine: object) -> bool:
        """Whether the session that asks has begun another request since."""
        return self._of.get(cache.session(), mine) is not mine

    def _forget(self, session: str) -> None:
        self._of.pop(session, None)
