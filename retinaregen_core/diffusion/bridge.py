"""The bridge: a straight path from the clean picture to the degraded photograph of the same eye.

x_t = (1 - s) x0 + s y with s = (t + 1) / T in (0, 1]: the direct diffusion bridge of FD3, which is ResShift
(Yue et al. 2023) without its noise term. Restoration starts at ``y`` itself, so no detail is drowned first.
"""

import torch
from torch import Tensor

from retinaregen_core.diffusion.parameterisation import Prediction
from retinaregen_core.diffusion.schedule import Level, Schedule
from retinaregen_core.specs import RestorerSpec


def bridge_schedule(spec: RestorerSpec) -> Schedule:
    """``1 - s`` and ``s`` for timesteps ``-1 .. T-1``."""
    share = torch.arange(spec.num_train_timesteps + 1, dtype=torch.float64) / spec.num_train_timesteps
    return Schedule(1 - share, share)


def photograph_origin(photograph: Tensor, noise: Tensor) -> Tensor:
    """The far end of the path is the degraded photograph; chance enters through the network's latent only."""
    return photograph


def bridge_update(prediction: Prediction, x_t: Tensor, level: Level, next_level: Level, noise: Tensor) -> Tensor:
    """``x_{s-d} = (d/s) x0_hat + (1 - d/s) x_s``: moves towards the guess by the share of the way that is due."""
    keep = next_level.noise / level.noise
    return (1 - keep) * prediction.x0 + keep * x_t
