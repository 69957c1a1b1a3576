"""The Gaussian process: from the clean picture to pure noise, and the two ways back.

Notation (variable -> symbol, paper section 2.4):
    level.signal -> sqrt(alpha_bar_t)    level.noise -> sqrt(1 - alpha_bar_t)    eps -> epsilon
"""

import torch
from torch import Tensor

from retinaregen_core.diffusion.parameterisation import Prediction
from retinaregen_core.diffusion.schedule import BETAS, Level, Schedule, alpha_bars
from retinaregen_core.specs import RestorerSpec, lookup


def gaussian_schedule(spec: RestorerSpec) -> Schedule:
    """``sqrt(alpha_bar)`` and ``sqrt(1 - alpha_bar)`` for timesteps ``-1 .. T-1``."""
    betas = lookup(BETAS, spec.betas, "noise schedule")(spec.num_train_timesteps)
    alpha_bar = torch.cat([torch.ones(1, dtype=torch.float64), alpha_bars(betas)])
    return Schedule(alpha_bar.sqrt(), (1 - alpha_bar).sqrt())


def noise_origin(photograph: Tensor, noise: Tensor) -> Tensor:
    """The far end of the path is the drawn noise; the photograph plays no part in it."""
    return noise


def ddpm_update(prediction: Prediction, x_t: Tensor, level: Level, next_level: Level, noise: Tensor) -> Tensor:
    """Ho et al. 2020, algorithm 2, with ``sigma_t^2 = beta_t`` as the paper prints it (section 2.4).

    ``beta`` is taken between the two levels. Over skipped levels that is more noise than the next level holds: 20 steps
    from 400 come to their last look with a deviation of 0.13 where the schedule says 0.08. A network that predicts x0
    hardly cares; one that predicts noise leaves some of it. ``noise`` is ignored on the step to the clean picture.
    """
    alpha = (level.signal / next_level.signal) ** 2
    beta = 1 - alpha
    mean = (x_t - beta / level.noise * prediction.eps) / alpha.sqrt()
    return torch.where(next_level.noise > 0, mean + beta.sqrt() * noise, mean)


def ddim_update(prediction: Prediction, x_t: Tensor, level: Level, next_level: Level, noise: Tensor) -> Tensor:
    """Song et al. 2021, equation 12 with eta = 0: deterministic, ``noise`` is not used."""
    return next_level.signal * prediction.x0 + next_level.noise * prediction.eps
