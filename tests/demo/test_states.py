"""Every state of the page, at every size: readable by everybody, and photographed for whoever wants to look."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visitors import english_left, look, open_photograph, restore, set_steps, visit, write

from demo.words import language


def press(*keys: str) -> Callable[[Page], None]:
    def pressed(page: Page) -> None:
        page.locator(".stage").focus()
        for key in keys:
            page.keyboard.press(key)

    return pressed


def opened(part: str) -> Callable[[Page], None]:
    return lambda page: page.click(f"{part} button")


def broken(page: Page) -> None:
    page.set_input_files("#intake input[type=file]", {"name": "x.png", "mimeType": "image/png", "buffer": b"no"})
    expect(page.locator("#status .problem")).to_be_visible()
    page.click(".toast-close")  # it would go by itself after ten seconds
    expect(page.locator(".toast-body")).to_have_count(0)


RESULT_STATES: dict[str, tuple[Callable[[Page], None], str | None]] = {
    "4_result_wipe": (press("w"), None),
    "5_side_by_side": (press("s"), "#viewer"),
    "6_difference": (press("d"), "#viewer"),
    "7_blink": (press("b"), "#viewer"),
    "8_red_free": (press("w", "g"), "#viewer"),
    "9_inverted": (press("i"), "#viewer"),
    "10_zoomed": (press("i", "+", "+", "+"), "#viewer"),
    "11_overlay_detail": (press("0", "o"), "#viewer"),
    "12_overlay_light": (press("o"), "#viewer"),
    "12_overlay_vessels": (press("o"), "#viewer"),
    "12_overlay_error": (press("o"), "#viewer"),
    "12_overlay_looked": (press("o", "o"), "#viewer"),
    "12_overlay_landmarks": (press("o", "o", "o"), "#viewer"),
    "13_first_step": (press("o", "Home"), "#main"),
    "14_curves": (lambda page: page.click("#curves summary"), "#main"),
    "15_advanced": (opened("#advanced"), "#side"),
    "16_reference": (opened("#reference-part"), "#side"),
    "17_try_it": (opened("#try-it"), "#side"),
    "18_definitions": (lambda page: page.click("#result .definitions >> nth=0 >> summary"), "#main"),
    "18_provenance": (lambda page: page.click("#result .provenance summary"), "#main"),
    "19_bad_file": (broken, None),
    "20_keys": (press("?"), None),
}
"""How each state is reached from the one before, and the only part of the page that it changes."""


def test_every_state_is_readable_by_everybody(page: Page) -> None:
    look(page, "1_empty")
    page.click("[data-example=cataract]")
    page.wait_for_selector(".viewer[data-phase=ready]")
    expect(page.locator("#restore")).to_have_css("transition-duration", "0s")  # it would be pale while it fades in
    look(page, "2_ready")
    set_steps(page, 24)
    page.click("#restore")
    expect(page.locator(".caption")).to_contain_text("of 24")
    look(page, "3_live")
    page.wait_for_selector(".viewer[data-phase=done]")
    page.click("#advanced button")
    expect(page.locator("#curves tbody tr")).to_have_count(14)
    for name, (reach, part) in RESULT_STATES.items():
        reach(page)
        look(page, name, part)


@pytest.mark.parametrize(
    ("width", "height", "locale"),
    [(390, 844, "de-DE"), (820, 1180, "fr-FR"), (1920, 1080, "zh-CN"), (3840, 2160, "it-IT")],
)
def test_every_size_shows_picture_and_verdict_without_side_scroll(
    browser: Browser, app_url: str, tmp_path: Path, width: int, height: int, locale: str
) -> None:
    """Each in another language, long words on the narrowest; Italian is answered in English."""
    spoken = language.negotiated(locale)
    with visit(browser, app_url, width, height, locale=locale) as page:
        open_photograph(page, write(tmp_path))
        restore(page)
        expect(page.locator("html")).to_have_attribute("lang", spoken)
        look(page, f"size_{width}x{height}_{spoken}")
        assert english_left(page, spoken) == []
        stage = page.locator(".stage").bounding_box()
        assert stage is not None
        assert stage["width"] > 0.6 * width
        assert min(stage["width"], stage["height"]) > 0.5 * min(width, height)
        expect(page.locator("#verdict")).not_to_be_empty()
