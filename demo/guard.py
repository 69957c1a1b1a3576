"""What stands between the network and the page: security headers on every answer, unused routes shut, a login."""

import base64
import hashlib
import os
import re
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinaregen_core.errors import SpecError

LOGIN_VARIABLE = "RETINAREGEN_LOGIN"
ON_A_SPACE = "SPACE_ID"
"""Set by the host, whose own page frames the Space's."""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",  # Gradio makes functions of texts: js=, and the templates of gr.HTML
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "media-src": "'none'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "object-src": "'none'",
}
FRAMED_BY = {True: "'self' https://huggingface.co", False: "'none'"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
"""Gradio starts from some of these, and one holds the page's components, so that it differs from answer to answer."""
KEPT_BY_BROWSERS = re.compile(r"/(assets|static|svelte|custom_component)/|/(theme\.css|favicon\.ico)$")
"""Parts of the page itself; every other answer may hold a picture or what was said about it."""
SHUT = re.compile(
    r"^(/gradio_api)?/(proxy=|file=[a-z][a-z0-9+.-]*:/|deep_link|process_recording|vibe|undo-vibe|dev/|stream/"
    r"|monitoring|run-history|profiling)",
    re.IGNORECASE,
)
"""Routes that Gradio has and this page does not use: fetching addresses, recording, editing, watching."""


class Guard:
    """ASGI middleware: headers on every answer, 404 for every route of :data:`SHUT`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        answer = _Answer(scope["path"], send)

        nothing = PlainTextResponse("There is nothing here.", status_code=404)
        app: ASGIApp = nothing if SHUT.match(scope["path"]) else self.app
        await app(scope, receive, answer.send)


class _Answer:
    """One answer on its way out; a page is held until it is whole, because its headers name its scripts."""

    def __init__(self, path: str, send: Send) -> None:
        self._path, self._send = path, send
        self._start: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self._protect(headers)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start and message["type"] == "http.response.body":
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self._start)["Content-Security-Policy"] = policy(self._page)
            await self._send(self._start)
            self._start, message = None, {**message, "body": self._page}
        await self._send(message)

    def _protect(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers["Content-Security-Policy"] = policy()
        if not KEPT_BY_BROWSERS.search(self._path):
            headers["Cache-Control"] = "no-store"


def policy(page: bytes = b"") -> str:
    """The Content-Security-Policy: nothing from other hosts, no script in a page besides those that it was sent with.

    Framed by nobody but the Space's own page.
    """
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in INLINE_SCRIPT.findall(page)]
    scripts = " ".join([POLICY["script-src"], *(f"'sha256-{digest}'" for digest in digests)])
    directives = POLICY | {"script-src": scripts, "frame-ancestors": FRAMED_BY[ON_A_SPACE in os.environ]}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def login() -> tuple[str, str] | None:
    """Name and password from ``RETINAREGEN_LOGIN="name:password"``; ``None``: the page is open to everybody.

    Raises:
        SpecError: the variable holds something else; an open page instead would be a surprise.
    """
    given = os.environ.get(LOGIN_VARIABLE)
    if given is None:
        return None
    name, _, password = given.partition(":")
    if not name or not password:
        raise SpecError(f"{LOGIN_VARIABLE} is set, but not as name:password.", "Correct the variable or unset it.")
    return name, password


def launch_options() -> dict[str, Any]:
    """Arguments of ``launch`` that are about safety."""
    return {"auth": login(), "strict_cors": True, "allowed_paths": [], "enable_monitoring": False, "show_error": False}
