"""Where many photographs come in, or a ZIP of them.

Their names are the user's own data: he needs them to recognise the rows of his table. A name therefore travels as text
beside a file that is stored under a neutral one, is shown in the table and written into the CSV, and reaches neither a
URL, nor a path on the server, nor a log, nor the files of the result.
"""

from pathlib import Path
from typing import Any, NamedTuple

from gradio.data_classes import ListFiles

from demo import intake, words
from demo.intake import Intake, uploaded
from retinaregen_core.archive import printable

ACCEPTED = f"{intake.ACCEPTED},.zip,application/zip"
MOST_FILES = 100


class Sent(NamedTuple):
    """One file that was sent."""

    name: str
    """What the user calls it."""
    path: str
    """Where the cache has it, under a neutral name, for ten minutes."""


class BatchIntake(Intake):
    """Many files in, as a tuple of :class:`Sent`. Event: ``upload``. What is no upload is refused as there."""

    data_model = ListFiles  # type: ignore[assignment]
    script = Path(__file__).parent / "intake.js"

    def __init__(self, **properties: Any) -> None:
        super().__init__(sentences=words.intake.BATCH, most=MOST_FILES, accept=ACCEPTED, **properties)

    def preprocess(self, payload: ListFiles | None) -> tuple[Sent, ...]:  # type: ignore[override]
        files = payload.root if payload else []
        return tuple(Sent(printable(file.orig_name or ""), str(uploaded(file.path))) for file in files[:MOST_FILES])

    def api_info(self) -> dict[str, Any]:
        return ListFiles.model_json_schema()
