"""Small bright spots: dust, or exudates, drusen, laser scars. No filter can tell which, and a restorer may fail to.

A spot is what a morphological opening takes away: brighter than all around it, as high above its surroundings as the
noise of the picture is not, small and round. In the green channel, where lesions stand out most. In a sharp photograph
many are texture, or ground between vessels; to leave out what vessels surround was tried, and left out laser scars,
whose rims pass for vessels.
"""

from typing import NamedTuple

import cv2
import numpy as np

SIDE = 512
"""Side in pixels of the framed photograph for which the constants hold."""
WIDEST = 27
"""Pixels: what is wider in every direction belongs to the ground; twice the largest dust of the published types."""
SMOOTH = 1.5
"""Pixels, a deviation: a spot is more than one bright pixel."""
LEAST, DEVIATIONS = 0.08, 4.0
"""A spot is at least so much brighter than its ground, as a share of it, and so many deviations above the usual."""
DARKEST = 4.0
"""Grey levels: a darker ground counts as so bright, or noise in the dark would be spots."""
RIM = 8
"""Pixels along the rim of the field of view in which no spot is looked for."""
SMALLEST, LARGEST, LONGEST = 16, 600, 30
"""Pixels of area, and of the longer side."""
FILLED, ELONGATED = 0.45, 2.2
"""Least share of its bounding box that a spot fills, and how much longer than wide it may be: no reflex of a vessel."""
FINE = 64
"""Steps of a grey level in which openings are computed: whole numbers are several times as fast."""


class Prominence(NamedTuple):
    """How far every pixel stands out of the ground below it: float32 ``[512, 512]`` each, at least 0."""

    relative: np.ndarray
    """As a share of the ground: the same in any light."""
    absolute: np.ndarray
    """In grey levels: where darkness hides the ground, the share is large whatever is there."""


def prominence(image: np.ndarray, mask: np.ndarray) -> Prominence:
    """Measure a picture.

    Args:
        image: uint8 ``[512, 512, 3]`` RGB, framed.
        mask: bool ``[512, 512]``, the field of view; 0 outside it and along its rim.
    """
    assert image.shape == (SIDE, SIDE, 3) and mask.shape == (SIDE, SIDE), (image.shape, mask.shape)
    green = cv2.GaussianBlur(image[..., 1].astype(np.uint16) * FINE, (0, 0), SMOOTH)
    ground = cv2.morphologyEx(green, cv2.MORPH_OPEN, _disc(WIDEST)).astype(np.float32)
    inside = cv2.erode(mask.view(np.uint8), _disc(2 * RIM + 1), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    height = (green - ground) * inside
    return Prominence(height / np.maximum(ground, DARKEST * FINE), height / FINE)


def find(height: np.ndarray) -> np.ndarray:
    """The spots of a picture: int32 ``[512, 512]``, 0 for the ground, 1 to n in each of n spots.

    Args:
        height: its :attr:`Prominence.relative`.
    """
    shown = height[height > 0]
    usual = float(np.median(shown)) if shown.size else 0.0
    spread = 1.4826 * float(np.median(np.abs(shown - usual))) if shown.size else 0.0
    high = (height > max(LEAST, usual + DEVIATIONS * spread)).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(high)
    numbers = np.zeros(count, np.int32)
    spots = [n for n in range(1, count) if _is_round(*stats[n, cv2.CC_STAT_WIDTH :])]
    numbers[spots] = np.arange(1, len(spots) + 1)
    found: np.ndarray = numbers[labels]
    return found


def _is_round(width: int, tall: int, area: int) -> bool:
    longer, shorter = max(width, tall), min(width, tall)
    return SMALLEST <= area <= LARGEST and longer <= min(LONGEST, ELONGATED * shorter) and area > FILLED * width * tall


def _disc(size: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
