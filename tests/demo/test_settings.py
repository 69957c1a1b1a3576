"""Advanced settings, the reference, and the queue, as visitors meet them."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visitors import open_photograph, restore, serious, set_steps, visit, write

from demo import words


@pytest.fixture
def advanced(page: Page) -> Page:
    page.click("#advanced button")
    page.wait_for_selector("#preset input")
    return page


def test_presets_set_steps_and_strength(advanced: Page) -> None:
    for name, steps, strength in (("Faithful", "2", "0.75"), ("More steps", "6", "1"), ("Standard", "3", "1")):
        advanced.get_by_label(name).check()
        expect(advanced.locator("#steps input[type=number]")).to_have_value(steps)
        expect(advanced.locator("#strength input[type=number]")).to_have_value(strength)
    assert serious(advanced) == []
    advanced.fill("#steps input[type=number]", "5")
    advanced.locator("#steps input[type=number]").blur()
    expect(advanced.get_by_label("Standard")).not_to_be_checked()
    expect(advanced.locator("#steps input[type=number]")).to_have_value("5")


def test_a_drawn_seed_and_several_samples_are_used_and_shown(advanced: Page, tmp_path: Path) -> None:
    seed = advanced.locator("#seed input")
    expect(seed).to_have_value("0")
    advanced.click("#dice")
    expect(seed).not_to_have_value("0")
    advanced.fill("#samples input[type=number]", "2")
    advanced.locator("#samples input[type=number]").blur()
    open_photograph(advanced, write(tmp_path))
    restore(advanced)
    expect(advanced.locator("select.overlay option[value=spread]")).to_have_text(words.viewer.OVERLAYS["spread"][0])
    advanced.click("#result .provenance summary")
    expect(advanced.locator("#result .provenance")).to_contain_text(seed.input_value())


def test_a_named_reference_brings_quality_and_can_be_removed(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path, "photo.PNG"))
    page.click("#reference-part button")
    page.set_input_files("#reference input[type=file]", write(tmp_path, "other.png", 1))
    expect(page.locator("#status")).to_contain_text(words.status.REFERENCE_TAKEN)
    restore(page)
    expect(page.locator("#result")).to_contain_text(words.result.QUALITY_TITLE)
    page.click("#without-reference")
    page.wait_for_selector(".viewer[data-phase=ready]")
    restore(page)
    expect(page.locator("#result")).to_contain_text(words.result.CHANGE_TITLE)
    expect(page.locator("#result")).not_to_contain_text(words.result.QUALITY_TITLE)


def test_who_waits_is_told_the_place_and_gets_the_turn_when_the_other_cancels(
    browser: Browser, app_url: str, tmp_path: Path
) -> None:
    with visit(browser, app_url) as one, visit(browser, app_url) as two:
        for visitor in (one, two):
            open_photograph(visitor, write(tmp_path))
        set_steps(one, 50)
        one.click("#restore")
        one.wait_for_selector(".viewer[data-phase=live]")
        two.dispatch_event("#restore", "click")  # a click would wait until the page stands still
        expect(two.locator("#status")).to_contain_text(words.status.WAITING.format(place=1))
        one.dispatch_event("#cancel", "click")
        two.wait_for_selector(".viewer[data-phase=done]")
        expect(one.locator("#status")).to_have_text(words.status.CANCELLED)
