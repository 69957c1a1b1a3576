"""Sentences in other languages: English is written in the code, and a catalogue maps each English sentence to another.

A catalogue is ``<language>/<part>.json``, with the sentences of ``en/<part>.py`` as keys; in ``core.json`` they are
those that :mod:`retinaregen_core` says. What a catalogue lacks stays English, and a test fails.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np

from demo.words import language
from retinaregen_core.errors import RetinaRegenError

FOLDER = Path(__file__).parent
CORE, PROBLEMS = "core", "problems"
"""Parts whose sentences stay English until they are told: an error may also end in a table that is taken home."""


class Part:
    """The constants of ``en/<name>.py``, each as it reads in the language of whoever is being answered.

    Read them while answering: a sentence that was put away at import would stay English.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._english = import_module(f"demo.words.en.{name}")

    def __getattr__(self, constant: str) -> Any:
        return _translated(getattr(self._english, constant), catalogue(language.current(), self._name))


@cache
def catalogue(spoken: str, part: str) -> Mapping[str, str]:
    """English sentence -> sentence; empty for English itself."""
    if spoken == language.DEFAULT:
        return {}
    table: dict[str, str] = json.loads((FOLDER / spoken / f"{part}.json").read_text("utf-8"))
    return table


def told(sentence: str, **facts: object) -> str:
    """A sentence of the core, or of ``en/problems.py``, with its facts; those that are sentences are told as well."""
    spoken = language.current()
    table = {**catalogue(spoken, CORE), **catalogue(spoken, PROBLEMS)}
    translated = table.get(sentence, sentence)
    return (
        filled(translated, **{name: _translated(fact, table) for name, fact in facts.items()}) if facts else translated
    )


def number(value: float, layout: str) -> str:
    """A number as ``format`` lays it out, with the decimal mark of whoever is being answered."""
    text = format(value, layout)
    return text.replace(".", ",") if language.current() in language.DECIMAL_COMMA else text


def filled(sentence: str, **facts: object) -> str:
    """``sentence.format(**facts)`` with the decimal marks of whoever is being answered."""
    return _Numbers().vformat(sentence, (), facts)


class _Numbers(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float | np.floating):
            return number(float(value), format_spec)
        return str(super().format_field(value, format_spec))


def error_told(error: RetinaRegenError) -> str:
    """What is wrong and what to do."""
    return " ".join(told(sentence, **error.facts) for sentence in error.sentences)


def _translated(value: Any, table: Mapping[str, str]) -> Any:
    """The same value with every sentence in it exchanged."""
    match value:
        case str():
            return table.get(value, value)
        case Mapping():
            return {key: _translated(part, table) for key, part in value.items()}
        case tuple():
            return tuple(_translated(part, table) for part in value)
        case _:
            return value
