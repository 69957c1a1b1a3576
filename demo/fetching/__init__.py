"""While weights are on their way from the Hub, a page in the place of the page says how far they are.

Nothing is served when nothing has to be fetched: the first byte of a download opens this page, the page itself ends it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

from starlette.datastructures import Headers, QueryParams

from demo import guard, words
from demo.words import language
from retinaregen_core import hub

PAGE = Path(__file__).parent / "page.html"
STATE = "/fetching.json"
"""What the page asks for again and again; when this address is no longer known, the real page has come."""


class Progress:
    """How far the downloads are; serves the page from its first news to :meth:`end`."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._lock = Lock()
        self._files: dict[str, tuple[int, int]] = {}
        self._server: ThreadingHTTPServer | None = None

    def tell(self, file: str, here: int, total: int) -> None:
        """Take news of one file, as :data:`retinaregen_core.hub.Report` brings them."""
        with self._lock:
            self._files[file] = (here, total)
            self._server = self._server or self._serve()

    def end(self) -> None:
        """Give the address back."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def state(self) -> dict[str, object]:
        """The sentence that is shown, and the share of the bytes known of so far."""
        with self._lock:
            file, (here, total) = list(self._files.items())[-1]
        sentence = words.filled(words.fetching.PROGRESS, file=file, here=here / 1e6, total=total / 1e6)
        return {"sentence": sentence, "share": here / total if total else 0.0}

    def _serve(self) -> ThreadingHTTPServer | None:
        try:
            server = ThreadingHTTPServer(self._address, partial(_Handler, self))
        except OSError:  # the address is taken: the download matters more than the page about it
            return None
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, progress: Progress, *arguments: object) -> None:
        self._progress = progress
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """The page, its state, or nothing: whoever asks for another address is to ask again later."""
        path, _, query = self.path.partition("?")
        with language.speaking(language.wished(QueryParams(query), Headers(dict(self.headers)))):
            if path == STATE:
                self._answer(HTTPStatus.OK, "application/json", json.dumps(self._progress.state()))
            elif path == "/":
                self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page(self._progress.state()))
            else:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", words.fetching.LATER)

    def _answer(self, status: HTTPStatus, kind: str, body: str) -> None:
        content = body.encode()
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"}
        with suppress(ConnectionError):  # whoever asked may have gone
            self.send_response(status)
            for name, value in (headers | guard.HEADERS | {"Content-Security-Policy": guard.policy(content)}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Quiet: the page asks every second."""


def page(state: dict[str, object]) -> str:
    """The page as it is before its first question."""
    shown = words.fetching.PAGE | {"title": words.desk.TITLE, "banner": words.desk.BANNER, "lang": language.current()}
    text = {name: escape(str(said)) for name, said in (shown | state).items()}
    return PAGE.read_text("utf-8").format(**text)


@contextmanager
def announced() -> Iterator[None]:
    """Whatever is fetched inside this block is told at the address where the page will be."""
    host, port = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    progress = Progress(host, port)
    try:
        with hub.reporting(progress.tell):
            yield
    finally:
        progress.end()
