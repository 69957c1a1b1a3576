"""A loopback server that speaks the Hugging Face Hub's download and upload routes, and misbehaves on request."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import yaml

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Answer:
    """Status, headers, body; a body shorter than its Content-Length is a connection that breaks off."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Hub:
    """Serves ``files`` (path -> content) as ``repository`` at :data:`COMMIT` while its ``with`` block runs.

    It also takes new repositories and commits as the Hub does: small files in the commit itself, weights by LFS. Spaces
    are filed as ``spaces/owner/name``.
    """

    def __init__(self, repository: str = "", files: dict[str, bytes] | None = None) -> None:
        self.repository, self.files = repository, {} if files is None else files
        self.snapshots: dict[str, dict[str, dict[str, bytes]]] = (
            {repository: {COMMIT: self.files}} if repository else {}
        )
        self.large: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.gated = self.down = self.flipped_byte = self.breaks_off = self.forbids_writing = False
        self.halfway: Callable[[], object] | None = None
        """Called whenever half of a checkpoint's weights has been sent."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.requests.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = unquote(self.path).partition("?")[0]
                answer = hub.take(path, body) if self.command in ("POST", "PUT") else hub.answer(path)
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    middle = len(answer.body) // 2
                    self.wfile.write(answer.body[:middle])
                    if hub.halfway and path.endswith(".safetensors"):
                        hub.halfway()
                    self.wfile.write(answer.body[middle:])
                    self.close_connection = hub.breaks_off

            do_HEAD = do_POST = do_PUT = do_GET

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def head(self, repository: str) -> tuple[str, dict[str, bytes]]:
        """The newest commit and its files."""
        return list(self.snapshots[repository].items())[-1]

    # Reading

    def answer(self, path: str) -> Answer:
        if self.down:
            return Answer(503)
        if path.startswith("/api/"):
            return self.describe(path)
        repository, _, rest = path[1:].partition("/resolve/")
        commit, _, file = rest.partition("/")
        found = self.snapshot(repository, commit)
        if isinstance(found, Answer):
            return found
        if file not in found:
            return refusal(404, "EntryNotFound")
        return self.content(found[file], commit)

    def describe(self, path: str) -> Answer:
        """``/api/models/owner/name[/revision/commit]``."""
        if path.count("/") < 4:
            return refusal(404, "EntryNotFound")
        kind, owner, name, *rest = path.removeprefix("/api/").split("/")
        repository = f"{owner}/{name}" if kind == "models" else f"{kind}/{owner}/{name}"
        known = repository in self.snapshots
        commit = rest[1] if rest else self.head(repository)[0] if known else ""
        found = self.snapshot(repository, self.head(repository)[0] if commit == "main" and known else commit)
        if isinstance(found, Answer):
            return found
        return as_json({"id": f"{owner}/{name}", "sha": commit, "siblings": [{"rfilename": file} for file in found]})

    def snapshot(self, repository: str, commit: str) -> dict[str, bytes] | Answer:
        if repository not in self.snapshots:
            return refusal(404, "RepoNotFound")
        if self.gated:
            return refusal(403, "GatedRepo")
        known = self.snapshots[repository]
        return known[commit] if commit in known else refusal(404, "RevisionNotFound")

    def content(self, body: bytes, commit: str) -> Answer:
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": commit}
        headers["Content-Length"] = str(len(body))
        if self.flipped_byte:
            body = body[:-1] + bytes([body[-1] ^ 1])
        return Answer(200, headers, body[: len(body) // 2] if self.breaks_off else body)

    # Writing

    def take(self, path: str, body: bytes) -> Answer:
        if path.startswith("/lfs/"):
            return self.take_large(path.removeprefix("/lfs/"), body)
        if path == "/api/validate-yaml":
            return judged(json.loads(body)["content"])
        if self.forbids_writing:
            return Answer(403, {"X-Error-Message": "You have no right to write here."})
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path.endswith("/info/lfs/objects/batch"):
            return as_json({"transfer": "basic", "objects": [self.place(row) for row in json.loads(body)["objects"]]})
        kind, owner, name, action, _ = path.removeprefix("/api/").split("/")
        if action == "preupload":
            return as_json({"files": [mode(file["path"]) for file in json.loads(body)["files"]]})
        assert action == "commit", path
        return self.commit(f"{owner}/{name}" if kind == "models" else f"{kind}/{owner}/{name}", body)

    def create(self, wanted: dict[str, str]) -> Answer:
        name = f"{wanted['organization']}/{wanted['name']}"
        repository = f"spaces/{name}" if wanted.get("type") == "space" else name
        known = repository in self.snapshots
        self.snapshots.setdefault(repository, {"0" * 40: {".gitattributes": b""}})
        answer = as_json({"url": f"{self.url}/{repository}"})
        return Answer(409, answer.headers, answer.body) if known else answer

    def place(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return {**wanted, "actions": {"upload": {"href": f"{self.url}/lfs/{wanted['oid']}"}}}

    def take_large(self, digest: str, body: bytes) -> Answer:
        if hashlib.sha256(body).hexdigest() != digest:
            return Answer(400)
        self.large[digest] = body
        return Answer(200)

    def commit(self, repository: str, body: bytes) -> Answer:
        files = dict(self.head(repository)[1])
        for row in map(json.loads, body.splitlines()):
            value = row["value"]
            if row["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif row["key"] == "lfsFile":
                files[value["path"]] = self.large[value["oid"]]
            elif row["key"] == "deletedFile":
                del files[value["path"]]
        commit = hashlib.sha1(body).hexdigest()
        self.snapshots[repository][commit] = files
        return as_json({"commitUrl": f"{self.url}/{repository}/commit/{commit}", "commitOid": commit})

    def __enter__(self) -> "Hub":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()


def judged(card: str) -> Answer:
    """What the Hub demands of a README's metadata, as far as it is known: a licence, and identities without spaces."""
    values = yaml.safe_load(card.split("---\n")[1])
    results = [result for model in values.get("model-index", []) for result in model["results"]]
    names = values.get("datasets", []) + [result["dataset"]["type"] for result in results]
    errors = [name for name in names if not re.fullmatch(r"(?:[\w-]+/)?[\w.-]+", name)]
    errors += [result for result in results if not all(result["metrics"][0].get(key) for key in ("type", "value"))]
    errors += [] if values.get("license") else ["license"]
    answer = as_json({"warnings": [], "errors": [{"message": str(error)} for error in errors]})
    return Answer(400, answer.headers, answer.body) if errors else answer


def mode(path: str) -> dict[str, object]:
    """How a file wants to be sent: the Hub looks at its suffix, too."""
    return {"path": path, "uploadMode": "lfs" if path.endswith(".safetensors") else "regular", "shouldIgnore": False}


def as_json(value: object) -> Answer:
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())


def refusal(status: int, code: str) -> Answer:
    return Answer(status, {"X-Error-Code": code, "X-Error-Message": code})
