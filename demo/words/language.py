"""Which language a visitor is answered in: the one that the browser asks for, if the page speaks it, or English."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gradio.context import LocalContext
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES = {"en": "en", "de": "de", "fr": "fr", "es": "es", "zh": "zh-Hans"}
"""Language as browsers ask for it -> its tag in the document, which also names its folder of translations."""
DEFAULT = LANGUAGES["en"]

_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


def current() -> str:
    """The language of whoever is being answered. A handler knows its visitor; elsewhere :func:`speaking` has said it.

    The visitor comes first: Gradio's queue runs in the context of whoever came first after the start.
    """
    request = LocalContext.request.get(None)
    return negotiated(request.headers.get("accept-language", "")) if request else _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer in this language for a while."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def negotiated(accepted: str) -> str:
    """An Accept-Language header -> the best of ``LANGUAGES.values()``.

    Args:
        accepted: for example ``"de-AT,de;q=0.9,en;q=0.5"``; what cannot be understood is passed over.
    """
    wishes = [_wish(part) for part in accepted.split(",")]
    ranked = sorted((wish for wish in wishes if wish[1] > 0), key=lambda wish: -wish[1])
    return next((LANGUAGES[language] for language, _ in ranked if language in LANGUAGES), DEFAULT)


def _wish(part: str) -> tuple[str, float]:
    tag, _, quality = part.partition(";q=")
    try:
        return tag.strip().lower().split("-")[0], float(quality or 1)
    except ValueError:
        return "", 0.0


class Spoken:
    """ASGI middleware: the page itself is sent in the visitor's language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(negotiated(Headers(scope=scope).get("accept-language", ""))):
            await self.app(scope, receive, send)
