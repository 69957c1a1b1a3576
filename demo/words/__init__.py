"""Every sentence that a person reads on the page, a part for each place of it. Plain, short, never a diagnosis.

``words.viewer.KEYS`` is the constant ``KEYS`` of ``en/viewer.py`` in the language of whoever is being answered;
problems and the core's sentences are English until they are told.
"""

from typing import TYPE_CHECKING

from demo.words.en import problems
from demo.words.language import current
from demo.words.translation import Part, error_told, filled, number, told

if TYPE_CHECKING:  # the parts are spoken as what they are in English, so names and shapes are checked
    from demo.words.en import (
        about,
        batch,
        curves,
        desk,
        fetching,
        intake,
        readability,
        result,
        settings,
        status,
        viewer,
    )
else:
    about, batch, curves, desk = (Part(name) for name in ("about", "batch", "curves", "desk"))
    fetching = Part("fetching")
    intake, readability, result = (Part(name) for name in ("intake", "readability", "result"))
    settings, status, viewer = (Part(name) for name in ("settings", "status", "viewer"))

__all__ = [
    "about",
    "batch",
    "current",
    "curves",
    "desk",
    "error_told",
    "fetching",
    "filled",
    "intake",
    "number",
    "problems",
    "readability",
    "result",
    "settings",
    "status",
    "told",
    "viewer",
]
