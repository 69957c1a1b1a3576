"""Fusion of the condition with the sample: the paper's four methods are two independent choices (section 3.2)."""

from collections.abc import Callable

from torch import Size, Tensor, nn, ones
from torch.nn import functional as F

from retinaregen_core.nets.extractor import CONDITION_DIM
from retinaregen_core.specs import lookup


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


RESIZERS: dict[str, Callable[[int, int], nn.Module]] = {"upsample": TransposedConvolution, "bilinear": Bilinear}
WEIGHTINGS: dict[str, Callable[[], float | nn.Parameter]] = {
    "static": lambda: 1.0,
    "dynamic": lambda: nn.Parameter(ones(())),
}


class Fusion(nn.Module):
    """``x + weight * resize(project(c))``: ``c [B or 1, 256, h, w]`` onto ``x [B, 3, S, S]`` (paper section 2.4)."""

    def __init__(self, resize: str, weighting: str, stride: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(CONDITION_DIM, 3, 1)
        self.resize = lookup(RESIZERS, resize, "resize")(3, stride)
        self.weight = lookup(WEIGHTINGS, weighting, "weighting")()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        added: Tensor = self.weight * self.resize(self.project(condition), x.shape[-2:])
        return x + added
