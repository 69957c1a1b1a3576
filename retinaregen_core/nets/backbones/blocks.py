"""Convolution blocks of the encoder-decoder backbones: ``x [B, C_in, H, W], embedding [B, E] -> [B, C_out, H, W]``."""

import torch
from torch import Tensor, nn

GROUPS = 4
DENSE_LAYERS = 3


def normalised_convolution(channels_in: int, channels_out: int) -> nn.Sequential:
    """3 x 3 convolution and group normalisation."""
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.GroupNorm(GROUPS, channels_out))


class PlainBlock(nn.Module):
    """Two convolutions, the time embedding added between them (U-Net, Ronneberger et al. 2015; DDPM)."""

    def __init__(self, channels_in: int, channels_out: int, embedding_dim: int) -> None:
        super().__init__()
        self.first = normalised_convolution(channels_in, channels_out)
        self.time = nn.Linear(embedding_dim, channels_out)
        self.second = nn.Sequential(nn.SiLU(), normalised_convolution(channels_out, channels_out), nn.SiLU())

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        hidden: Tensor = self.second(self.first(x) + self.time(embedding)[:, :, None, None])
        return hidden


class ResidualBlock(PlainBlock):
    """The plain block around a shortcut (ResNet, He et al. 2016)."""

    def __init__(self, channels_in: int, channels_out: int, embedding_dim: int) -> None:
        super().__init__(channels_in, channels_out, embedding_dim)
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        sum_: Tensor = self.shortcut(x) + super().forward(x, embedding)
        return sum_


class DenseBlock(nn.Module):
    """Every layer sees all earlier ones, then a 1 x 1 transition (DenseNet, Huang et al. 2017)."""

    def __init__(self, channels_in: int, channels_out: int, embedding_dim: int) -> None:
        super().__init__()
        growth = max(GROUPS, channels_out // 2)
        inputs = [channels_in + index * growth for index in range(DENSE_LAYERS)]
        self.layers = nn.ModuleList(nn.Sequential(normalised_convolution(c, growth), nn.SiLU()) for c in inputs)
        self.time = nn.Linear(embedding_dim, channels_out)
        self.transition = nn.Conv2d(inputs[-1] + growth, channels_out, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        mixed: Tensor = self.transition(x) + self.time(embedding)[:, :, None, None]
        return mixed
