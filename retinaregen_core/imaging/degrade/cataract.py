"""Cataract simulation (Li et al. 2022, ArcNet): a blurred retina seen through a lens that scatters light."""

import cv2
import numpy as np
from PIL import Image, ImageEnhance

_KERNEL = np.array(
    [[1, 4, 7, 4, 1], [4, 16, 26, 16, 4], [7, 26, 41, 26, 7], [4, 16, 26, 16, 4], [1, 4, 7, 4, 1]], np.float32
)
SMOOTHING = _KERNEL / _KERNEL.sum()


def cloud(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``J = min(255, 0.8 F + rho T (max F - F))``, then contrast, brightness and colour.

    uint8 ``[512, 512, 3]`` to the same. ``F`` is the blurred picture, ``T`` the thickness of the clouded lens, ``rho``
    ~ U(0.6, 0.8). Only contrast and colour ask which channel is red: to them it is the first.
    """
    kernel = int(rng.choice([1, 3, 5, 7]))
    blurred = cv2.GaussianBlur(image.astype(np.float32), (kernel, kernel), float(rng.integers(10, 30, endpoint=True)))
    panel = thickness(mask, rng)[..., None] * (blurred.max(axis=(0, 1)) - blurred)
    hazy = np.minimum(255, 0.8 * blurred + rng.uniform(0.6, 0.8) * panel)
    picture = Image.fromarray(hazy.astype(np.uint8))
    picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.9, 1.3))
    picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.9, 1.0))
    picture = ImageEnhance.Color(picture).enhance(rng.uniform(0.9, 1.3))
    return np.asarray(picture)


def thickness(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Distance to a random point near the middle, smoothed, inside the mask, scaled to a maximum of 1: ``[H, W]``."""
    h, w = mask.shape
    reach = int(0.3 * w)
    dx, dy = rng.integers(-reach, reach, size=2, endpoint=True)
    y, x = np.ogrid[:h, :w]
    distance = np.hypot(x - (w / 2 + dx), y - (h / 2 + dy)).astype(np.float32)
    smoothed: np.ndarray = cv2.filter2D(distance, -1, SMOOTHING) * mask
    return smoothed / max(float(smoothed.max()), 1e-6)
