"""One click, one file: reports and steps of the last restoration, made when they are asked for."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from demo import cache, views, words
from demo.arrival import About
from demo.kept import Kept
from demo.words.language import DEFAULT
from retinaregen_core import report
from retinaregen_core.derived_dicom import Header
from retinaregen_core.errors import ImageError, RetinaRegenError
from retinaregen_core.records import Restoration
from retinaregen_core.report import REPORTS, TRAJECTORIES

DICOM = "dcm"
FILE_NAMES = {
    **dict.fromkeys(REPORTS, "retinaregen_report"),
    **dict.fromkeys(TRAJECTORIES, "retinaregen_steps"),
    DICOM: "retinaregen_restored",
}
SAVE = """(file) => {
  if (!file) return;
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.orig_name;
  link.click();
}"""
"""In the browser: the file that has just been made is saved under its neutral name."""


class Finished(NamedTuple):
    """A result between two clicks."""

    restoration: Kept[Restoration]
    about: About


def panel(finished: gr.State, status: gr.HTML) -> tuple[gr.Row, gr.Button]:
    """A button for every kind of file, hidden until there is a result; the one for DICOM until DICOM came in."""
    row = gr.Row(elem_id="downloads", visible=False)
    with row:
        buttons = {
            kind: gr.Button(title, size="sm", min_width=110, elem_id=f"download-{kind}", visible=kind != DICOM)
            for kind, title in words.result.DOWNLOADS.items()
        }
        english_note()
        delivery = deliverer()
    for kind, button in buttons.items():
        deliver(button, partial(on_download, kind), finished, delivery, status)
    return row, buttons[DICOM]


def english_note() -> None:
    """What somebody who reads another language should know before a download."""
    foreign = words.current() != DEFAULT
    gr.HTML(f'<p class="hint">{words.result.ENGLISH_FILES}</p>', visible=foreign, apply_default_css=False)


def deliverer() -> gr.DownloadButton:
    """Carries a file to the browser; nobody sees it."""
    return gr.DownloadButton(visible=False)


def deliver(
    button: gr.Button, make: Callable[[Any], Path], source: gr.State, delivery: gr.DownloadButton, status: gr.HTML
) -> None:
    """Wire a button: make the file of ``source``, save it in the browser; what is wrong is told in the status line."""

    def handler(value: Any) -> tuple[str | None, Any]:
        try:
            return str(make(value)), gr.skip()
        except RetinaRegenError as error:
            return None, views.problem(error)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    made = button.click(handler, source, [delivery, status], concurrency_id="downloads", concurrency_limit=1, **quiet)
    made.then(None, delivery, None, js=SAVE)


def on_download(kind: str, finished: Finished | None) -> Path:
    """Render the kept restoration into the cache, which deletes the file after ten minutes.

    Raises:
        ImageError: there is no result, or its time is over.
    """
    if finished is None:
        raise ImageError(*words.problems.RESULT_EXPIRED)
    restoration = finished.restoration.again()
    data = _derived(restoration, finished.about) if kind == DICOM else (REPORTS | TRAJECTORIES)[kind](restoration)
    return Path(cache.store(data, f"{FILE_NAMES[kind]}.{kind}"))


def _derived(restoration: Restoration, about: About) -> bytes:
    """An image derived from the DICOM file that came in, of which only the header was kept; without the patient."""
    if about.header is None or not Path(about.header).is_file():
        raise ImageError(*words.problems.RESULT_EXPIRED)
    header = Header(Path(about.header).read_bytes())
    return report.as_dicom(restoration, about.photograph(restoration.photograph), header)
