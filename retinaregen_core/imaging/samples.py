"""What every decoder shares: how large a picture may be, and deep levels scaled to 8 bits."""

import cv2
import numpy as np

from retinaregen_core.errors import ImageError

MAX_PIXELS = 64_000_000
"""Larger pictures are refused from their header, before a pixel is decoded."""
MIN_SIDE = 128
LONGEST = 4
"""Times the shorter side: an eye is round, and the square around a strip would be many times as large as the strip."""


def check_size(width: int, height: int) -> None:
    """Refuse what is too large to decode, too small to be a photograph, or a strip.

    Raises:
        ImageError: more than :data:`MAX_PIXELS` pixels, a side below :data:`MIN_SIDE`, or one of more than
            :data:`LONGEST` times the other.
    """
    if width * height > MAX_PIXELS:
        raise ImageError(
            "The photograph has {width} x {height} pixels; at most {most} megapixels can be read.",
            "Export it smaller; restoration works at about 512 pixels anyway.",
            width=width,
            height=height,
            most=MAX_PIXELS // 10**6,
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            "The photograph has {width} x {height} pixels; each side needs at least {least}.",
            "Give the original photograph, not a thumbnail.",
            width=width,
            height=height,
            least=MIN_SIDE,
        )
    if max(width, height) > LONGEST * min(width, height):
        raise ImageError(
            "The photograph has {width} x {height} pixels; one side is more than {most} times the other.",
            "Cut out the part that shows the eye.",
            width=width,
            height=height,
            most=LONGEST,
        )


def to_eight_bit(samples: np.ndarray, top: int) -> np.ndarray:
    """Levels in [0, top] of any integer type -> uint8 of the same shape: scaled over the whole range, never stretched.

    Levels above ``top`` become 255. Rounds, and makes no float copy of 64 megapixels.
    """
    native = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    return cv2.convertScaleAbs(native, alpha=255 / top)
