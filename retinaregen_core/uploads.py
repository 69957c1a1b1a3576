"""What came in: a decoded photograph with its field of view and framing, and the reference that may go with it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode, field_of_view
from retinaregen_core.imaging.decode import Source
from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing


@dataclass(frozen=True, eq=False)
class Upload:
    """A decoded photograph and where its field of view lies."""

    image: np.ndarray
    """uint8 ``[H, W, 3]`` in [0, 255]."""
    reference: np.ndarray | None = None
    """The same eye as it should look, same shape."""

    @cached_property
    def field_of_view(self) -> FieldOfView:
        return field_of_view.find(self.image)

    @cached_property
    def framing(self) -> Framing:
        return Framing.around(self.field_of_view)

    def square(self, size: int) -> np.ndarray:
        """The framed photograph, uint8 ``[size, size, 3]``.

        Raises:
            FieldOfViewError: it shows no field of view.
        """
        return self.framing.crop(self.image, size)

    def mask(self, size: int) -> np.ndarray:
        """The field of view in that square, bool ``[size, size]``."""
        return self.framing.crop_mask(self.field_of_view.mask, size)


def read_upload(image: Source, reference: Source | None) -> Upload:
    """Decode both; :class:`ImageError` when the reference cannot be laid over the photograph."""
    photograph = decode.read(image)
    if reference is None:
        return Upload(photograph)
    truth = decode.read(reference)
    if truth.shape != photograph.shape:
        (height, width), (true_height, true_width) = photograph.shape[:2], truth.shape[:2]
        raise ImageError(
            "The reference has {true_width} x {true_height} pixels, the photograph {width} x {height}.",
            "Give a reference of the same size that shows the same view.",
            true_width=true_width,
            true_height=true_height,
            width=width,
            height=height,
        )
    return Upload(photograph, truth)
