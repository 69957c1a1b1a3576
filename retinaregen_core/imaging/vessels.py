"""Where the vessels are: a classical filter without training, so that it judges a network without being one.

The green channel, divided by its local mean, is convolved with second derivatives of a Gaussian across eight
directions, each averaged along a short line of its direction (the idea of Chaudhuri et al. 1989, matched filters, and
of Nguyen et al. 2013, line detectors). Responses are counted in deviations of their own noise, so haze and dim light
do not move the thresholds; a picture without lines has no vessels.
"""

import math
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean

SIDE = 512
"""Side in pixels of the framed photograph for which the constants hold."""
SIGMAS = (1.5, 2.5)
"""Pixels: a derivative of this width answers best to a vessel twice as wide."""
DIRECTIONS = 8
LINE = 7
"""Pixels: length of the average along a vessel; up to 7 the convolution takes 2 ms, beyond it eight times as long."""
BACKGROUND = 16.0
"""Pixels: deviation of the local mean, wider than any vessel."""
RIM = 4
"""Pixels along the rim of the field of view in which no vessel is looked for."""
WEAK, STRONG = 6.0, 10.0
"""Hysteresis in deviations of the noise: a vessel is at least WEAK throughout and STRONG somewhere."""
SMALLEST = 60
"""Pixels: smaller pieces are speckle."""


def vesselness(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How much darker a line is than its sides, in deviations of the noise: float32 ``[512, 512]``, 0 off the eye.

    Args:
        image: uint8 ``[512, 512, 3]`` RGB, framed.
        mask: bool ``[512, 512]``, the field of view.
    """
    assert image.shape == (SIDE, SIDE, 3) and mask.shape == (SIDE, SIDE), (image.shape, mask.shape)
    green = np.ascontiguousarray(image[..., 1])
    inside = _without_rim(mask)
    noisy = inside & ~_flat(green)
    best = np.zeros(mask.shape, np.float32)
    if noisy.any():
        relative = _relative(green.astype(np.float32), mask)
        for sigma in SIGMAS:
            best = np.maximum(best, _in_deviations(_strongest_line(relative, sigma), inside, noisy))
    return best


def segment(response: np.ndarray) -> np.ndarray:
    """Vessels of a :func:`vesselness` map by hysteresis: bool of its shape."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((response > WEAK).view(np.uint8))
    kept = np.zeros(count, bool)
    kept[np.unique(labels[response > STRONG])] = True
    kept &= stats[:, cv2.CC_STAT_AREA] >= SMALLEST
    kept[0] = False
    vessels: np.ndarray = kept[labels]
    return vessels


def find(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Vessels of a framed photograph: bool ``[512, 512]``; arguments as of :func:`vesselness`."""
    return segment(vesselness(image, mask))


def _without_rim(mask: np.ndarray) -> np.ndarray:
    window = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    eroded = cv2.erode(mask.view(np.uint8), window, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return eroded.view(bool)


def _flat(green: np.ndarray) -> np.ndarray:
    """Where all pixels around one are alike, as where the sensor was blinded: nothing is to be learned of noise."""
    window = np.ones((LINE, LINE), np.uint8)
    alike: np.ndarray = cv2.dilate(green, window) == cv2.erode(green, window)
    return alike


def _relative(green: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Deviation from the local mean of the eye, as a share of it; 0 off the eye."""
    local = local_mean(green, mask, BACKGROUND)
    return np.where(mask, green / np.maximum(local, 1) - 1, 0).astype(np.float32)


def _strongest_line(relative: np.ndarray, sigma: float) -> np.ndarray:
    """Maximum over the directions of the second derivative across a line, averaged along it."""
    smooth = cv2.GaussianBlur(relative, (0, 0), sigma)
    xx, yy = cv2.Sobel(smooth, -1, 2, 0), cv2.Sobel(smooth, -1, 0, 2)
    xy = cv2.Sobel(smooth, -1, 1, 1)
    best = np.full(relative.shape, -np.inf, np.float32)
    for angle, line in _lines():
        across = (-math.sin(angle), math.cos(angle))
        curvature = across[0] ** 2 * xx + 2 * across[0] * across[1] * xy + across[1] ** 2 * yy
        np.maximum(best, cv2.filter2D(curvature, -1, line), out=best)
    return best


@cache
def _lines() -> tuple[tuple[float, np.ndarray], ...]:
    return tuple(_drawn_lines())


def _drawn_lines(fine: int = 8) -> Iterator[tuple[float, np.ndarray]]:
    """Direction and averaging kernel ``[LINE, LINE]``, drawn ``fine`` times larger and reduced."""
    centre, reach = fine * LINE // 2, fine * (LINE // 2)
    for angle in (math.pi * index / DIRECTIONS for index in range(DIRECTIONS)):
        canvas = np.zeros((fine * LINE, fine * LINE), np.uint8)
        right, down = round(reach * math.cos(angle)), round(reach * math.sin(angle))
        cv2.line(canvas, (centre - right, centre - down), (centre + right, centre + down), 255, fine)
        kernel = cv2.resize(canvas, (LINE, LINE), interpolation=cv2.INTER_AREA).astype(np.float32)
        yield angle, kernel / kernel.sum()


def _in_deviations(response: np.ndarray, inside: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    """Median removed, divided by the robust deviation (1.4826 MAD), both of ``noisy`` pixels; 0 outside the eye."""
    values = response[noisy]
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle))
    return np.where(inside, (response - middle) / max(float(spread), 1e-6), 0).astype(np.float32)
