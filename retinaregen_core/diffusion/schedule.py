"""Time: how much of the clean picture is left at each timestep, and which timesteps are visited.

Every process is a path from the clean picture to a far end (Gaussian noise, or the degraded photograph):

    x_t = signal_t * x0 + noise_t * origin

A schedule is the table of the two coefficients. Timesteps are integers ``0 .. T-1``; the clean picture is
timestep ``CLEAN = -1``, so that the last step of every trajectory has a level to go to.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

CLEAN = -1
"""The timestep after the last one: no corruption left."""


class Level(NamedTuple):
    """The two coefficients of the path, at one timestep or at many: float64, any broadcastable shape."""

    signal: Tensor
    noise: Tensor


class Schedule(NamedTuple):
    """The coefficients of timesteps ``-1 .. T-1``, float64 ``[T + 1]`` on the CPU."""

    signal: Tensor
    noise: Tensor

    def at(self, t: Tensor, like: Tensor) -> Level:
        """Coefficients of the timesteps ``t [B]`` as ``[B, 1, 1, 1]``, in the dtype and on the device of ``like``."""
        index = (t.cpu() + 1).long()
        shape = (-1, *(1,) * (like.ndim - 1))
        return Level(self.signal[index].view(shape).to(like), self.noise[index].view(shape).to(like))


def linear_betas(num_train_timesteps: int) -> Tensor:
    """Ho et al. 2020, section 4, rescaled so that the total noise does not depend on T. float64 ``[T]``."""
    scale = 1000 / num_train_timesteps
    return torch.linspace(scale * 1e-4, scale * 2e-2, num_train_timesteps, dtype=torch.float64)


def cosine_betas(num_train_timesteps: int) -> Tensor:
    """Nichol and Dhariwal 2021, equation 17. float64 ``[T]``."""

    def alpha_bar(u: float) -> float:
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    steps = range(num_train_timesteps)
    ratios = [alpha_bar((i + 1) / num_train_timesteps) / alpha_bar(i / num_train_timesteps) for i in steps]
    return torch.tensor([min(1 - ratio, 0.999) for ratio in ratios], dtype=torch.float64)


BETAS: dict[str, Callable[[int], Tensor]] = {"linear": linear_betas, "cosine": cosine_betas}


def alpha_bars(betas: Tensor) -> Tensor:
    """Cumulative products of ``1 - beta``: float64 ``[T]``, strictly decreasing (paper section 2.4)."""
    return torch.cumprod(1 - betas, dim=0)


def start_at(start: int, strength: float) -> int:
    """The timestep at which a walk enters that covers only ``strength``, in (0, 1], of the way from ``start`` to clean.

    A Gaussian process then drowns less of the photograph in noise (SDEdit, Meng et al. 2022); a bridge takes the
    photograph for one that is already partly clean.
    """
    return max(round(strength * (start + 1)), 1) - 1


def spaced_timesteps(start: int, num_steps: int) -> list[int]:
    """Descending timesteps whose first one *is* ``start`` and whose last leads to ``CLEAN``.

    "Trailing" spacing (Lin et al. 2024, table 2). Asking for more steps than there are timesteps gives each one once.
    """
    ends = torch.linspace(start + 1, 0, min(num_steps, start + 1) + 1, dtype=torch.float64)[:-1]
    return [int(end) - 1 for end in ends.round()]
