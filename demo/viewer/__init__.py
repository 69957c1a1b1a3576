"""The reading viewer: one ``gr.HTML`` component; markup, style and behaviour are the files beside this one."""

from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.data_classes import GradioModel, ImageData

from demo import cache, words

FOLDER = Path(__file__).parent

SCRIPTS = ("viewer.js", "controls.js", "pointer.js", "pictures.js")
"""Joined in this order: what is seen, what is pressed, what is dragged, what arrives."""

Phase = Literal["opening", "ready", "live", "done", "abandoned", "overlaid"]
"""Nothing while another photograph is opened; a photograph alone; a restoration under way; a result; give back what was
shown before the run or the opening; more overlays of what is named: a photograph, or a result by both its pictures."""


class Overlay(GradioModel):
    """A picture that can be switched on over the others, inside the field of view."""

    name: str
    title: str
    picture: ImageData
    """RGBA, the square around the field of view at working size; transparent where there is nothing to show."""
    restored: ImageData | None = None
    """What lies over the restored picture, where that is something else."""
    legend: str = ""
    """What the colours mean."""
    ramp: str = ""
    """The colours from little to much, as a CSS background."""
    over: Literal["both", "original", "restored"] = "both"
    """Which of the two pictures it speaks of."""


class Reading(GradioModel):
    """What the viewer shows. Pictures are files of the Gradio cache and reach the browser by their URLs."""

    phase: Phase
    photograph: ImageData | None = None
    reference: ImageData | None = None
    restored: ImageData | None = None
    """Full size, lossless; it stands for the last frame."""
    frames: list[ImageData] = []
    """The guess after each step, at working size."""
    captions: list[str] = []
    width: int = 0
    height: int = 0
    square: tuple[int, int, int] = (0, 0, 0)
    """``(left, top, side)`` in pixels of the photograph: where the frames were cut out."""
    inside: ImageData | None = None
    """Opaque in the field of view, in that square: what is inverted without lighting up the surround."""
    overlays: list[Overlay] = []
    eye: str = ""
    """OD or OS when the file says so; the reader can change it."""
    damaged: bool = False
    """The photograph is none as it came: the reader had it damaged."""
    warnings: list[str] = []
    """What speaks against the restored picture: then the original is offered first."""


def store(data: bytes, name: str) -> ImageData:
    """Write an encoded picture into the session's folder, under a neutral name; it goes with the session."""
    return ImageData(path=cache.store(data, name), orig_name=name)


class Viewer(gr.HTML):
    """Compare, zoom and scrub in the browser. The event ``abandon`` asks to cancel the running restoration.

    ``gr.HTML`` declares strings where a subclass with a ``data_model`` carries that model, hence the overrides.
    """

    data_model = Reading

    def __init__(self, value: Reading | None = None, **properties: Any) -> None:
        super().__init__(
            value=value,
            html_template=(FOLDER / "viewer.html").read_text("utf-8"),
            css_template=(FOLDER / "viewer.css").read_text("utf-8"),
            js_on_load="\n".join((FOLDER / script).read_text("utf-8") for script in SCRIPTS),
            apply_default_css=False,
            words=words.viewer.TEXTS,
            keys=words.viewer.KEYS,
            **properties,
        )

    def preprocess(self, payload: Reading | None) -> Reading | None:  # type: ignore[override]
        return payload

    def postprocess(self, value: Reading | None) -> Reading | None:  # type: ignore[override]
        return value

    def api_info(self) -> dict[str, Any]:
        return Reading.model_json_schema()

    def example_payload(self) -> None:
        return None

    def example_value(self) -> None:
        return None
