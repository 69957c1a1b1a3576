"""The classical methods that a learnt one has to beat."""

import cv2
import numpy as np

from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing

CLAHE_CLIP_LIMIT = 2.0
CLAHE_TILES = (8, 8)

CONTRAST_SIZE = 512
VESSEL_SIGMA = 2.0
"""Pixels at 512: keeps the vessels, drops sensor noise and JPEG grain."""
BACKGROUND_SIGMA = 8.0
"""Pixels at 512: wider than the widest vessel, so that illumination and disc drop out."""


def clahe(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) of the lightness in CIE Lab.

    Args:
        image: uint8 ``[H, W, 3]`` RGB.
        mask: bool ``[H, W]``; pixels outside stay as they are.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(CLAHE_CLIP_LIMIT, CLAHE_TILES).apply(lab[..., 0])
    return np.where(mask[..., None], cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), image)


def vessel_contrast(image: np.ndarray, fov: FieldOfView) -> float:
    """Contrast at vessel scale in per cent of the local brightness.

    The green channel of the framed photograph is band-passed (difference of Gaussians) and divided by its local mean;
    the score is the standard deviation inside the field of view, away from its rim.

    Args:
        image: uint8 ``[H, W, 3]`` RGB.
        fov: of the photograph.
    """
    framing = Framing.around(fov)
    green = framing.crop(image, CONTRAST_SIZE)[..., 1].astype(np.float32)
    background = cv2.GaussianBlur(green, (0, 0), BACKGROUND_SIGMA)
    band = cv2.GaussianBlur(green, (0, 0), VESSEL_SIGMA) - background
    rim = np.ones((int(6 * BACKGROUND_SIGMA) + 1,) * 2, np.uint8)
    mask = np.pad(framing.crop_mask(fov.mask, CONTRAST_SIZE), 1).astype(np.uint8)  # the frame's edge is a rim, too
    inside = cv2.erode(mask, rim, borderType=cv2.BORDER_CONSTANT, borderValue=0)[1:-1, 1:-1] > 0
    return float(100 * np.std(band[inside] / np.maximum(background[inside], 1))) if inside.any() else 0.0
