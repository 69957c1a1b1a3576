"""An eye with nothing but bright spots at known places."""

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean
from retinaregen_core.imaging.phantom import Phantom

PLACES = ((150, 200, 4), (300, 380, 8), (330, 150, 11))
"""x, y and radius in pixels."""


def spotted(phantom: Phantom, light: float = 60.0) -> np.ndarray:
    """uint8 ``[512, 512, 3]``: the drawing's ground, brighter by ``light`` grey levels at :data:`PLACES`."""
    glow = np.zeros(phantom.mask.shape, np.float32)
    for x, y, radius in PLACES:
        cv2.circle(glow, (x, y), radius, light, -1, cv2.LINE_AA)
    return np.clip(ground(phantom) + cv2.GaussianBlur(glow, (0, 0), 1)[..., None], 0, 255).astype(np.uint8)


def ground(phantom: Phantom) -> np.ndarray:
    """The drawing without its vessels and all that is fine, float32 ``[512, 512, 3]``."""
    broad: np.ndarray = local_mean(phantom.image.astype(np.float32), phantom.mask, 20) * phantom.mask[..., None]
    return broad
