"""Curves over the steps, read by eye, hover and keyboard; the marked step is the viewer's."""

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent


class Curves(gr.HTML):
    """Its value is what :func:`demo.curves.drawing.draw` returns; the empty string shows nothing."""

    def __init__(self, value: str = "", **properties: Any) -> None:
        super().__init__(
            value=value,
            css_template=(FOLDER / "curves.css").read_text("utf-8"),
            js_on_load=(FOLDER / "curves.js").read_text("utf-8"),
            apply_default_css=False,
            **properties,
        )
