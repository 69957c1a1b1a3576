"""The readability classifier: torchvision's InceptionV3 with four independent outputs (paper section 2.2)."""

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torchvision.models import inception_v3

from retinaregen_core.specs import LABELS, ReadabilitySpec


class ReadabilityClassifier(nn.Module, PyTorchModelHubMixin):
    """``[B, 3, S, S]`` in [-1, 1] -> four logits ``[B, 4]`` in the order of ``LABELS``; S is ``spec.image_size``.

    The framed photograph goes in as it is: [-1, 1] is InceptionV3's own input range.
    """

    def __init__(self, spec: ReadabilitySpec) -> None:
        super().__init__()
        self.spec = spec
        self.network = inception_v3(num_classes=len(LABELS), aux_logits=False, init_weights=False)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(images)
        return logits

    def probabilities(self, images: Tensor) -> Tensor:
        """Calibrated probabilities ``[B, 4]``: ``sigmoid(slope * logit + intercept)`` per label."""
        slopes = torch.tensor(self.spec.slopes).to(images)
        intercepts = torch.tensor(self.spec.intercepts).to(images)
        return torch.sigmoid(self(images) * slopes + intercepts)
