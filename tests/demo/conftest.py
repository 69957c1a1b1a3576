"""The page in its own process, on small networks, and a real Chromium to look at it."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from visitors import WAIT_MS, served, visit

import calibrations
from retinaregen_core import calibration, weights
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.pipeline import RetinaRegen

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"]

expect.set_options(timeout=WAIT_MS)  # a busy machine is no failure


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser or a server on a crowded machine now and then loses a race; a defect loses every time."""
    for item in items:
        if {"browser", "checkpoints"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def checkpoints(tiny_model: RetinaRegen, tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of verified checkpoints that the page can load: with all that belongs to the small networks."""
    folder = tmp_path_factory.mktemp("page") / "checkpoints"
    shutil.copytree(tiny_checkpoints, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(weights.CHECKPOINTS_VARIABLE, str(folder))
        restorer, classifier = weights.locate("flagship"), weights.locate("readability")
        assert tiny_model.reader.local is not None
        local = LocalReadability(replace(tiny_model.reader.local.spec, classifier=classifier.sha256))
        local.load_state_dict(tiny_model.reader.local.state_dict())
        weights.save(local, folder / weights.LOCAL)
        weights.record(weights.LOCAL, folder / weights.LOCAL, "for tests")
        calibration.save(calibrations.drawn(*calibration.hashes(restorer, classifier)), restorer.folder)
        weights.record("flagship", restorer.folder, "for tests")
    return folder


@pytest.fixture(scope="session")
def library(checkpoints: Path) -> RetinaRegen:
    """The same weights without the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(weights.CHECKPOINTS_VARIABLE, str(checkpoints))
        return RetinaRegen.from_pretrained("flagship", device="cpu")


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page that all tests share keeps its files."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app_url(checkpoints: Path, app_folder: Path) -> Iterator[str]:
    with served(app_folder, checkpoints) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        chromium.new_context()
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    with visit(browser, app_url) as visitor:
        yield visitor
