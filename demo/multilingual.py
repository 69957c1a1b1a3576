"""A page in several languages: built once in each, and served in the one that the visitor reads.

``gr.I18n`` exchanges six properties of a component in the browser, but no choices of a menu, no names of pages, no
properties of components of our own, and nothing that a handler says. Here the server chooses one language for all.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import gradio as gr
from gradio.data_classes import BlocksConfigDict

from demo.words import language


class Multilingual(gr.Blocks):
    """Blocks that hold how they read in every language; components, handlers and numbers are those of English."""

    _readings: Mapping[str, dict[str, Any]] = {}

    @property
    def config(self) -> BlocksConfigDict:
        """What a browser is sent, in the language of the request."""
        return cast(BlocksConfigDict, {**self._config, **self._readings.get(language.current(), {})})

    @config.setter
    def config(self, english: BlocksConfigDict) -> None:
        self._config = english

    def get_api_info(self, *arguments: Any, **options: Any) -> Any:
        """English for programs: Gradio keeps the answer to whoever asks first."""
        with language.speaking(language.DEFAULT):
            return super().get_api_info(*arguments, **options)

    def reads(self, others: Mapping[str, "Multilingual"]) -> None:
        """Take over what is written on the same page when it is built in other languages."""
        self._readings = {spoken: _reading(self.config, other.config) for spoken, other in others.items()}


def in_every_language(build: Callable[[], Multilingual]) -> Multilingual:
    """The page that ``build`` makes in the language that is being spoken."""
    page = build()
    others = {}
    for spoken in language.LANGUAGES.values():
        if spoken != language.DEFAULT:
            with language.speaking(spoken):
                others[spoken] = build()
    page.reads(others)
    return page


def _reading(english: BlocksConfigDict, other: BlocksConfigDict) -> dict[str, Any]:
    """The parts of a configuration that hold words; a component keeps its number."""
    pairs = zip(english["components"], other["components"], strict=True)
    components = [{**ours, "props": theirs["props"]} for ours, theirs in pairs]
    return {"components": components, "pages": other["pages"], "title": other["title"]}
