"""Which places of a photograph can be read, and where macula, optic disc and retina lie among them.

A small head on the classifier's middle layers. The four labels are learned from whole photographs, and their class
activation maps say what a label is made of, hardly where the damage lies. This network is shown where: every place of a
damaged photograph is judged by the rule of ``training.regions``, and where the regions lie is known. What it says of
the places of a region is a second opinion on the region's label.
"""

from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from retinaregen_core.specs import LABELS, LocalSpec

REGIONS = LABELS[1:]
"""All labels but the first, which speaks of the picture as a whole."""
LANDMARKS = 2
"""The first of them lie somewhere, macula and optic disc, the last one everywhere."""


class Told(NamedTuple):
    """What the head says of a batch."""

    logits: Tensor
    """That a place can be read, ``[B, g, g]``, before calibration."""
    where: Tensor
    """Log-probabilities that a region lies there, ``[B, R, g, g]``, R = 3 in the order of :data:`REGIONS`."""
    regions: Tensor
    """That a region can be read, place by place: logits ``[B, R, g, g]``."""

    @property
    def opinions(self) -> Tensor:
        """Logits ``[B, R]`` that the regions can be read: what is said of the places, by how likely each is meant."""
        return self.weighed.mean(dim=(2, 3))

    @property
    def weighed(self) -> Tensor:
        """Maps ``[B, R, g, g]`` whose means are the :attr:`opinions`."""
        return self.regions * self.where.exp() * self.where[0, 0].numel()


class LocalReadability(nn.Module, PyTorchModelHubMixin):
    """``Read.places`` ``[B, C, g, g]`` of the classifier that ``spec`` names -> :class:`Told`."""

    def __init__(self, spec: LocalSpec) -> None:
        super().__init__()
        self.spec = spec
        self.network = nn.Sequential(
            nn.BatchNorm2d(spec.channels, affine=False),  # the layers' channels differ a hundredfold in size
            nn.Conv2d(spec.channels, spec.hidden, 1),
            nn.ReLU(),
            nn.Conv2d(spec.hidden, spec.hidden, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(spec.hidden, spec.hidden, 3, padding=2, dilation=2),  # a disc lies where its vessels point to
            nn.ReLU(),
            nn.Conv2d(spec.hidden, 1 + 2 * len(REGIONS), 1),
        )

    def forward(self, places: Tensor) -> Told:
        readable, where, beyond = self.network(places).float().split([1, len(REGIONS), len(REGIONS)], dim=1)
        return Told(readable[:, 0], where.flatten(2).log_softmax(dim=-1).view_as(where), readable + beyond)

    def probabilities(self, told: Told) -> Tensor:
        """Calibrated probabilities ``[B, g, g]`` that a place can be read."""
        return torch.sigmoid(told.logits * self.spec.slope + self.spec.intercept)
