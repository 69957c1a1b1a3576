"""Where the photograph cannot be read: maps and places for the viewer, after picture and scores are shown."""

from collections.abc import Iterator

from demo import models, overlays
from demo.handlers import WORKING_SIZE, Case, Update, read, told
from demo.viewer import Reading
from retinaregen_core.pipeline import Upload
from retinaregen_core.verdict import refusal


@told
def on_opened(case: Case | None) -> Iterator[Update]:
    """The overlays of the photograph alone; the viewer takes them only while it shows that and no result of it.

    The photograph is read again from the session's folder, so that the session holds nothing more for it.
    """
    if case is None or not overlays.SHOWN_OF[refusal(case.before)]:
        return
    upload = Upload(read(case.photograph))
    mask = upload.mask(WORKING_SIZE)
    (found,) = models.evidence(mask, upload.square(WORKING_SIZE))
    shown = list(overlays.seen(found, case.before, mask))
    yield Update(viewer=Reading(phase="overlaid", photograph=case.photograph, overlays=shown))
