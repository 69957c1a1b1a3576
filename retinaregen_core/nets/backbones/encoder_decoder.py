"""U-Net, ResNet and DenseNet: one encoder-decoder with skip connections, three kinds of block (paper section 3.2).

"ResNet and DenseNet retained the U-Net's encoder-decoder structure but used ResNet's residual blocks and DenseNet's
dense blocks": so they differ in one attribute.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from retinaregen_core.nets.backbones.blocks import DenseBlock, PlainBlock, ResidualBlock
from retinaregen_core.nets.contract import Backbone, Output
from retinaregen_core.nets.layers import Downsample, TimeEmbedding, Upsample
from retinaregen_core.specs import RestorerSpec

FACTORS = (1, 2, 4, 8)
"""Channels of the four scales, in units of ``spec.width``."""


def deterministic(output: Tensor) -> Output:
    """An output without a latent: its empty distribution costs no KL."""
    nothing = output.new_zeros(len(output), 0)
    return Output(output, nothing, nothing)


class EncoderDecoder(Backbone):
    """Four scales; the picture's side must be a multiple of 8."""

    latent_shape = (0,)
    block: Callable[[int, int, int], nn.Module]

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__()
        widths = [spec.width * factor for factor in FACTORS]
        dim = widths[1]
        self.time = TimeEmbedding(dim)
        self.encoder = nn.ModuleList(map(lambda a, b: self.block(a, b, dim), [3, *widths[:-1]], widths))
        self.down = nn.ModuleList(Downsample(w, w) for w in widths[:-1])
        self.up = nn.ModuleList(map(Upsample, widths[:0:-1], widths[-2::-1]))
        self.decoder = nn.ModuleList(self.block(2 * w, w, dim) for w in widths[-2::-1])
        self.head = nn.Conv2d(widths[0], 3, 1)

    def forward(self, x: Tensor, t: Tensor, latent_noise: Tensor) -> Output:
        embedding = self.time(t)
        skips = [self.encoder[0](x, embedding)]
        for down, block in zip(self.down, self.encoder[1:], strict=True):
            skips.append(block(down(skips[-1]), embedding))
        h = skips.pop()
        for up, block in zip(self.up, self.decoder, strict=True):
            h = block(torch.cat([up(h), skips.pop()], dim=1), embedding)
        return deterministic(self.head(h))


class UNet(EncoderDecoder):
    """Plain convolutions."""

    block = PlainBlock


class ResNetUNet(EncoderDecoder):
    """Residual blocks."""

    block = ResidualBlock


class DenseNetUNet(EncoderDecoder):
    """Dense blocks."""

    block = DenseBlock
