"""One click, one file: reports and steps of the last restoration, made when they are asked for."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import gradio as gr
from gradio.components import Component

from demo import cache, failures, views, words
from demo.arrival import About
from demo.kept import Kept
from demo.words.language import DEFAULT
from retinaregen_core import report
from retinaregen_core.derived_dicom import Header
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.records import Restoration
from retinaregen_core.report import REPORTS, TRAJECTORIES

DICOM = "dcm"
RENDERINGS = {"png": report.as_comparison, **REPORTS, **TRAJECTORIES}
"""Kind of file -> what makes it of a restoration alone."""
FILE_NAMES = {
    "png": "retinaregen_comparison",
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
READ_EYE = "(finished) => [finished, document.querySelector('#viewer select.eye').value]"
"""In the browser: the eye that the reader sees over the pictures, from the file or chosen."""


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
        eye, delivery = gr.Textbox(visible=False), deliverer()
    for kind, button in buttons.items():
        deliver(button, partial(on_download, kind), [finished, eye], delivery, status, READ_EYE)
    return row, buttons[DICOM]


def derived_button(offered: bool, warned: bool) -> Any:
    """The button for DICOM of a new result: hidden unless DICOM came in, and no less plain than the viewer's."""
    title = words.result.DICOM_ANYWAY if warned else words.result.DOWNLOADS[DICOM]
    return gr.update(visible=offered, value=title)


def english_note() -> None:
    """What somebody who reads another language should know before a download."""
    foreign = words.current() != DEFAULT
    gr.HTML(f'<p class="hint">{words.result.ENGLISH_FILES}</p>', visible=foreign, apply_default_css=False)


def deliverer() -> gr.DownloadButton:
    """Carries a file to the browser; nobody sees it."""
    return gr.DownloadButton(visible=False)


def deliver(
    button: gr.Button,
    make: Callable[..., Path],
    source: gr.State | list[Component],
    delivery: gr.DownloadButton,
    status: gr.HTML,
    read: str | None = None,
) -> None:
    """Wire a button: make the file of ``source``, save it in the browser; what is wrong is told in the status line.

    ``read`` is JavaScript that gives the values of ``source``, where they are not the server's alone.
    """

    def handler(*values: Any) -> tuple[str | None, Any]:
        try:
            return str(make(*values)), gr.skip()
        except Exception as error:
            return None, views.problem(failures.in_words(error, "a download", words.problems.UNEXPECTED))

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    slot: dict[str, Any] = {"concurrency_id": "downloads", "concurrency_limit": 1}
    made = button.click(handler, source, [delivery, status], js=read, **slot, **quiet)
    made.then(None, delivery, None, js=SAVE)


def on_download(kind: str, finished: Finished | None, eye: str = "") -> Path:
    """Render the kept restoration into the cache, which deletes the file after ten minutes.

    Args:
        kind: row of ``FILE_NAMES``.
        finished: what was kept.
        eye: what the viewer says, OD or OS; anything else is not stated. A DICOM file says what it said when it came.

    Raises:
        ImageError: there is no result, or its time is over.
    """
    if finished is None:
        raise ImageError(*words.problems.RESULT_EXPIRED)
    restoration = finished.restoration.again()
    if kind == DICOM:
        shown, data = finished.about.eye, _derived(restoration, finished.about)
    else:
        shown = next((known for known in get_args(Laterality) if known == eye), None)
        data = RENDERINGS[kind](restoration, shown)
    return Path(cache.store(data, file_name(kind, shown)))


def file_name(kind: str, eye: Laterality | None) -> str:
    """Neutral, but for the eye: both of a patient lie in one folder."""
    return f"{FILE_NAMES[kind]}_{eye}.{kind}" if eye else f"{FILE_NAMES[kind]}.{kind}"


def _derived(restoration: Restoration, about: About) -> bytes:
    """An image derived from the DICOM file that came in, of which only the header was kept; without the patient."""
    if about.header is None or about.damage or not Path(about.header).is_file():
        raise ImageError(*words.problems.RESULT_EXPIRED)
    header = Header(Path(about.header).read_bytes())
    return report.as_dicom(restoration, about.photograph(restoration.photograph), header)
