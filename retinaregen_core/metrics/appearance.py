"""Whether a picture has the light and colours of a sharp fundus photograph: six numbers inside the field of view."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WHITE, BLACK = 250, 20
"""Grey levels beyond which a pixel says nothing any more."""


@dataclass(frozen=True)
class Range:
    """One number of a picture and where sharp photographs have it.

    The bounds are those of 520 sharp photographs of eight sources, colour-equalised ones among them, with a margin of
    about a fifth; grey and red-free photographs lie inside.
    """

    measure: Callable[[np.ndarray], float]
    """Of the eye's pixels, float32 ``[N, 3]`` RGB in [0, 255]."""
    low: float
    high: float


APPEARANCE: dict[str, Range] = {
    "brightness": Range(lambda pixels: float(pixels.mean()), 25, 175),
    "contrast": Range(lambda pixels: float(pixels.mean(axis=1).std()), 7, 85),
    "green_to_red": Range(lambda pixels: _ratio(pixels, 1), 0.2, 1.1),
    "blue_to_red": Range(lambda pixels: _ratio(pixels, 2), 0.0, 1.1),
    "white": Range(lambda pixels: float((pixels.min(axis=1) >= WHITE).mean()), 0.0, 0.03),
    "black": Range(lambda pixels: float((pixels.max(axis=1) < BLACK).mean()), 0.0, 0.2),
}
"""Mean and deviation in grey levels, ratios of mean colours, shares of white and black pixels."""


def implausible(image: np.ndarray, mask: np.ndarray) -> tuple[str, ...]:
    """Rows of :data:`APPEARANCE` whose range a picture leaves; none for a picture that looks like a photograph.

    Args:
        image: uint8 ``[H, W, 3]`` RGB.
        mask: bool ``[H, W]``, the field of view, with at least one pixel.
    """
    pixels = image[mask].astype(np.float32)
    return tuple(name for name, row in APPEARANCE.items() if not row.low <= row.measure(pixels) <= row.high)


def _ratio(pixels: np.ndarray, channel: int) -> float:
    means = pixels.mean(axis=0)
    return float(means[channel] / max(means[0], 1.0))
