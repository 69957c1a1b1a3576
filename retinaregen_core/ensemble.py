"""Several restorations of one photograph: their mean is the picture, their spread says where they differ.

Each sample sees the photograph as another camera might have taken it, mirrored and in other colours, both undone
afterwards: the same eye should come out of all of them, and does where the answer does not hang on what a restorer
believes of cameras. The seed of the stochastic bottleneck differs, too, and decides next to nothing. A spread is a
relative measure and no error: which error to expect is learned from pairs, see
:mod:`retinaregen_core.expected_error`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from retinaregen_core.imaging.local_mean import local_mean

POOLED = 1 / 128
"""Deviation of the Gaussian over which spreads are averaged, as a share of the side: few samples are noisy."""
SPREAD_FULL = 10.0
"""Grey levels at which the colour scale of a map ends, on the page as in reports."""
MIRRORS: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (2, 3))
"""Axes of ``[N, 3, S, S]`` that are reversed; the first sample sees the photograph as it is, the fifth again."""
COLOURS = 0.2
"""Deviation of the logarithm of the exponents that a sample's channels are raised to."""


@dataclass(frozen=True)
class Views:
    """How each of N samples sees the photograph; the first as it is."""

    exponents: Tensor
    """``[N, 3, 1, 1]``, of values in [0, 1]."""

    @classmethod
    def drawn(cls, seeds: Sequence[int], device: torch.device | str = "cpu") -> Self:
        """One view for each seed; the first seed decides nothing."""
        drawn = [np.random.default_rng([seed, 1]).normal(0, COLOURS, 3) for seed in seeds]
        exponents = torch.from_numpy(np.exp([np.zeros(3), *drawn[1:]])).float()
        return cls(exponents[..., None, None].to(device))

    def of(self, pictures: Tensor) -> Tensor:
        """``[N, 3, S, S]`` in [-1, 1], all as the photograph lies -> as the samples see them.

        The only one of its kind is handed back as it is: its layout in memory decides the last bit of a result.
        """
        return pictures if len(pictures) == 1 else mirrored(_raised(pictures, self.exponents))

    def undone(self, pictures: Tensor) -> Tensor:
        """The way back; values beyond [-1, 1] are cut off, so that a mean is one of pictures that could be shown."""
        return pictures if len(pictures) == 1 else _raised(mirrored(pictures), 1 / self.exponents)


def _raised(pictures: Tensor, exponents: Tensor) -> Tensor:
    """What lies in [-1, 1] as shares of white, each to its power; an exponent of 1 changes no bit of it."""
    shares = ((pictures + 1) / 2).clamp(0, 1)
    return torch.where(exponents == 1, pictures.clamp(-1, 1), shares**exponents * 2 - 1)


def mirrored(pictures: Tensor) -> Tensor:
    """Each sample ``[N, 3, S, S]`` mirrored in its own way; done twice, it is undone."""
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
