"""The plain baseline that the flagship must not fall below: the same blocks, as many parameters, one look.

No diffusion, no condition, no scores, no chance: degraded photograph in, photograph plus residual out.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.contract import Output, Restorer
from retinaregen_core.nets.unet import PATCH, WIDTHS, GatedUNet
from retinaregen_core.specs import RestorerSpec

BLOCKS = (2, 2, 4, 6)


class Regression(Restorer):
    """See the module; ``S`` must be a multiple of 32. The bridge's first step hands it the photograph as it is."""

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__(spec)
        widths = [spec.width * factor for factor in WIDTHS]
        self.embedding = nn.Parameter(torch.zeros(1, widths[0]))
        self.unet = GatedUNet(widths, BLOCKS, widths[0], 3 * PATCH**2)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return ()

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        """Nothing: ``[B, 0, 1, 1]``."""
        return photograph.new_empty(len(photograph), 0, 1, 1)

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        residual = self.unet(x_t, self.embedding.expand(len(x_t), -1))
        nothing = x_t.new_zeros(len(x_t), 1)
        return Output(x_t + F.pixel_shuffle(residual, PATCH), nothing, nothing)
