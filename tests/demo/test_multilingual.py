"""One page, built in every language."""

from pathlib import Path

import gradio as gr
from playwright.sync_api import Page, expect
from visitors import look, refusal

from demo import words
from demo.multilingual import Multilingual, in_every_language
from demo.words.language import NAMES, speaking


def small_page() -> Multilingual:
    page = Multilingual(title=words.desk.TAGLINE)
    with page:
        preset = gr.Radio([(words.settings.PRESETS["finer"], "finer")], label=words.settings.PRESET)
        preset.change(str, preset, preset, api_name="preset")
    return page


def test_a_page_reads_in_the_language_that_is_spoken_and_stays_the_same_page() -> None:
    page = in_every_language(small_page)
    english, told = page.config, page.get_api_info()
    with speaking("de"):
        german = page.config
        assert page.get_api_info() == told
    assert (english["title"], german["title"]) == (
        words.desk.TAGLINE,
        "Lesbarkeit und Restaurierung von Fundusaufnahmen",
    )
    ours, theirs = english["components"][0], german["components"][0]
    assert ours["id"] == theirs["id"]
    assert ours["props"]["choices"] == [("More steps", "finer")]
    assert theirs["props"]["choices"] == [("Mehr Schritte", "finer")]
    assert theirs["props"]["label"] == "Wie weit"
    assert german["dependencies"] == english["dependencies"]
    with speaking("pt"):
        assert page.config == english


def choose(page: Page, name: str) -> None:
    """By keyboard: into the menu, and on to the language."""
    page.locator(".languages summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".languages li a").first).to_be_visible()
    for _ in range(1 + list(NAMES.values()).index(name)):
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text(name)
    page.keyboard.press("Enter")


def test_a_language_can_be_chosen_and_goes_along_to_every_page(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "x.png"
    bad.write_bytes(b"no")
    page.click(".languages summary")
    expect(page.locator(".languages p")).to_have_text(words.desk.LANGUAGE_NOTE)
    look(page, "21_languages")
    page.keyboard.press("Escape")
    expect(page.locator(".languages p")).not_to_be_visible()
    choose(page, "Deutsch")
    with speaking("de"):
        expect(page.locator("#restore")).to_have_text(words.settings.RESTORE)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        assert words.told("Give a JPEG, PNG, TIFF, BMP or DICOM photograph.") in refusal(page, bad)
        page.click(f".nav-holder a:text-is('{words.desk.BATCH_PAGE}')")
        expect(page.locator(".nav-holder a.active")).to_have_text(words.desk.BATCH_PAGE)
        expect(page.locator("#batch-header .tagline")).to_have_text(words.desk.TAGLINE)
        with page.expect_popup() as opened:
            page.click(".about-link")
        about = opened.value
        expect(about.locator(".about h1")).to_have_text(words.about.TITLE)
    choose(about, "Español")
    with speaking("es"):
        expect(about.locator(".about h1")).to_have_text(words.about.TITLE)
        about.click(".ways > a")
        expect(about.locator("#restore")).to_have_text(words.settings.RESTORE)
