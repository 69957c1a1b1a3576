"""Whether a picture is its own mirror image, as no readable photograph of an eye is.

Every axis through the middle is tried at once: seen from there, a mirror image is the same picture with its angles
turned round, so the best axis is the peak of a circular convolution of each ring with itself. A kaleidoscope made of
photographs has a retina's colours and vessels, and passes where colours and textures alone are judged.
"""

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean

SIDE = 128
"""Pixels per side at which pictures are compared."""
RADII, ANGLES = 64, 256
"""Rings around the middle, and places on each."""
DARK = 12
"""Grey levels, of 255, of the brightest channel: what is darker lies outside the field of view."""
RIM = np.ones((5, 5), np.uint8)
"""What is left out at its edge."""
GROUND, FINEST = 5.0, 1.0
"""Deviations, in pixels, between which detail is compared: finer is noise, broader is light."""
FAINT, NOTHING = 0.1, 1e-3
"""Grey levels below which detail is rounding, and the mean square, of at most 1, that is as good as none."""


def symmetry(picture: np.ndarray) -> float:
    """How like the picture's detail is to its mirror image about the best axis through the middle.

    Args:
        picture: uint8 ``[S, S, 3]``, framed, black outside the field of view.

    Returns:
        A correlation, 1 for a mirror image and 0 where there is no detail. Strong detail counts little more than
        faint, or an optic disc alone, round as it is, would make its eye symmetric.
    """
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    inside = cv2.erode((small.max(axis=-1) > DARK).astype(np.uint8), RIM) > 0
    green = small[..., 1].astype(np.float32)
    above = (green - local_mean(green, inside, GROUND)) * inside
    detail = cv2.GaussianBlur(above, (0, 0), FINEST) * inside
    strength = np.abs(detail)
    usual = float(np.median(strength[inside])) if inside.any() else 0.0
    even = detail / (strength + max(usual, FAINT))
    middle = (SIDE - 1) / 2
    rings = cv2.warpPolar(even, (RADII, ANGLES), (middle, middle), SIDE / 2, cv2.WARP_POLAR_LINEAR)
    lengths = np.arange(RADII, dtype=np.float32) + 0.5
    rings *= np.sqrt(lengths)  # an outer ring counts for more
    waves = np.fft.rfft(rings, axis=0)
    likeness = np.fft.irfft((waves**2).sum(axis=1), ANGLES)
    return float(likeness.max() / ((rings**2).sum() + NOTHING * ANGLES * lengths.sum()))
