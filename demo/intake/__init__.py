"""Where a photograph comes in: drop, browse, paste or a drawn example. The file name never leaves the browser."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from demo import words

FOLDER = Path(__file__).parent
ACCEPTED = ".jpg,.jpeg,.png,.tif,.tiff,.bmp,image/*"


class Intake(gr.HTML):
    """One file in, as a path. Events: ``upload``, and ``example`` with the ``name`` of the drawing that was chosen.

    Args:
        sentences: ``words.INTAKE`` or ``words.REFERENCE_INTAKE``.
        examples: rows of ``name``, ``title`` and ``thumbnail`` (a data URI).
        everywhere: also take what is dropped or pasted anywhere on the page.
    """

    data_model = FileData

    def __init__(
        self,
        value: None = None,
        *,
        sentences: dict[str, str] | None = None,
        examples: list[dict[str, str]] | None = None,
        everywhere: bool = False,
        **properties: Any,
    ) -> None:
        super().__init__(
            value=value,
            html_template=(FOLDER / "intake.html").read_text("utf-8"),
            css_template=(FOLDER / "intake.css").read_text("utf-8"),
            js_on_load=(FOLDER / "intake.js").read_text("utf-8"),
            apply_default_css=False,
            words=sentences or words.INTAKE,
            examples=examples or [],
            everywhere=everywhere,
            accept=ACCEPTED,
            limit=words.FILE_LIMIT_MB * 1_000_000,
            **properties,
        )

    def preprocess(self, payload: FileData | None) -> str | None:  # type: ignore[override]
        return payload.path if payload else None

    def postprocess(self, value: None) -> None:  # type: ignore[override]
        return None

    def api_info(self) -> dict[str, Any]:
        return FileData.model_json_schema()

    def example_payload(self) -> None:
        return None

    def example_value(self) -> None:
        return None
