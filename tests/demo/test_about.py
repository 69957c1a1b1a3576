"""The page about the project: true numbers, and readable by everybody."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from visitors import english_left, look, visit

from demo import about, words
from demo.words import language
from retinaregen_core.specs import LABELS, ReadabilitySpec
from retinaregen_core.weights import Checkpoint


def checkpoint(folder: Path, record: object) -> Checkpoint:
    (folder / "training.json").write_text(json.dumps(record), "utf-8")
    return Checkpoint("readability", folder, None, None, "0" * 64, "1" * 64, True, "for tests")


def test_every_label_is_explained() -> None:
    assert set(words.about.LABELS) == set(LABELS)


def test_numbers_are_those_of_the_training_record(tmp_path: Path) -> None:
    validation = {"n": 41, "auc": {"macula": 0.8765}, "photographs": 5, "cataract": {"input": 1.5, "output": 2.25}}
    record = {"datasets": {"somewhere": 123}, "steps": 7, "wall_seconds": 5400, "validation": validation}
    shown = about.page([checkpoint(tmp_path, record)])
    for told in ("0.876", ">41<", "1.50 → 2.25 dB", "somewhere 123", ">7<", ">1.5<"):
        assert told in shown
    assert words.about.NOT_RECORDED not in shown


def test_opinions_on_the_regions_are_told_of_a_local_readability(tmp_path: Path) -> None:
    validation = {"places": 7, "auc": 0.5, "auc_of_opinions": {"macula": 0.8765}}
    shown = about.page([checkpoint(tmp_path, {"validation": validation})])
    assert words.about.AUC.format(label="macula") in shown and "0.876" in shown


def test_a_threshold_is_told_with_what_it_grants_and_finds(tmp_path: Path) -> None:
    spec = ReadabilitySpec(
        thresholds=(0.9, 0.75, 0.5, 0.5), specificities=(0.98, 0.91, None, 0.5), sensitivities=(0.99, 0.88, None, 0.5)
    )
    shown = about.page([checkpoint(tmp_path, {})], spec)
    assert words.about.OPERATING_POINT.format(threshold=0.75, kept=91, caught=88) in shown
    assert shown.count("Threshold 0.") == 3
    assert "Threshold 0." not in about.page([checkpoint(tmp_path, {})])


@pytest.mark.parametrize("record", [{}, {"validation": {}}])
def test_what_was_not_measured_is_said(tmp_path: Path, record: object) -> None:
    assert words.about.NOT_RECORDED in about.page([checkpoint(tmp_path, record)])


@pytest.mark.parametrize(("width", "locale"), [(390, "de-DE"), (1400, "en-GB")])
def test_the_page_opens_beside_the_desk(browser: Browser, app_url: str, width: int, locale: str) -> None:
    spoken = language.negotiated(locale)
    with visit(browser, app_url, width, locale=locale) as desk, language.speaking(spoken):
        with desk.expect_popup() as opened:
            desk.click(".about-link")
        page = opened.value
        expect(page.locator(".about h1")).to_have_text(words.about.TITLE)
        expect(page.locator(".about section")).to_have_count(6)
        look(page, f"about_{width}_{spoken}")
        assert english_left(page, spoken) == []
