"""The reading viewer: one ``gr.HTML`` component; markup, style and behaviour are the three files beside this one."""

from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.data_classes import GradioModel, ImageData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from demo import words

FOLDER = Path(__file__).parent

Phase = Literal["ready", "live", "done", "abandoned"]
"""A photograph alone; a restoration under way; a result; give back what was shown before the run."""


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
    mark: str = ""
    """The sentence that goes below a downloaded comparison."""


def store(data: bytes, name: str) -> ImageData:
    """Write an encoded picture into the Gradio cache, under a neutral name; the cache deletes it after ten minutes."""
    return ImageData(path=save_bytes_to_cache(data, name, get_upload_folder()), orig_name=name)


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
            js_on_load=(FOLDER / "viewer.js").read_text("utf-8"),
            apply_default_css=False,
            words=words.VIEWER,
            keys=words.KEYS,
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
