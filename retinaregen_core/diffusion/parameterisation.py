"""What the network's output means. Samplers and losses only ever see (x0, eps)."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from retinaregen_core.diffusion.schedule import Level


class Prediction(NamedTuple):
    """The two ends of the path as the network sees them."""

    x0: Tensor
    """``[B, 3, H, W]`` in [-1, 1]: the clean picture."""
    eps: Tensor
    """``[B, 3, H, W]``: the far end: Gaussian noise, or the degraded photograph of a bridge."""


def from_epsilon(output: Tensor, x_t: Tensor, level: Level) -> Prediction:
    """The output is the noise (paper section 2.4)."""
    return Prediction((x_t - level.noise * output) / level.signal, output)


def from_sample(output: Tensor, x_t: Tensor, level: Level) -> Prediction:
    """The output is the clean picture."""
    return Prediction(output, (x_t - level.signal * output) / level.noise)


PREDICTION_TYPES: dict[str, Callable[[Tensor, Tensor, Level], Prediction]] = {
    "epsilon": from_epsilon,
    "sample": from_sample,
}

TARGETS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "epsilon": lambda x0, eps: eps,
    "sample": lambda x0, eps: x0,
}
"""``(x0, eps) -> `` what the network should have said. The loss uses this row, the sampler the one above."""
