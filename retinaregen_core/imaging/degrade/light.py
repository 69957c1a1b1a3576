"""Light transmission disturbance: the third digit of a type code (Shen et al. 2021, section III-A).

Formulas from the published method, constants for 512 px. Pictures are float32 ``[512, 512, 3]`` in [0, 1], RGB.
"""

import math

import cv2
import numpy as np
from PIL import Image
from torchvision.transforms.functional import adjust_brightness, adjust_contrast, adjust_saturation

HALO_WEIGHTS = {1: (141, 238, 238), 2: (177, 195, 147)}
"""Colour of the halo for one or two light sources, RGB in 0..255."""


def odd(value: float) -> int:
    """The next odd whole number at or above the whole part of ``value``: a Gaussian kernel's size."""
    whole = int(value)
    return whole if whole % 2 else whole + 1


def disturb_light(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour, then halo, then hole, each clipped to [0, 1]."""
    image = shift_colour(image, rng)
    image = np.clip(image + halo(image, rng), 0, 1)
    darkened: np.ndarray = np.clip(image + hole(image, mask, rng)[..., None], 0, 1)
    return darkened.astype(np.float32)


def shift_colour(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness U(0.7, 1.2), contrast U(0.6, 1.4), saturation U(0.6, 1.4), in this order, on 8-bit pixels."""
    picture = Image.fromarray((image * 255).astype(np.uint8))
    picture = adjust_brightness(picture, rng.uniform(0.7, 1.2))
    picture = adjust_contrast(picture, rng.uniform(0.6, 1.4))
    picture = adjust_saturation(picture, rng.uniform(0.6, 1.4))
    return np.asarray(picture, dtype=np.float32) / 255


def halo(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A coloured, blurred ring around a point near the middle: what to add, ``[512, 512, 3]``."""
    h, w = image.shape[:2]
    side = min(h, w)
    sources = int(rng.integers(1, 3))
    cx, cy = rng.integers(w // 2 - w // 8, w // 2 + w // 8, size=2, endpoint=True)
    reach = math.sqrt(max(cx, h - cx) ** 2 + max(cy, h - cy) * max(cy, w - cy))
    d_a = side * rng.uniform(0.75, 1)
    d_b = side * rng.uniform(1, max(1.0, 2 * int(reach) / side)) + abs(max(cx - w / 2, cy - h / 2) + max(h, w) / 2)
    ring = np.abs(disc((h, w), (cx, cy), d_a) - disc((h, w), (cx, cy), d_b)) * float(image.mean())
    kernel = abs(2 * max(cx, h - cx, cy, h - cy) - d_a)
    if kernel >= 1:
        ring = cv2.GaussianBlur(ring, (odd(kernel), odd(kernel)), 2 * kernel / 3)
    coloured: np.ndarray = ring[..., None] * (np.array(HALO_WEIGHTS[sources], np.float32) / 255)
    return coloured


def hole(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dark, blurred disc over the middle third: what to add, ``[512, 512]``; nothing on an already dark picture."""
    h, w = image.shape[:2]
    diameter = int(rng.integers(int(0.4 * w), int(0.7 * w), endpoint=True))
    centre = (
        rng.integers(w // 4, 3 * w // 4, endpoint=True),
        rng.integers(3 * h // 8, 5 * h // 8, endpoint=True),
    )
    average = float(image.sum()) / (3 * max(int(mask.sum()), 1))
    depth = rng.uniform(-0.262, -0.26)
    depth = rng.uniform(depth - 0.06 * average, depth - 0.05 * average)
    sizes = [odd(s) for s in rng.integers(int(0.55 * diameter), int(0.75 * diameter), size=2, endpoint=True)]
    if average <= 0.25:
        return np.zeros((h, w), np.float32)
    shade = disc((h, w), centre, diameter) * np.float32(depth)
    return cv2.GaussianBlur(shade, (sizes[0], sizes[1]), 0.8 * max(sizes))


def disc(shape: tuple[int, int], centre: tuple[int, int] | np.ndarray, diameter: float) -> np.ndarray:
    """1 inside the circle of radius ``floor(diameter / 2)``, 0 outside: float32 ``[H, W]``."""
    picture = np.zeros(shape, np.float32)
    return cv2.circle(picture, (int(centre[0]), int(centre[1])), int(diameter / 2), 1.0, -1)
