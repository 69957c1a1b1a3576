"""Which language a visitor is answered in: the one in the address, or that the browser asks for, or English."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from gradio.context import LocalContext
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES = {"en": "en", "de": "de", "fr": "fr", "es": "es", "zh": "zh-Hans"}
"""Language as browsers ask for it -> its tag in the document, which also names its folder of translations."""
DEFAULT = LANGUAGES["en"]
NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "zh-Hans": "简体中文"}
"""Tag -> what its speakers call the language."""
DECIMAL_COMMA = {"de", "fr", "es"}
"""Languages that write 0,5 where others write 0.5; on the page, never in CSV, JSON or a report, which are English."""
PARAMETER = "lang"
"""Of the address: the tag of a language that was chosen. Gradio hands it on with everything that a visitor does."""

_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


def current() -> str:
    """The language of whoever is being answered. A handler knows its visitor; elsewhere :func:`speaking` has said it.

    The visitor comes first: Gradio's queue runs in the context of whoever came first after the start.
    """
    request = LocalContext.request.get(None)
    return wished(request.query_params, request.headers) if request else _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer in this language for a while."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def wished(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """What the address names, if the page speaks it, or what the browser asks for."""
    named = query.get(PARAMETER, "")
    return named if named in NAMES else negotiated(headers.get("accept-language", ""))


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
        asked = HTTPConnection(scope)
        with speaking(wished(asked.query_params, asked.headers)):
            await self.app(scope, receive, send)
