"""Which places of a photograph can be read: a small head on the classifier's middle layers.

The four labels are learned from whole photographs, and their class activation maps say what a label is made of, hardly
where the damage lies. This network is shown where: every place of a damaged photograph is judged by the rule of
``training.regions``.
"""

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from retinaregen_core.specs import LocalSpec


class LocalReadability(nn.Module, PyTorchModelHubMixin):
    """``Read.places`` ``[B, C, g, g]`` of the classifier that ``spec`` names -> logits ``[B, g, g]``."""

    def __init__(self, spec: LocalSpec) -> None:
        super().__init__()
        self.spec = spec
        self.network = nn.Sequential(
            nn.BatchNorm2d(spec.channels, affine=False),  # the layers' channels differ a hundredfold in size
            nn.Conv2d(spec.channels, spec.hidden, 1),
            nn.ReLU(),
            nn.Conv2d(spec.hidden, spec.hidden, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(spec.hidden, 1, 1),
        )

    def forward(self, places: Tensor) -> Tensor:
        logits: Tensor = self.network(places)
        return logits[:, 0]

    def probabilities(self, places: Tensor) -> Tensor:
        """Calibrated probabilities ``[B, g, g]`` that a place can be read."""
        return torch.sigmoid(self(places) * self.spec.slope + self.spec.intercept)
