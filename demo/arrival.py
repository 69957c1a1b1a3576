"""What a visitor sends: decoded, deleted, and of several frames only the pixels kept until one is chosen."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo import cache, words
from retinaregen_core import derived_dicom
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode, dicom
from retinaregen_core.imaging.photograph import Laterality, Photograph
from retinaregen_core.records import Damage


@dataclass(frozen=True)
class About:
    """What a file says of its photograph: little enough to live in the session."""

    eye: Laterality | None = None
    """``None`` when it is not stated."""
    frame: int = 1
    frames: int = 1
    burned_in: bool | None = None
    series: str | None = None
    """Path of the file that holds the other frames, without anything else."""
    header: str | None = None
    """Path of what a DICOM file must hand on to an image that is derived from it."""
    headless: bool = False
    """A DICOM file of which that is too damaged to be handed on."""
    damage: Damage | None = None
    """What the visitor had done to it."""

    def photograph(self, image: np.ndarray) -> Photograph:
        """Pixels of a DICOM file with what it said of them."""
        return Photograph(image, self.eye, self.frame, self.frames, self.burned_in, dicom=True)

    def damaged(self, damage: Damage) -> "About":
        """The same of a copy that was damaged; the file's other frames are as they were."""
        return replace(self, damage=damage)

    @property
    def derivable(self) -> bool:
        """Whether a DICOM file can come of the result: none of the patient's comes of what was damaged on purpose."""
        return self.header is not None and self.damage is None

    @property
    def sentences(self) -> list[str]:
        """For the status line."""
        said = {
            words.intake.EYES.get(self.eye or "", ""): bool(self.eye),
            words.intake.FRAME_SHOWN.format(frame=self.frame, frames=self.frames): self.frames > 1,
            words.intake.NO_DICOM: self.headless and not self.damage,
        }
        return [sentence for sentence, holds in said.items() if holds]


NOTHING_SAID = About()


def take(path: str) -> tuple[Photograph, About]:
    """Decode what was sent, and delete it with its camera data and patient fields.

    Raises:
        ImageError: the file cannot be read.
    """
    sent = Path(path)
    try:
        photograph = decode.photograph(sent)
        series = cache.store(dicom.stripped(sent.read_bytes()), "series.dcm") if photograph.frames > 1 else None
        header = _header(sent) if photograph.dicom else None
    finally:
        sent.unlink(missing_ok=True)
    return photograph, about(photograph, series, header, photograph.dicom and header is None)


def _header(sent: Path) -> str | None:
    """``None`` when the file's description is damaged: its pixels can be restored all the same."""
    with suppress(ImageError):
        return cache.store(derived_dicom.header(sent.read_bytes()), "header.dcm")
    return None


def turn(known: About, frame: int) -> tuple[Photograph, About]:
    """Another frame of the file that was kept.

    Raises:
        ImageError: it was deleted meanwhile, or holds no such frame.
    """
    if known.series is None or not Path(known.series).is_file():
        raise ImageError(*words.problems.EXPIRED)
    photograph = decode.photograph(known.series, frame)
    return photograph, about(photograph, known.series, known.header, known.headless)


def about(photograph: Photograph, series: str | None, header: str | None, headless: bool) -> About:
    """The record without the pixels."""
    said = photograph.laterality, photograph.frame, photograph.frames, photograph.burned_in
    return About(*said, series, header, headless)


def choice(known: About) -> Any:
    """The menu of frames, shown only when there is something to choose."""
    frames = range(1, known.frames + 1)
    choices = [(words.intake.FRAME_OF.format(frame=frame, frames=known.frames), frame) for frame in frames]
    return gr.update(choices=choices, value=known.frame, visible=known.frames > 1)
