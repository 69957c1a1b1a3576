"""Where an eye goes on beyond the field of view that was found: dark retina that passes for the black frame.

A restoration that ended there at full strength would draw an edge across the retina, like the rim of a moon.
"""

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean

SIDE = 128
"""Pixels of the square in which this is looked at, and in which the following ones are counted."""
WIDE = 1.0
"""Of the rim itself."""
ACROSS, ALONG = 2.0, 6.0
"""Deviations of the windows in which brightness on both sides of the rim is compared, and this along the rim: a notch,
which cameras put there to mark a side, is narrower."""
CLOSED, OPEN = 0.35, 0.6
"""Brightness beyond the rim as a share of that within, both above the frame's own: up to the first the eye ends there,
beyond the second it does not."""
DARK, COLOURED = 40.0, 0.4
"""What lies beyond may be retina up to this grey level, or if its channels differ by this share of the brightest: pages
and grey frames are brighter and have no colour."""
FADED = 6.0
"""How far within an open rim a change fades."""


def fading(photograph: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """How much of a change is to be shown: 1 where the eye ends at its rim, falling to 0 where it goes on beyond it.

    Args:
        photograph: uint8 ``[S, S, 3]``, the framed square.
        mask: bool ``[S, S]``, the field of view.

    Returns:
        float32 ``[S, S]`` in [0, 1].
    """
    size = len(mask)
    picture = cv2.resize(photograph, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    level, colour = picture.max(axis=2), np.ptp(picture, axis=2)
    mask = cv2.resize(mask.view(np.uint8) * 255, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 127
    black = float(np.percentile(level[~mask], 10)) if not mask.all() else 0.0
    beyond, within = (local_mean(level, part, ACROSS) for part in (~mask, mask))
    retinal = (beyond <= DARK) | (local_mean(colour, ~mask, ACROSS) >= COLOURED * beyond)
    distance = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 5)
    share = np.where(retinal, np.clip((beyond - black) / np.maximum(within - black, 1), 0, 1), np.float32(0))
    along = local_mean(share, mask & (distance <= WIDE), ALONG)
    open_rim = np.clip((along - CLOSED) / (OPEN - CLOSED), 0, 1)
    depth = np.minimum(distance / FADED, 1)
    shown = (1 - open_rim * (1 - depth**2 * (3 - 2 * depth))).astype(np.float32)
    return np.asarray(cv2.resize(shown, (size, size), interpolation=cv2.INTER_LINEAR))
