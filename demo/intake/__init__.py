"""Where a photograph comes in: drop, browse, paste or a drawn example. The file name never leaves the browser."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from demo import cache, words

FOLDER = Path(__file__).parent
ACCEPTED = ".jpg,.jpeg,.png,.tif,.tiff,.bmp,image/*,.dcm,.dicom,application/dicom"


class Intake(gr.HTML):
    """One file in, as a path. Events: ``upload``, and ``example`` with the ``name`` of the drawing that was chosen.

    Args:
        sentences: ``words.intake.PHOTOGRAPH`` or ``words.intake.REFERENCE``.
        examples: rows of ``name``, ``title`` and ``thumbnail`` (a data URI).
        everywhere: also take what is dropped or pasted anywhere on the page.
        accept: endings and kinds of files that a browser offers to choose.
    """

    data_model = FileData
    script = FOLDER / "intake.js"
    """What is done with the files that the field received."""

    def __init__(
        self,
        value: None = None,
        *,
        sentences: dict[str, str] | None = None,
        examples: list[dict[str, str]] | None = None,
        everywhere: bool = False,
        accept: str = ACCEPTED,
        **properties: Any,
    ) -> None:
        super().__init__(
            value=value,
            html_template=(FOLDER / "intake.html").read_text("utf-8"),
            css_template=(FOLDER / "intake.css").read_text("utf-8"),
            js_on_load="\n".join(path.read_text("utf-8") for path in (FOLDER / "field.js", self.script)),
            apply_default_css=False,
            words=sentences or words.intake.PHOTOGRAPH,
            examples=examples or [],
            everywhere=everywhere,
            accept=accept,
            limit=words.intake.FILE_LIMIT_MB * 1_000_000,
            **properties,
        )

    def preprocess(self, payload: FileData | None) -> str | None:  # type: ignore[override]
        return str(uploaded(payload.path)) if payload else None

    def move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        return super().move_resource_to_block_cache(_no_address(url_or_file_path))

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        return await super().async_move_resource_to_block_cache(_no_address(url_or_file_path))

    def postprocess(self, value: None) -> None:  # type: ignore[override]
        return None

    def api_info(self) -> dict[str, Any]:
        return FileData.model_json_schema()

    def example_payload(self) -> None:
        return None

    def example_value(self) -> None:
        return None


def _no_address(path: str | Path | None) -> str | Path | None:
    """Gradio would fetch an address that a program sends instead of a file; this server fetches nothing."""
    if "://" in str(path):
        raise gr.Error(" ".join(words.problems.NO_ADDRESS), print_exception=False)
    return path


def uploaded(path: str) -> Path:
    """Only what was uploaded is read, and later deleted."""
    found = Path(path).resolve()
    if not found.is_relative_to(cache.root().resolve()):
        raise gr.Error(" ".join(words.problems.NO_ADDRESS), print_exception=False)
    return found
