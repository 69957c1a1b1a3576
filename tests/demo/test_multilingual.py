"""One page, built in every language."""

import gradio as gr

from demo import words
from demo.multilingual import Multilingual, in_every_language
from demo.words.language import speaking


def small_page() -> Multilingual:
    page = Multilingual(title=words.desk.TAGLINE)
    with page:
        preset = gr.Radio([(words.settings.PRESETS["strong"], "strong")], label=words.settings.PRESET)
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
    assert ours["props"]["choices"] == [("Strong", "strong")]
    assert theirs["props"]["choices"] == [("Stark", "strong")]
    assert theirs["props"]["label"] == "Wie weit"
    assert german["dependencies"] == english["dependencies"]
    with speaking("pt"):
        assert page.config == english
