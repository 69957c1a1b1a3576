"""A Space from what was uploaded to it, behind a login: weights from the Hub only, and kept for a start without it."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest
from gradio_client import Client, handle_file
from huggingface_hub import constants
from PIL import Image
from playwright.sync_api import Browser, expect
from visitors import fetch, free_port, pictures, served, write

from demo import cache, words
from hub import Hub
from retinaregen_core import manifest, publish, report
from retinaregen_core.pipeline import RetinaRegen

READER = ("reader", "secret:with:colons")


class Published(NamedTuple):
    hub: Hub
    files: Path


class Space(NamedTuple):
    url: str
    folder: Path
    """Where it keeps its files."""
    environment: dict[str, str]
    asked_of_hub: list[str]
    while_fetching: list[str]
    """What the page's address showed meanwhile."""
    stop: Callable[[], None]

    def client(self) -> Any:
        return Client(self.url, verbose=False, download_files=self.folder, analytics_enabled=False, auth=READER)


@pytest.fixture(scope="module")
def published(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A Hub with the weights, and the Space's files in a folder of their own."""
    root, files = tmp_path_factory.mktemp("published") / "checkpoints", tmp_path_factory.mktemp("space")
    shutil.copytree(checkpoints, root, copy_function=os.link)
    (root / manifest.MANIFEST).unlink()  # a link to the one that other tests share
    manifest.write(manifest.Manifest(root, "", "", manifest.read(checkpoints).checkpoints))
    with pytest.MonkeyPatch.context() as patch, Hub() as hub:
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        patch.setattr(constants, "ENDPOINT", hub.url)
        publish.carry_out(manifest.read(root), "somebody/weights", "somebody/page")
        for path, content in hub.head("spaces/somebody/page")[1].items():
            (files / path).parent.mkdir(parents=True, exist_ok=True)
            (files / path).write_bytes(content)
        hub.requests.clear()
        yield Published(hub, files)


@pytest.fixture(scope="module")
def space(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    """The Space while it runs; its owner lets in whoever knows the word."""
    hub, folder, port = published.hub, tmp_path_factory.mktemp("running"), free_port()
    environment = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(folder / "hub"), "HF_HUB_DISABLE_XET": "1"}
    own = {**environment, "GRADIO_SERVER_PORT": port, "HF_HUB_OFFLINE": "0", "RETINAREGEN_LOGIN": ":".join(READER)}
    seen: list[str] = []
    hub.halfway = lambda: seen.append(shown_while_fetching(port))
    with ExitStack() as running:
        url = running.enter_context(served(folder, None, published.files, **own))
        yield Space(url, folder, environment, list(hub.requests), seen, running.close)


def shown_while_fetching(port: str) -> str:
    """The page in the place of the page, once it has heard of the weights that the Hub is holding back half of."""
    for _ in range(600):
        with suppress(OSError):
            page = urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()
            if "model.safetensors" in page:
                return page
        time.sleep(0.1)
    raise TimeoutError("the page does not name the weights")


def test_a_space_fetches_its_weights_and_says_how_far_they_are(published: Published, space: Space) -> None:
    assert not list(published.files.rglob("*.safetensors"))
    assert re.search(r"flagship/model\.safetensors: \d\.\d of \d\.[1-9]", "".join(space.while_fetching))
    assert words.fetching.PAGE["then"] in space.while_fetching[0]
    assert any("flagship/model.safetensors" in request for request in space.asked_of_hub)


def test_who_does_not_know_the_word_is_kept_out(space: Space) -> None:
    assert fetch(space.url + "config")[0] == 401
    assert fetch(space.url + "gradio_api/upload", b"")[0] == 401
    with pytest.raises(Exception, match=r"(?i)auth|credential|log"):
        Client(space.url, verbose=False, auth=("reader", "wrong"))


def test_a_login_works_under_the_policy(browser: Browser, space: Space) -> None:
    page = browser.new_page()
    page.goto(space.url)
    page.locator("input[type=text], textarea").first.fill(READER[0])
    page.locator("input[type=password]").fill(READER[1])
    page.get_by_role("button").first.click()
    expect(page.locator("#viewer .stage")).to_be_visible()
    page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
    }""")
    assert page.evaluate("window.injected") is None
    page.close()


def test_a_space_restores_as_the_library_does(space: Space, tmp_path: Path, library: RetinaRegen) -> None:
    photograph, client = write(tmp_path), space.client()
    client.predict(handle_file(photograph), api_name="/open")
    outputs = client.predict("flagship", 1, 0, api_name="/restore")
    reading = next(value for value in outputs if isinstance(value, dict) and value.get("phase") == "done")
    shown = Image.open(io.BytesIO(report.as_png(library.restore(photograph, steps=1, seed=0))))
    assert Image.open(reading["restored"]).tobytes() == shown.tobytes()


def test_stopping_the_page_leaves_nothing(space: Space, tmp_path: Path) -> None:
    client = space.client()
    client.predict(handle_file(write(tmp_path)), api_name="/open")
    assert pictures(space.folder)
    space.stop()
    assert not pictures(space.folder)


LIVING = """
from demo import cache, models
assert models.obstacle() is None
print(*models.offered())
print(cache.store(b"x", "restored.png"), flush=True)
input()
"""


def test_it_starts_without_network_and_when_it_is_killed_its_files_stay_until_the_next_start(
    published: Published, space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.hub.requests.clear()
    published.hub.down = True
    own = {"RETINAREGEN_CHECKPOINTS": "", "HF_HUB_OFFLINE": "1", cache.FOLDER_VARIABLE: str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", LIVING],
        cwd=published.files,
        env=os.environ | space.environment | own,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    offered, stored = (process.stdout.readline().strip() for _ in range(2))
    assert offered == "flagship"
    assert published.hub.requests == []

    monkeypatch.setattr(cache, "root", lambda: tmp_path / "retinaregen-mine")
    cache.sweep_orphans()
    assert Path(stored).read_bytes() == b"x"  # of a process that lives
    process.kill()
    process.communicate()
    assert Path(stored).is_file()
    cache.sweep_orphans()
    assert list(tmp_path.iterdir()) == []
