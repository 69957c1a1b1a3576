"""Several restorations of one photograph: their mean is the picture, their spread says where they differ.

The samples differ in the seed of the stochastic bottleneck and in a mirroring that is undone afterwards, because the
same eye should come out of all of them. (Flagship 0.1, nine pairs of DRIVE: the seed alone moves a pixel by 0.1 grey
levels, mirroring by 1.0; slight changes of light move it by 7, but that says nothing of the error.) A spread is a
relative measure and no error: which error to expect is learned from pairs, see :mod:`retinaregen_core.expected_error`.
"""

import numpy as np
import torch
from torch import Tensor

from retinaregen_core.imaging.local_mean import local_mean

POOLED = 1 / 128
"""Deviation of the Gaussian over which spreads are averaged, as a share of the side: few samples are noisy."""
SPREAD_FULL = 3.0
"""Grey levels at which the colour scale of a map ends, on the page as in reports."""
MIRRORS: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (2, 3))
"""Axes of ``[N, 3, S, S]`` that are reversed; the first sample sees the photograph as it is, the fifth again."""


def mirrored(pictures: Tensor) -> Tensor:
    """Each sample ``[N, 3, S, S]`` mirrored in its own way; done twice, it is undone.

    The only one of its kind is handed back as it is: its layout in memory decides the last bit of a result.
    """
    if len(pictures) == 1:
        return pictures
    samples = enumerate(torch.split(pictures, 1))
    return torch.cat([picture.flip(MIRRORS[index % len(MIRRORS)]) for index, picture in samples])


def spread(samples: Tensor, mask: np.ndarray) -> np.ndarray:
    """Standard deviation over samples, mean of the channels, in grey levels: float32 ``[S, S]``, 0 off the eye.

    Args:
        samples: ``[N, 3, S, S]``, shown in [-1, 1], all as the photograph lies; N at least 2.
        mask: bool ``[S, S]``, the field of view.
    """
    levels = (samples.clamp(-1, 1) + 1) * (255 / 2)
    deviation = levels.std(dim=0, correction=0).mean(dim=0).cpu().numpy()
    return np.asarray(local_mean(deviation, mask, POOLED * mask.shape[0]) * mask)
