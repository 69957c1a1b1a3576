"""A decoded photograph with the little that a file may say about it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from retinaregen_core.errors import ImageError

Laterality = Literal["OD", "OS"]
"""Right eye, left eye."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """Pixels and what concerns them; nothing about whose eye it is."""

    image: np.ndarray
    """uint8 ``[H, W, 3]`` RGB."""
    laterality: Laterality | None = None
    frame: int = 1
    """Which frame of the file this is, counted from 1."""
    frames: int = 1
    """How many the file holds."""
    burned_in: bool | None = None
    """Whether text is part of the pixels, as the file says: it may name the patient, and no software here removes it.
    None: the file does not say."""
    dicom: bool = False

    @property
    def may_hold_text(self) -> bool:
        """Whether nothing rules out that text, a name perhaps, is part of the pixels."""
        return self.burned_in is not False


def check_frame(frame: int, frames: int) -> None:
    """Refuse a frame that is not in the file.

    Raises:
        ImageError: ``frame`` is not in 1 to ``frames``.
    """
    if not 1 <= frame <= frames:
        what, remedy = "There is no frame {frame}: the file holds {frames}.", "Choose a frame from 1 to {frames}."
        raise ImageError(what, remedy, frame=frame, frames=frames)
