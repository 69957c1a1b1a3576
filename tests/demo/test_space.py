"""A Space from what was uploaded to it: weights from the Hub only, checked, and kept for a start without network."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from gradio_client import Client, handle_file
from huggingface_hub import constants
from PIL import Image
from visitors import free_port, served

from demo import words
from hub import Hub
from retinaregen_core import manifest, publish, report
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen


@pytest.fixture
def published(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Hub, Path]:
    """A Hub with the weights, and the Space's files in a folder of their own."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    root = tmp_path / "checkpoints"
    shutil.copytree(checkpoints, root, copy_function=os.link)
    (root / manifest.MANIFEST).unlink()  # a link to the one that other tests share
    manifest.write(manifest.Manifest(root, "", "", manifest.read(checkpoints).checkpoints))
    hub = Hub()
    hub.__enter__()
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    publish.carry_out(manifest.read(root), "somebody/weights", "somebody/page")
    space = tmp_path / "space"
    for path, content in hub.head("spaces/somebody/page")[1].items():
        (space / path).parent.mkdir(parents=True, exist_ok=True)
        (space / path).write_bytes(content)
    return hub, space


def shown_while_fetching(port: str) -> str:
    """The page in the place of the page, once it has heard of the weights that the Hub is holding back half of."""
    for _ in range(600):
        with suppress(OSError):
            page = urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()
            if "model.safetensors" in page:
                return page
        time.sleep(0.1)
    raise TimeoutError("the page does not name the weights")


def test_a_space_fetches_checks_and_keeps_its_weights(
    published: tuple[Hub, Path], tmp_path: Path, library: RetinaRegen
) -> None:
    hub, space = published
    assert not list(space.rglob("*.safetensors"))
    environment = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_DISABLE_XET": "1"}
    photograph = tmp_path / "eye.png"
    Image.fromarray(draw(3, 256).image).save(photograph)
    hub.requests.clear()
    port = free_port()
    seen: list[str] = []
    hub.halfway = lambda: seen.append(shown_while_fetching(port))
    with served(tmp_path, None, space, GRADIO_SERVER_PORT=port, HF_HUB_OFFLINE="0", **environment) as url:
        client = Client(url, verbose=False, download_files=tmp_path, analytics_enabled=False)
        client.predict(handle_file(photograph), api_name="/open")
        outputs = client.predict("flagship", 1, 0, api_name="/restore")
    reading = next(value for value in outputs if isinstance(value, dict) and value.get("phase") == "done")
    shown = Image.open(io.BytesIO(report.as_png(library.restore(photograph, steps=1, seed=0))))
    assert Image.open(reading["restored"]).tobytes() == shown.tobytes()
    assert re.search(r"flagship/model\.safetensors: \d\.\d of \d\.[1-9]", "".join(seen))
    assert words.fetching.PAGE["then"] in seen[0]
    assert any("flagship/model.safetensors" in request for request in hub.requests)

    hub.requests.clear()
    hub.down = True
    script = "from demo import models; assert models.obstacle() is None; print(*models.offered())"
    offline = os.environ | environment | {"RETINAREGEN_CHECKPOINTS": "", "HF_HUB_OFFLINE": "1"}
    again = subprocess.run([sys.executable, "-c", script], cwd=space, env=offline, capture_output=True, text=True)
    assert again.stdout.split() == ["flagship"], again.stderr
    assert hub.requests == []
