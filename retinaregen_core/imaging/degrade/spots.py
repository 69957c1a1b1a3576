"""Retinal artefacts: the second digit of a type code (Shen et al. 2021): bright, soft dust spots.

Pictures are float32 ``[512, 512, 3]`` in [0, 1]. The constant 25 is the largest radius at 512 px: other sizes would
turn large spots dark, which is why only 512 is accepted.
"""

import math

import cv2
import numpy as np

from retinaregen_core.imaging.degrade.light import odd

LARGEST = 25


def add_spots(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Five to ten spots, added one after the other, each clipped to [0, 1]."""
    for _ in range(int(rng.integers(5, 10, endpoint=True))):
        image = add_spot(image, rng)
    return image


def add_spot(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One disc of value ``K (1 - exp(-beta d))``, blurred, added to all channels inside its own window."""
    h, w = image.shape[:2]
    r = int(rng.integers(math.ceil(0.01 * h), int(0.05 * h), endpoint=True))
    x, y = (int(rng.integers(r + 1, side - r - 1, endpoint=True)) for side in (w, h))
    share = r / LARGEST
    value = (14 / LARGEST + 1 - share) * (1 - math.exp(-(0.5 + share) * 0.3 * share))
    sigma = 2 * (5 + 20 * share)
    ksize = [odd(k) for k in rng.integers(int(sigma / 5), int(sigma / 4), size=2, endpoint=True)]
    reach = r // 2 + max(ksize)  # beyond it the blurred disc is exactly zero, so the rest of the frame is left alone
    black = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    window = cv2.GaussianBlur(cv2.circle(black, (reach, reach), r // 2, value, -1), (ksize[0], ksize[1]), sigma)
    top, left, bottom, right = max(y - reach, 0), max(x - reach, 0), min(y + reach + 1, h), min(x + reach + 1, w)
    patch = window[top - y + reach : bottom - y + reach, left - x + reach : right - x + reach]
    image = image.copy()
    image[top:bottom, left:right] = np.clip(image[top:bottom, left:right] + patch[..., None], 0, 1)
    return image
