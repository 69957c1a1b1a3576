"""How sure a restorer is of each pixel: the spread of several restorations that should all be one picture.

The samples differ in the seed of the stochastic bottleneck and in a mirroring that is undone afterwards, because the
same eye should come out of all of them. (Flagship 0.1, nine pairs of DRIVE: the seed alone moves a pixel by 0.1 grey
levels, mirroring by 1.0; slight changes of light move it by 7, but that says nothing of the error.) A spread is a
relative measure and no error: which error to expect is learned from pairs, see :mod:`retinaregen_core.expected_error`.
"""

from collections.abc import Callable

import cv2
import numpy as np

from retinaregen_core.errors import SpecError

POOLED = 1 / 128
"""Deviation of the Gaussian over which spreads are averaged, as a share of the side: few samples are noisy."""
Sampler = Callable[[np.ndarray, int], np.ndarray]
"""``(photograph uint8 [S, S, 3], seed) -> restored uint8 [S, S, 3]``."""

MIRRORS: tuple[tuple[int, int], ...] = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""Steps along rows and columns; each undoes itself."""


def spread(restore: Sampler, photograph: np.ndarray, mask: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Standard deviation over samples, mean of the channels, in grey levels: float32 ``[S, S]``, 0 off the eye.

    Args:
        restore: one restoration; the first sample is that of ``photograph`` as it is, with ``seed`` itself.
        photograph: uint8 ``[S, S, 3]``, framed.
        mask: bool ``[S, S]``, the field of view.
        samples: at least 2.
        seed: of the first sample; the others have the numbers after it.

    Raises:
        SpecError: fewer than 2 samples.
    """
    if samples < 2:
        raise SpecError(f"{samples} samples have no spread.", "Ask for at least 2 samples.")
    total, squares = np.zeros((2, *photograph.shape))
    for index in range(samples):
        down, right = MIRRORS[index % len(MIRRORS)]
        mirrored = np.ascontiguousarray(photograph[::down, ::right])
        restored = restore(mirrored, seed + index)[::down, ::right]
        total += restored
        squares += restored.astype(np.float64) ** 2
    variance = np.maximum(squares / samples - (total / samples) ** 2, 0)
    return _pooled(np.sqrt(variance).mean(axis=2).astype(np.float32), mask)


def _pooled(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    sigma = POOLED * mask.shape[0]
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(values * weight, (0, 0), sigma)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-6) * weight)
