"""The page as a program meets it: the named events, and a page without weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from demo import interface, models, words
from retinaregen_core import report, weights
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen


@pytest.fixture
def client(app_url: str, tmp_path: Path) -> Client:
    return Client(app_url, verbose=False, download_files=tmp_path)


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "eye.png"
    Image.fromarray(draw(3, 256).image).save(path)
    return path


def readings(updates: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The viewer's values; skipped outputs come as empty updates."""
    return [value for outputs in updates for value in outputs if isinstance(value, dict) and "phase" in value]


def test_events_are_named(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {"/open", "/frame", "/reference", "/degrade", "/restore"}


def test_steps_arrive_one_by_one_and_the_file_is_the_librarys(
    client: Client, photograph: Path, library: RetinaRegen
) -> None:
    client.predict(handle_file(photograph), api_name="/open")
    job = client.submit("flagship", 4, 7, 1, 2, api_name="/restore")
    job.result()
    *live, final = readings(job.outputs())
    assert [(reading["phase"], len(reading["frames"])) for reading in live] == [("live", n) for n in (1, 2, 3, 4)]
    expected = library.restore(photograph, steps=4, seed=7, samples=2)
    assert Path(final["restored"]).read_bytes() == report.as_png(expected)
    assert Path(final["restored"]).name == "retinaregen_restored.png"


def test_restoring_nothing_is_explained(client: Client) -> None:
    outputs = client.predict("flagship", 2, 0, api_name="/restore")
    assert any(words.problems.NOTHING_OPEN[0] in str(output) for output in outputs)


def test_a_reference_of_another_size_is_refused(client: Client, photograph: Path, tmp_path: Path) -> None:
    client.predict(handle_file(photograph), api_name="/open")
    other = tmp_path / "other.png"
    Image.fromarray(np.zeros((300, 200, 3), np.uint8)).save(other)
    outputs = client.predict(handle_file(other), api_name="/reference")
    assert any("200 x 300" in str(output) and "256 x 256" in str(output) for output in outputs)


def test_without_weights_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", tmp_path)
    for cached in (models.offered, models.obstacle, models._search):
        cached.cache_clear()
    page = json.dumps(interface.build().get_config_file(), default=str)
    assert words.desk.NO_WEIGHTS in page
    assert weights.CHECKPOINTS_VARIABLE in page


def test_launch_keeps_no_history_and_opens_no_folder() -> None:
    assert interface.LAUNCH["run_history"] is False
    assert interface.LAUNCH["allowed_paths"] == []
    assert interface.LAUNCH["strict_cors"] is True
