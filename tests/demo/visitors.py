"""Serve the page in its own process, and visit it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
WAIT_MS = 60_000


@contextmanager
def served(folder: Path, checkpoints: Path) -> Iterator[str]:
    """``python app.py`` on a free port; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "RETINAREGEN_CHECKPOINTS": str(checkpoints),
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    log = folder / "log.txt"
    with log.open("w") as stream:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | own, stdout=stream, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        _await(url, app, log)
        yield url
    finally:
        app.terminate()
        app.wait(20)


def _await(url: str, app: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if app.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            urllib.request.urlopen(url + "gradio_api/startup-events", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(log.read_text())


@contextmanager
def visit(browser: Browser, url: str, width: int = 1400, height: int = 1000) -> Iterator[Page]:
    """A visitor; leaving fails if the console showed an error or a request went to another host."""
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: complaints.append(request.url) if _foreign(request.url, url) else None)
    page.goto(url)
    page.wait_for_selector("#viewer .stage")
    yield page
    context.close()
    assert complaints == []


def _foreign(requested: str, url: str) -> bool:
    return requested.startswith(("http", "ws")) and not requested.startswith((url, "http://127.0.0.1"))
