"""Undoes blur with one linear filter per photograph, chosen by what the photograph's finest detail still holds.

The blur of a photograph is mostly the same everywhere, and its inverse is a small linear filter: fitted to the truth,
one of 11 x 11 pixels gains 4 dB on the published blur. A bank of Wiener filters, each the inverse of one blur, is mixed
to that one filter. Which are needed shows in a power spectrum along rows and columns, where every blur leaves its own
frequencies empty. All of it learns on from there. Everything is computed in full precision: what blur leaves of fine
detail is smaller than the rounding of short numbers.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REACH = 5
"""Pixels to each side of a filter's middle."""
BOXES = (1, 3, 5, 7)
"""Pixels per axis of the published blur, which is nearly a box (:mod:`retinaregen_core.imaging.degrade.blur`)."""
DEFOCUS = (0.5, 0.7, 0.9, 1.2, 1.6, 2.2)
"""Deviations, in pixels, of round blurs."""
NOISE = 0.8
"""Power of noise over that of a picture's detail at one cycle per pixel, for a filter's first values."""
GRID = 64
"""Pixels per side of the square on which filters are first computed."""
BANDS, BAND_SIDE = 14, 17
"""Bands of the power spectrum per axis, and pixels of the probe of each."""
USUAL_ENERGY, ENERGY_SPREAD = -9.0, 2.0
"""Of the logarithms of energies of pictures in [-1, 1], so that the network sees small numbers."""
HIDDEN = 96
DARK = -0.93
"""A pixel whose brightest channel is below lies outside the field of view, or nothing can be read in it."""
SILENCE = 1e-8
"""Added to energies before their logarithm."""


class Sharpening(nn.Module):
    """``x [B, 3, S, S]`` in [-1, 1], ``embedding [B, E]`` -> ``[B, 3, S, S]``; untrained the identity."""

    def __init__(self, embedding_dim: int) -> None:
        super().__init__()
        self.probes = nn.Parameter(_gratings())
        self.filters = nn.Parameter(_wiener_filters())
        self.choice = nn.Sequential(
            nn.Linear(2 * BANDS + embedding_dim, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU()
        )
        self.weights = nn.Linear(HIDDEN, len(self.filters))
        nn.init.zeros_(self.weights.weight)
        nn.init.zeros_(self.weights.bias)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            picture = x.float()
            choice = self.choice(torch.cat([self._spectrum(picture), embedding.float()], dim=1))
            filters = torch.einsum("bk,khw->bhw", self.weights(choice), self.filters)
            return picture + _filtered(picture, filters - filters.mean(dim=(1, 2), keepdim=True))

    def _spectrum(self, picture: Tensor) -> Tensor:
        """Logarithms of the energy in each band along rows, then columns, away from the dark: ``[B, 2 BANDS]``."""
        grey = picture.mean(dim=1, keepdim=True)
        dark = (picture.amax(dim=1, keepdim=True) < DARK).float()
        seen = 1 - F.max_pool2d(F.max_pool2d(dark, (BAND_SIDE, 1), 1), (1, BAND_SIDE), 1)
        inner, probes = slice(BAND_SIDE // 2, -(BAND_SIDE // 2)), self.probes - self.probes.mean(dim=1, keepdim=True)
        rows = F.conv2d(grey[:, :, inner], probes[:, None, None, :])
        columns = F.conv2d(grey[..., inner], probes[:, None, :, None])
        found = torch.cat([rows, columns], dim=1).square() * seen
        energies: Tensor = found.sum(dim=(2, 3)) / seen.sum(dim=(2, 3)).clamp(min=1)
        return ((energies + SILENCE).log() - USUAL_ENERGY) / ENERGY_SPREAD


def _filtered(picture: Tensor, filters: Tensor) -> Tensor:
    """Every channel of ``[B, 3, S, S]`` under its picture's own filter ``[B, k, k]``, the borders mirrored."""
    batch, channels, height, width = picture.shape
    padded = F.pad(picture, (REACH,) * 4, mode="reflect")
    kernels = filters.repeat_interleave(channels, dim=0)[:, None]
    grouped = padded.reshape(1, batch * channels, height + 2 * REACH, width + 2 * REACH)
    return F.conv2d(grouped, kernels, groups=batch * channels).view(picture.shape)


def _gratings() -> Tensor:
    """A windowed wave per band, from one cycle in 17 pixels to one in 2: ``[BANDS, BAND_SIDE]``."""
    place = torch.arange(BAND_SIDE) - BAND_SIDE // 2
    frequencies = torch.linspace(1 / BAND_SIDE, 0.5, BANDS)[:, None]
    waves = torch.cos(2 * math.pi * frequencies * place) * torch.hann_window(BAND_SIDE + 2)[1:-1]
    unit: Tensor = waves / waves.norm(dim=1, keepdim=True)
    return unit


def _wiener_filters() -> Tensor:
    """What to add to a picture to undo each blur of :data:`BOXES` and :data:`DEFOCUS`: ``[K, 11, 11]``.

    Wiener's filter ``H* / (|H|^2 + N / S)`` for a spectrum ``S`` that falls with the square of the frequency, as that
    of photographs does, and white noise ``N``.
    """
    frequency = torch.fft.fftfreq(GRID)
    noise = NOISE * (frequency[:, None].square() + frequency.square())
    boxes = {side: _box(side, frequency) for side in BOXES}
    blurs = [boxes[high][:, None] * boxes[wide] for high in BOXES for wide in BOXES if high * wide > 1]
    falls = [torch.exp(-2 * (math.pi * sigma * frequency).square()) for sigma in DEFOCUS]
    blurs += [fall[:, None] * fall for fall in falls]
    inverses = torch.stack([blur / (blur.square() + noise) - 1 for blur in blurs])
    centred: Tensor = torch.fft.fftshift(torch.fft.ifft2(inverses).real, dim=(1, 2))
    middle = slice(GRID // 2 - REACH, GRID // 2 + REACH + 1)
    return centred[:, middle, middle].contiguous()


def _box(side: int, frequency: Tensor) -> Tensor:
    """What a mean over ``side`` pixels, an odd number, leaves of each frequency."""
    places = torch.arange(side)[:, None] - side // 2
    return torch.cos(2 * math.pi * frequency * places).mean(dim=0)
