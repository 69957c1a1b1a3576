"""A loopback server that speaks the Hugging Face Hub's download routes, and misbehaves on request."""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Answer:
    """Status, headers, body; a body shorter than its Content-Length is a connection that breaks off."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Hub:
    """Serves ``files`` (path -> content) as ``repository`` at :data:`COMMIT` while its ``with`` block runs."""

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        self.repository, self.files = repository, files
        self.requests: list[str] = []
        self.gated = self.down = self.flipped_byte = self.breaks_off = False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.requests.append(f"{self.command} {self.path}")
                answer = hub.answer(unquote(self.path))
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(answer.body)
                    self.close_connection = hub.breaks_off

            do_HEAD = do_GET

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> Answer:
        repository, _, rest = path[1:].partition("/resolve/")
        commit, _, file = rest.partition("/")
        if self.down:
            return Answer(503)
        if repository != self.repository:
            return refusal(404, "RepoNotFound")
        if self.gated:
            return refusal(403, "GatedRepo")
        if commit != COMMIT:
            return refusal(404, "RevisionNotFound")
        if file not in self.files:
            return refusal(404, "EntryNotFound")
        return self.content(self.files[file])

    def content(self, body: bytes) -> Answer:
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT}
        headers["Content-Length"] = str(len(body))
        if self.flipped_byte:
            body = body[:-1] + bytes([body[-1] ^ 1])
        return Answer(200, headers, body[: len(body) // 2] if self.breaks_off else body)

    def __enter__(self) -> "Hub":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()


def refusal(status: int, code: str) -> Answer:
    return Answer(status, {"X-Error-Code": code, "X-Error-Message": code})
