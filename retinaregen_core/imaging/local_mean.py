"""The mean of what surrounds a pixel, of the eye alone: the black frame around it must not darken its rim."""

import cv2
import numpy as np

LEAST = 1e-3
"""A smaller share of the window counts as so much: far outside the mask the mean fades to 0."""


def local_mean(values: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean over the pixels of the mask: float32 of the shape of ``values``.

    Args:
        values: float32 ``[H, W]`` or ``[H, W, C]``.
        mask: bool ``[H, W]``.
        sigma: pixels, the window's standard deviation.
    """
    weight = mask.astype(np.float32)
    shape = (*mask.shape, *(1,) * (values.ndim - 2))
    total = cv2.GaussianBlur(values * weight.reshape(shape), (0, 0), sigma)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), LEAST)
    return np.asarray(total / share.reshape(shape))
