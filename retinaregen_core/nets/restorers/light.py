"""The flagship's first half: uneven light, haze and colour are smooth, so they are undone at low resolution.

Most of the error of a hazy or badly lit photograph is smoother than a sixteenth of the picture. A small network looks
at 128 pixels and predicts a field of affine colour maps; the field is enlarged and applied at full size, so no upload
loses fine detail to it (the idea of HDRnet, Gharbi et al. 2017, without its guide).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.layers import TimeEmbedding
from retinaregen_core.nets.unet import GatedUNet

SIDE = 128
"""Pixels per side that the network looks at."""
WIDTHS = (64, 96, 160)
BLOCKS = (2, 2, 4)
AFFINE = 12
"""A 3 x 3 matrix and an offset."""
SYMMETRIES = tuple((quarters, mirrored) for quarters in range(4) for mirrored in (False, True))


class LightCorrection(nn.Module):
    """``x_t [B, 3, S, S]`` in [-1, 1], ``t [B]`` -> ``[B, 3, S, S]``; the same for every S, untrained the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.time = TimeEmbedding(WIDTHS[0])
        self.unet = GatedUNet(WIDTHS, BLOCKS, WIDTHS[0], AFFINE)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        field = self._field(x_t, self.time(t))
        matrix, offset = field[:, :9].reshape(-1, 3, 3, *field.shape[2:]), field[:, 9:]
        return x_t + torch.einsum("boihw,bihw->bohw", matrix, x_t) + offset

    def _field(self, x_t: Tensor, embedding: Tensor) -> Tensor:
        """The affine maps, ``[B, 12, S, S]``."""
        small = F.interpolate(x_t, (SIDE, SIDE), mode="area")
        cells = self.unet(small, embedding) if self.training else self._symmetric_cells(small, embedding)
        return F.interpolate(cells, x_t.shape[-2:], mode="bilinear")

    def _symmetric_cells(self, small: Tensor, embedding: Tensor) -> Tensor:
        """The mean over the square's eight symmetries: a turned or mirrored photograph has the same light.

        ``[B, 3, 128, 128] -> [B, 12, 32, 32]``.
        """
        turned = torch.cat([_turn(small, quarters, mirrored) for quarters, mirrored in SYMMETRIES])
        cells = self.unet(turned, embedding.repeat(len(SYMMETRIES), 1)).chunk(len(SYMMETRIES))
        back = [_turn_back(part, *symmetry) for part, symmetry in zip(cells, SYMMETRIES, strict=True)]
        return torch.stack(back).mean(dim=0)


def _turn(x: Tensor, quarters: int, mirrored: bool) -> Tensor:
    turned = torch.rot90(x, quarters, dims=(2, 3))
    return turned.flip(3) if mirrored else turned


def _turn_back(x: Tensor, quarters: int, mirrored: bool) -> Tensor:
    return torch.rot90(x.flip(3) if mirrored else x, -quarters, dims=(2, 3))
