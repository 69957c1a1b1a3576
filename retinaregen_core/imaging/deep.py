"""Pictures of more than 8 bits a sample, brought to 8: Pillow holds them in grey at most, OpenCV in some colours."""

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.samples import to_eight_bit

WHITE_IS_ZERO, RGB, CMYK = 0, 2, 5
"""What TIFF calls photometric interpretation."""
UNASSOCIATED_ALPHA = 2
"""What TIFF calls an extra sample that covers colours which are not yet multiplied by it."""


class Layout(NamedTuple):
    """How a file stores its samples."""

    bits: int
    photometric: int = RGB
    interleaved: bool = True
    """Whether the samples of a pixel lie side by side, instead of each channel by itself."""
    covered: bool = True
    """Whether a fourth sample is an opacity that is still to be applied."""


def eight_bit(picture: Image.Image, data: bytes) -> Image.Image:
    """The picture with 8 bits a sample: whole-range scaling, white as the highest level.

    Args:
        picture: loaded.
        data: the file behind it; empty where there is none.

    Raises:
        ImageError: its levels, or the layout of its samples, cannot be told.
        ValueError: the file is damaged.
    """
    layout = _layout(picture, data)
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_grey(np.asarray(picture), layout))
    if layout.bits <= 8 or layout.photometric == CMYK:  # of the latter Pillow keeps the upper 8 bits
        return picture
    if (layout.bits, layout.photometric, layout.interleaved) != (16, RGB, True):
        raise ImageError(
            "The {bits}-bit colours of this TIFF are stored in a way that cannot be read.",
            "Save it with 8 bits, as PNG, or as 16-bit RGB with interleaved colours.",
            bits=layout.bits,
        )
    return _colour(data, layout.covered)


def _layout(picture: Image.Image, data: bytes) -> Layout:
    if isinstance(picture, TiffImageFile):
        tags = picture.tag_v2
        bits, extra = (tuple(np.atleast_1d(tags.get(tag, default))) for tag, default in ((258, 8), (338, 0)))
        return Layout(int(max(bits)), tags.get(262, RGB), tags.get(284, 1) == 1, extra[:1] == (UNASSOCIATED_ALPHA,))
    return Layout(16 if picture.format == "PNG" and data[24:25] == b"\x10" else 8)


def _grey(samples: np.ndarray, layout: Layout) -> np.ndarray:
    """16-bit levels, fewer bits as the file states them, 32-bit integers that hold 16-bit levels, floats in [0, 1]."""
    if samples.dtype.kind == "f":
        if not np.isfinite(samples).all() or samples.min() < 0 or samples.max() > 1:
            raise ImageError("The floating-point levels lie outside 0 to 1.", "Save the photograph with 8 or 16 bits.")
        levels = cv2.convertScaleAbs(samples, alpha=255)
    elif samples.min() < 0 or samples.max() > 65535:
        raise ImageError("The levels do not fit into 16 bits.", "Save the photograph with 8 or 16 bits per channel.")
    else:
        levels = to_eight_bit(samples, 2 ** min(layout.bits, 16) - 1 if layout.bits > 8 else 65535)
    return 255 - levels if layout.photometric == WHITE_IS_ZERO else levels


def _colour(data: bytes, covered: bool) -> Image.Image:
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ValueError("the 16-bit samples could not be decoded")
    levels = to_eight_bit(samples, 65535)
    if levels.ndim == 2:
        return Image.fromarray(levels)
    if levels.shape[2] == 4 and covered:
        return Image.fromarray(cv2.cvtColor(levels, cv2.COLOR_BGRA2RGBA))
    return Image.fromarray(np.ascontiguousarray(levels[..., 2::-1]))
