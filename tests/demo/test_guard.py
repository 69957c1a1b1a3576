"""What the network can make the page do: headers, shut routes, addresses and paths, login, and files on the disk."""

import hashlib
import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Browser
from visitors import fetch, pictures, visit

from demo import cache, guard, words
from retinaregen_core.errors import SpecError
from retinaregen_core.imaging.phantom import draw

REAL_NAME = "LASTNAME_FIRSTNAME_1950-01-01.png"


@pytest.fixture
def url(app_url: str) -> str:
    return app_url


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / REAL_NAME
    Image.fromarray(draw(3, 256).image).save(path)
    return path


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Somebody else's server on this machine, and who knocked."""
    knocks: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            knocks.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", knocks
    server.shutdown()
    server.server_close()


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it holds within this time."""
    for _ in range(int(seconds / 0.1)):
        if holds():
            return True
        time.sleep(0.1)
    return holds()


@pytest.mark.parametrize(
    "path", ["", "config", "theme.css", "gradio_api/info", "gradio_api/file=/etc/hostname", "no/such/page"]
)
def test_headers_are_on_every_answer(url: str, path: str) -> None:
    _, headers, _ = fetch(url + path)
    for name, value in guard.HEADERS.items():
        assert headers[name.lower()] == value
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert ("no-store" in headers.get("cache-control", "")) == (path != "theme.css")


@pytest.mark.parametrize("path", ["", "batch", "about"])
def test_a_page_runs_no_script_that_it_was_not_sent_with(url: str, path: str) -> None:
    _, headers, body = fetch(url + path)
    (allowed,) = re.findall(r"script-src ([^;]*)", headers["content-security-policy"])
    assert "unsafe-inline" not in allowed
    scripts = re.findall(rb"<script>(.*?)</script>", body, re.DOTALL)
    assert scripts
    for script in scripts:
        assert b64encode(hashlib.sha256(script).digest()).decode() in allowed


def test_a_space_may_be_framed_by_its_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(guard.ON_A_SPACE, "somebody/page")
    assert "frame-ancestors 'self' https://huggingface.co" in guard.policy()


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/proxy=http://127.0.0.1:1/",
        "gradio_api/file=http://127.0.0.1:1/",
        "gradio_api/file=HTTPS://example.org/",
        "gradio_api/deep_link",
        "gradio_api/dev/reload",
        "gradio_api/vibe-code",
        "monitoring",
        "monitoring/summary",
        "openapi.json",
        "docs",
        "gradio_api/runs",
    ],
)
def test_unused_routes_are_shut(url: str, path: str) -> None:
    assert fetch(url + path)[0] == 404


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "app.py", "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "checkpoints/manifest.toml"]
)
def test_files_of_the_server_are_not_served(url: str, path: str) -> None:
    assert fetch(f"{url}gradio_api/file={path}")[0] in (403, 404)


def test_addresses_and_paths_in_the_api_are_refused(url: str, listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, knocks = listener
    own = tmp_path / "secret.png"
    Image.fromarray(draw(0, 256).image).save(own)
    meta = {"_type": "gradio.FileData"}
    for payload in (
        {"path": address + "/eye.png", "meta": meta},
        {"path": "eye.png", "url": address + "/eye.png", "meta": meta},
        {"path": "file://" + str(own), "meta": meta},
        {"path": str(own), "meta": meta},
        {"path": str(own)},
        {"path": "../../../../" + str(own), "meta": meta},
    ):
        body = json.dumps({"data": [payload], "session_hash": "s"}).encode()
        event = json.loads(fetch(url + "gradio_api/call/open", body, **{"Content-Type": "application/json"})[2])
        said = fetch(f"{url}gradio_api/call/open/{event.get('event_id', 'none')}")[2].decode()
        assert "complete" not in said, payload
    assert knocks == []
    assert own.is_file()


def test_other_origins_may_not_ask(url: str) -> None:
    for origin in ("https://example.org", "null"):
        _, headers, _ = fetch(url + "config", Origin=origin)
        assert headers.get("access-control-allow-origin") in (None, "")


def test_pictures_are_renamed_and_leave_with_their_session(
    browser: Browser, url: str, app_folder: Path, photograph: Path
) -> None:
    before = pictures(app_folder)
    with visit(browser, url) as page:
        page.set_input_files("#intake input[type=file]", photograph)
        page.wait_for_selector(".viewer[data-phase=ready]")
        page.click("#restore")
        page.wait_for_selector(".viewer[data-phase=done]")
        kept = pictures(app_folder) - before
        assert {path.stem for path in kept} >= {"photograph", "retinaregen_restored"}
        assert not any("LASTNAME" in str(path) for path in kept)
        sent = photograph.read_bytes()
        assert not any(path.read_bytes() == sent for path in kept)
        address = page.evaluate("document.querySelector('img.left').src")
        status, headers, _ = fetch(address)
        assert (status, headers["cache-control"]) == (200, "no-store")
    assert until(lambda: not pictures(app_folder) & kept), pictures(app_folder) & kept
    assert fetch(address)[0] == 403


def test_a_session_that_stays_open_is_told_that_its_photograph_has_gone(
    url: str, app_folder: Path, photograph: Path
) -> None:
    before = pictures(app_folder)
    client = Client(url, verbose=False)
    client.predict(handle_file(photograph), api_name="/open")
    kept = pictures(app_folder) - before
    assert kept
    old = time.time() - cache.DELETE_AFTER_S - 1
    for path in kept:
        os.utime(path, (old, old))
    cache.sweep(app_folder / "cache", cache.DELETE_AFTER_S)
    assert not pictures(app_folder) & kept
    outputs = client.predict("flagship", 1, 0, api_name="/restore")
    assert any(words.problems.EXPIRED[0] in str(output) for output in outputs)


def test_files_live_less_than_ten_minutes() -> None:
    assert cache.DELETE_AFTER_S + cache.SWEEP_EVERY_S < 600


def test_sweeping_spares_what_is_young(tmp_path: Path) -> None:
    old, young = tmp_path / "a" / "old.png", tmp_path / "b" / "young.png"
    for path in (old, young):
        path.parent.mkdir()
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    cache.sweep(tmp_path, 60)
    assert sorted(tmp_path.rglob("*")) == [young.parent, young]


def test_what_a_session_holds_is_let_go_when_it_ends_or_has_lasted(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    for name in ("one", "two"):
        monkeypatch.setattr(cache, "session", lambda name=name: name)
        cache.at_the_end(lambda name=name: gone.append(name))
    cache.forget(SimpleNamespace(session_hash="two"))
    assert gone == ["two"]
    cache.expire(older_than_s=60)
    assert gone == ["two"]
    cache.expire(older_than_s=-1)
    assert gone == ["two", "one"]


def test_what_a_killed_process_left_goes_with_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "root", lambda: tmp_path / "retinaregen-mine")
    killed, held, silent, foreign = (
        tmp_path / name for name in ("retinaregen-killed", "retinaregen-held", "retinaregen-silent", "other")
    )
    for folder in (killed, held, silent, foreign):
        folder.mkdir()
        (folder / "x.png").write_bytes(b"x")
    for folder in (silent, foreign):
        os.utime(folder, (1, 1))
    descriptors = [cache._hold(folder) for folder in (held, silent)]
    cache.sweep_orphans()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "retinaregen-held"]
    for descriptor in descriptors:
        assert descriptor is not None
        os.close(descriptor)


@pytest.mark.parametrize("value", ["", "reader", ":secret", "reader:"])
def test_a_login_that_protects_nothing_stops_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(guard.LOGIN_VARIABLE, value)
    with pytest.raises(SpecError, match=guard.LOGIN_VARIABLE):
        guard.login()


def test_without_a_login_the_page_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(guard.LOGIN_VARIABLE, raising=False)
    assert guard.login() is None
