"""While weights are fetched: how far they are is told, and the page follows by itself."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants
from playwright.sync_api import Browser, expect
from visitors import free_port, serious

from demo import fetching
from hub import COMMIT, Hub
from retinaregen_core import hub


def test_a_download_reports_from_its_first_byte_to_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    news: list[tuple[str, int, int]] = []
    with Hub("somebody/weights", {"tiny/model.safetensors": bytes(1000)}) as server:
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        for _ in range(2):
            with hub.reporting(lambda *told: news.append(told)):
                hub.download("somebody/weights", COMMIT, ["tiny/model.safetensors"])
    assert news == [("tiny/model.safetensors", here, 1000) for here in (0, 1000)]  # the second time it is in the cache


class Opened(BaseHTTPRequestHandler):
    """Stands for the page that has started."""

    def do_GET(self) -> None:
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(b"<p id=desk>open</p>" if found else b"")

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


def test_a_visitor_sees_the_progress_and_then_the_page(browser: Browser) -> None:
    port = int(free_port())
    progress = fetching.Progress("127.0.0.1", port)
    progress.tell("flagship/model.safetensors", 2_500_000, 10_000_000)
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    expect(page.get_by_role("status")).to_have_text("flagship/model.safetensors: 2.5 of 10.0 MB")
    assert serious(page) == []
    progress.tell("flagship/model.safetensors", 7_500_000, 10_000_000)
    expect(page.locator("progress")).to_have_js_property("value", 0.75)
    progress.end()
    with HTTPServer(("127.0.0.1", port), Opened) as opened:
        Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        expect(page.locator("#desk")).to_be_visible()
        opened.shutdown()
    page.close()


def test_nothing_is_served_when_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with fetching.announced(), HTTPServer(("127.0.0.1", int(port)), Opened):
        """The address is free."""


def test_a_taken_address_stops_no_download() -> None:
    with HTTPServer(("127.0.0.1", 0), Opened) as other:
        progress = fetching.Progress("127.0.0.1", other.server_port)
        progress.tell("a", 1, 2)
        assert progress.state()["share"] == 0.5
        progress.end()
