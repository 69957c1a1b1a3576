"""Fusion of the condition with the sample: the paper's four methods are two independent choices (section 3.2)."""

from collections.abc import Callable

import torch
from torch import Size, Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.extractor import CONDITION_DIM
from retinaregen_core.nets.layers import TimeEmbedding
from retinaregen_core.specs import lookup

TIME_DIM = 32


class TransposedConvolution(nn.Module):
    """Learned upsampling, then cropped or replicated to the exact size: a trunk's map need not divide the picture."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.convolution = nn.ConvTranspose2d(channels, channels, stride, stride)

    def forward(self, c: Tensor, size: Size) -> Tensor:
        c = self.convolution(c)[..., : size[0], : size[1]]
        return F.pad(c, (0, size[1] - c.shape[-1], 0, size[0] - c.shape[-2]), mode="replicate")


class Bilinear(nn.Module):
    """Bilinear interpolation to the exact size; nothing is learned."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()

    def forward(self, c: Tensor, size: Size) -> Tensor:
        return F.interpolate(c, size, mode="bilinear", align_corners=False)


class Static(nn.Module):
    """Weight 1, always."""

    def forward(self, t: Tensor) -> Tensor:
        return torch.ones(1, 1, 1, 1, device=t.device)


class Dynamic(nn.Module):
    """One learned weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 1, 1, 1))

    def forward(self, t: Tensor) -> Tensor:
        return self.weight


class ByTimestep(nn.Module):
    """A learned weight that depends on the timestep: the paper's future work (section 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.time = TimeEmbedding(TIME_DIM)
        self.head = nn.Linear(TIME_DIM, 1)

    def forward(self, t: Tensor) -> Tensor:
        weight: Tensor = 1 + self.head(self.time(t)).view(-1, 1, 1, 1)
        return weight


RESIZERS: dict[str, Callable[[int, int], nn.Module]] = {"upsample": TransposedConvolution, "bilinear": Bilinear}
WEIGHTINGS: dict[str, Callable[[], nn.Module]] = {"static": Static, "dynamic": Dynamic, "timestep": ByTimestep}
"""Timesteps ``[B]`` -> weights ``[B or 1, 1, 1, 1]``; the first two are the paper's."""


class Fusion(nn.Module):
    """``x + weight(t) * resize(project(c))``: ``c [B or 1, 256, h, w]`` onto ``x [B, 3, S, S]`` (paper section 2.4)."""

    def __init__(self, resize: str, weighting: str, stride: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(CONDITION_DIM, 3, 1)
        self.resize = lookup(RESIZERS, resize, "resize")(3, stride)
        self.weight = lookup(WEIGHTINGS, weighting, "weighting")()

    def forward(self, x: Tensor, condition: Tensor, t: Tensor) -> Tensor:
        added: Tensor = self.weight(t) * self.resize(self.project(condition), x.shape[-2:])
        return x + added
