"""Whether a picture is like those that the classifier was trained on: deep nearest neighbours (Sun et al. 2022)."""

import torch
from torch import Tensor, nn

COMPONENTS = 16
"""Directions in which the features of photographs vary most; the distance is measured in these alone."""
NEIGHBOURS = 10


class Familiarity(nn.Module):
    """Pooled features ``[B, F]`` -> distance ``[B]`` to the tenth nearest of the training photographs' features."""

    mean: Tensor
    basis: Tensor
    points: Tensor

    def __init__(self, width: int, points: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("basis", torch.zeros(COMPONENTS, width))
        self.register_buffer("points", torch.zeros(points, COMPONENTS))

    @torch.no_grad()
    def remember(self, features: Tensor) -> None:
        """Keep the features ``[N, F]`` of N training photographs as the ones that are known."""
        self.mean = features.mean(dim=0)
        self.basis = torch.linalg.svd(features - self.mean, full_matrices=False).Vh[:COMPONENTS]
        self.points = (features - self.mean) @ self.basis.T

    def forward(self, features: Tensor) -> Tensor:
        distances = torch.cdist((features - self.mean) @ self.basis.T, self.points)
        return distances.kthvalue(NEIGHBOURS, dim=1).values
