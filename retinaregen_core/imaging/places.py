"""A coarse map of the framed square at the size of pictures, and how much of the eye it speaks of."""

import cv2
import numpy as np


def enlarge(values: np.ndarray, side: int) -> np.ndarray:
    """float32 ``[g, g]`` -> ``[side, side]``, without visible cells."""
    return cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR)


def share(values: np.ndarray, mask: np.ndarray) -> float:
    """Mean over the field of view: of probabilities float32 ``[g, g]``, the share of it to expect.

    ``mask`` is bool ``[S, S]``.
    """
    return float(enlarge(values, mask.shape[0])[mask].mean())
