"""Where a picture was changed: the broad part (light, colour, haze) apart from the fine part (detail).

Differences are Euclidean distances in CIELAB (Delta E of CIE 1976): about 2 is just visible. A broad difference is what
a large Gaussian window sees; detail is what remains of it: the part in which structures may be lost or invented.
"""

from typing import NamedTuple

import cv2
import numpy as np

BROAD_SHARE = 1 / 32
"""Standard deviation of the broad window, as share of the picture's side."""
FINE_SHARE = 1 / 256
"""Standard deviation of the window over which detail is pooled, so that a shifted edge is one mark and not two."""
DETAIL_FULL, LIGHT_FULL = 12.0, 30.0
"""Delta E at which the colour scale of a map ends, on the page as in reports: fixed, so that two maps compare."""


class ChangeMaps(NamedTuple):
    """float32 ``[S, S]`` each, in Delta E, 0 outside the field of view."""

    light: np.ndarray
    """Of light and colour."""
    detail: np.ndarray
    """Of detail: root mean square over a small window."""


def change_maps(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> ChangeMaps:
    """Split the difference of two pictures, which is symmetric in them.

    Args:
        a: uint8 ``[S, S, 3]`` in [0, 255].
        b: the same shape.
        mask: bool ``[S, S]``, the field of view (FOV); nothing outside it plays a part.
    """
    assert a.shape == b.shape == (*mask.shape, 3), (a.shape, b.shape, mask.shape)
    difference = _lab(a) - _lab(b)
    broad = _mean(difference, mask, BROAD_SHARE)
    fine = _mean(np.square(difference - broad).sum(axis=-1), mask, FINE_SHARE)
    return ChangeMaps(np.linalg.norm(broad, axis=-1) * mask, np.sqrt(fine) * mask)


def _lab(picture: np.ndarray) -> np.ndarray:
    """uint8 RGB -> CIELAB, float32 ``[S, S, 3]``, L* in [0, 100]."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _mean(values: np.ndarray, mask: np.ndarray, share: float) -> np.ndarray:
    """Gaussian mean over the pixels of the FOV alone; ``share`` of the side is the window's standard deviation."""
    inside = mask.astype(np.float32)
    sigma = share * mask.shape[0]
    shape = (*mask.shape, *(1,) * (values.ndim - 2))
    weight = cv2.GaussianBlur(inside, (0, 0), sigma).reshape(shape)
    total = cv2.GaussianBlur(values * inside.reshape(shape), (0, 0), sigma)
    return np.asarray(total / np.maximum(weight, 1e-6))
