"""Whether a picture is like those that the classifier was trained on, told by what its early layers make of it.

What a network was never shown leaves its last layer much like what it knows; the earlier layers, which see texture and
colour, tell them apart. So their channels' means and deviations over a picture are compared with those of the training
photographs: Mahalanobis distances of several layers (Lee et al. 2018) in the directions in which photographs vary, and
what lies outside these directions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

LAYERS = {"Conv2d_4a_3x3": 192, "Mixed_5d": 288, "Mixed_6e": 768}
"""Layers of InceptionV3 that are looked at, and their channels."""
COMPONENTS = 64
"""Directions in which a layer's statistics vary most among photographs."""
SMALLEST_SPREAD = 0.05
"""Of a channel, as a share of the middle one's: a channel that is nearly always silent must not decide alone."""


class Gaussian(nn.Module):
    """Statistics of one layer ``[B, W]`` -> how far they lie from the remembered ones ``[B]``, 1 on average there."""

    centre: Tensor
    spread: Tensor
    basis: Tensor
    variance: Tensor
    usual: Tensor
    """Means of both distances over what is remembered: within the directions, and outside them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.register_buffer("basis", torch.zeros(COMPONENTS, width))
        self.register_buffer("variance", torch.ones(COMPONENTS))
        self.register_buffer("usual", torch.ones(2))

    @torch.no_grad()
    def remember(self, statistics: Tensor) -> None:
        """Fit to ``[N, W]`` of N training photographs."""
        spread = statistics.std(dim=0)
        self.centre, self.spread = statistics.mean(dim=0), spread.clamp(min=SMALLEST_SPREAD * float(spread.median()))
        standard = (statistics - self.centre) / self.spread
        _, sizes, directions = torch.linalg.svd(standard, full_matrices=False)
        count = min(COMPONENTS, len(directions))
        self.basis[:count], self.variance[:count] = directions[:count], sizes[:count].square() / len(statistics)
        self.variance.clamp_(min=1e-3)
        self.usual = torch.stack(self._distances(statistics)).mean(dim=1).clamp(min=1e-3)

    def forward(self, statistics: Tensor) -> Tensor:
        within, outside = self._distances(statistics)
        return (within / self.usual[0] + outside / self.usual[1]) / 2

    def _distances(self, statistics: Tensor) -> tuple[Tensor, Tensor]:
        standard = (statistics - self.centre) / self.spread
        along = standard @ self.basis.T
        outside = standard.square().sum(dim=1) - along.square().sum(dim=1)
        return (along.square() / self.variance).mean(dim=1), outside.clamp(min=0)


class Familiarity(nn.Module):
    """Statistics of all :data:`LAYERS`, ``[B, 2 C]`` each -> the geometric mean of the layers' distances, ``[B]``."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Gaussian(2 * channels) for channels in LAYERS.values())

    def remember(self, statistics: Sequence[Tensor]) -> None:
        """Keep what is usual among N training photographs, ``[N, 2 C]`` per layer."""
        for layer, values in zip(self.layers, statistics, strict=True):
            assert isinstance(layer, Gaussian)
            layer.remember(values)

    def forward(self, statistics: Sequence[Tensor]) -> Tensor:
        distances = [layer(values) for layer, values in zip(self.layers, statistics, strict=True)]
        return torch.stack(distances).clamp(min=1e-6).log().mean(dim=0).exp()


def beyond_usual(distance: Tensor) -> Tensor:
    """Logarithm of a distance in the unit of :class:`Familiarity`, 0 for what is as near as is usual or nearer."""
    return distance.clamp(min=1).log()


def statistics(output: Tensor) -> Tensor:
    """A layer's output ``[B, C, h, w]`` -> its channels' means and deviations ``[B, 2 C]``.

    It takes a third of the time of ``torch.var_mean``, which is slow where the channels come last.
    """
    values = output.float()
    mean = values.mean(dim=(2, 3), keepdim=True)
    variance = (values - mean).square().sum(dim=(2, 3)) / (values[0, 0].numel() - 1)
    return torch.cat([mean.flatten(1), variance.sqrt()], dim=1)
