"""Building blocks that several networks share: time embedding, gated blocks, changes of resolution, the bottleneck."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def sinusoidal_embedding(t: Tensor, dim: int) -> Tensor:
    """Timesteps ``[B]`` -> ``[B, dim]`` (Vaswani et al. 2017, section 3.5; DDPM's choice). ``dim`` is even."""
    frequencies = torch.exp(-math.log(10_000) * torch.arange(dim // 2, device=t.device) / (dim // 2))
    angles = t.float()[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class TimeEmbedding(nn.Module):
    """Timesteps ``[B]`` -> ``[B, dim]`` through two linear layers."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.layers = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: Tensor) -> Tensor:
        dtype = next(self.layers.parameters()).dtype
        embedded: Tensor = self.layers(sinusoidal_embedding(t, self.dim).to(dtype))
        return embedded


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of ``[B, C, H, W]``, one scale per channel, no shift."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        channels_last = x.permute(0, 2, 3, 1)
        return F.layer_norm(channels_last, self.weight.shape, self.weight, eps=1e-6).permute(0, 3, 1, 2)


class GatedBlock(nn.Module):
    """Residual block of depth-wise convolution, gate and channel attention (NAFNet, Chen et al. 2022), modulated.

    ``[B, C, H, W], embedding [B, E] -> [B, C, H, W]``: the embedding (time and condition) scales and shifts the
    normalised features, as in adaptive normalisation of diffusion networks.
    """

    def __init__(self, channels: int, embedding_dim: int) -> None:
        super().__init__()
        self.modulation = nn.Linear(embedding_dim, 2 * channels)
        self.mix_norm, self.feed_norm = ChannelNorm(channels), ChannelNorm(channels)
        self.expand = nn.Conv2d(channels, 2 * channels, 1)
        self.spatial = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels)
        self.attention = nn.Conv2d(channels, channels, 1)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.feed_in = nn.Conv2d(channels, 2 * channels, 1)
        self.feed_out = nn.Conv2d(channels, channels, 1)
        for last in (self.mix, self.feed_out):  # every block starts as the identity, which keeps deep stacks stable
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        h = self.mix_norm(x) * (1 + scale) + shift
        h = gate(self.spatial(self.expand(h)))
        x = x + self.mix(h * self.attention(h.mean(dim=(2, 3), keepdim=True)))
        fed: Tensor = self.feed_out(gate(self.feed_in(self.feed_norm(x))))
        return x + fed


def gate(x: Tensor) -> Tensor:
    """``[B, 2C, H, W] -> [B, C, H, W]``: one half of the channels times the other (NAFNet's SimpleGate)."""
    value, control = x.chunk(2, dim=1)
    return value * control


class Stage(nn.ModuleList):
    """A run of gated blocks that share one embedding."""

    def __init__(self, channels: int, embedding_dim: int, count: int) -> None:
        super().__init__(GatedBlock(channels, embedding_dim) for _ in range(count))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for block in self:
            x = block(x, embedding)
        return x


class Downsample(nn.Conv2d):
    """Halves height and width with a strided 2 x 2 convolution."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 2, stride=2)


class Upsample(nn.Sequential):
    """Doubles height and width with a 1 x 1 convolution and a pixel shuffle."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(nn.Conv2d(channels_in, 4 * channels_out, 1), nn.PixelShuffle(2))


class StochasticBottleneck(nn.Module):
    """A VAE's ``z = mu + sigma * eps`` on a feature map, added back to it (paper section 2.5).

    ``[B, C, H, W], eps [B, Z, H', W'] -> ([B, C, H, W], mu, log_variance)``; ``eps`` is resized to the map (nearest),
    so that one draw serves every input size.
    """

    def __init__(self, channels: int, latent_channels: int) -> None:
        super().__init__()
        self.encode = nn.Conv2d(channels, 2 * latent_channels, 1)
        self.decode = nn.Conv2d(latent_channels, channels, 1)

    def forward(self, x: Tensor, latent_noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_variance = self.encode(x).chunk(2, dim=1)
        log_variance = log_variance.clamp(-10, 4)
        eps = F.interpolate(latent_noise.to(x.dtype), x.shape[-2:])
        return x + self.decode(mu + (log_variance / 2).exp() * eps), mu, log_variance
