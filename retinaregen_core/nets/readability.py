"""The readability classifier: torchvision's InceptionV3 with four independent outputs (paper section 2.2)."""

import copy
import math

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import inception_v3
from torchvision.models.inception import BasicConv2d

from retinaregen_core.imaging.pixels import balance_channels
from retinaregen_core.nets.familiarity import Familiarity
from retinaregen_core.specs import LABELS, ReadabilitySpec


def low_pass(images: Tensor, sigma: float) -> Tensor:
    """``[B, C, H, W]`` under a Gaussian of ``sigma`` pixels, the borders mirrored; unchanged when ``sigma`` is 0."""
    if sigma <= 0:
        return images
    reach = math.ceil(3 * sigma)
    weights = torch.exp(-(torch.arange(-reach, reach + 1).to(images) ** 2) / (2 * sigma**2))
    kernel = (weights / weights.sum()).expand(images.shape[1], 1, -1)
    padded = F.pad(images, (reach,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel[:, :, None, :], groups=images.shape[1])
    return F.conv2d(rows, kernel[:, :, :, None], groups=images.shape[1])


def folded(classifier: "ReadabilityClassifier") -> "ReadabilityClassifier":
    """A copy whose batch normalisations are part of the convolutions before them.

    It scores alike (to rounding) in less time, and can be neither trained nor saved.
    """
    fast = copy.deepcopy(classifier).eval()
    for block in fast.modules():
        if isinstance(block, BasicConv2d):
            block.conv, block.bn = fuse_conv_bn_eval(block.conv, block.bn), nn.Identity()
    return fast


class ReadabilityClassifier(nn.Module, PyTorchModelHubMixin):
    """``[B, 3, S, S]`` in [-1, 1] -> four logits ``[B, 4]`` in the order of ``LABELS``; S is ``spec.image_size``.

    The framed photograph's channels are balanced first: what is readable must not depend on a camera's colours. Then
    comes a slight low-pass filter: what JPEG and resampling alter between two copies of a photograph is the finest
    detail at this size.
    """

    def __init__(self, spec: ReadabilitySpec) -> None:
        super().__init__()
        self.spec = spec
        self.network = inception_v3(num_classes=len(LABELS), aux_logits=False, init_weights=False)
        known = spec.known_photographs
        self.familiarity = Familiarity(self.network.fc.in_features, known) if known else None

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network.fc(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """What the four labels are read from: pooled features ``[B, F]``."""
        pooled: Tensor = self._without("fc")(self._prepared(images))
        return pooled

    def probabilities(self, images: Tensor) -> Tensor:
        """Calibrated probabilities ``[B, 4]``: ``sigmoid(slope * logit + intercept)`` per label."""
        return self.assess(images)[0]

    def assess(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """:meth:`probabilities`, and how unfamiliar each picture is, ``[B]``; None if this checkpoint cannot tell.

        Above 1 a picture is farther from the training photographs than ``spec.familiar_within``.
        """
        features = self.features(images)
        slopes = torch.tensor(self.spec.slopes).to(images)
        intercepts = torch.tensor(self.spec.intercepts).to(images)
        probabilities = torch.sigmoid(self.network.fc(features) * slopes + intercepts)
        distance = self.familiarity(features) / self.spec.familiar_within if self.familiarity else None
        return probabilities, distance

    def evidence(self, images: Tensor) -> Tensor:
        """Class activation maps (Zhou et al. 2016) of the four labels: ``[B, 4, h, w]``, coarse.

        Exact for a pooled and then linear network: the mean of a map is the label's calibrated logit. Positive values
        speak for "readable", negative ones against it.
        """
        fc = self.network.fc
        last = self._without("avgpool", "dropout", "fc")(self._prepared(images))
        side = math.isqrt(last.shape[1] // fc.in_features)
        features = last.view(-1, fc.in_features, side, side)
        slopes = torch.tensor(self.spec.slopes).to(images)[:, None, None]
        intercepts = torch.tensor(self.spec.intercepts).to(images)[:, None, None]
        logits = torch.einsum("bchw,kc->bkhw", features, fc.weight) + fc.bias[:, None, None]
        calibrated: Tensor = logits * slopes + intercepts
        return calibrated

    def _prepared(self, images: Tensor) -> Tensor:
        return low_pass(balance_channels(images), self.spec.blur * images.shape[-1] / self.spec.image_size)

    def _without(self, *names: str) -> nn.Module:
        """The trunk without some of its last layers: a view of this call's own, for threads share the network."""
        view: nn.Module = copy.copy(self.network)
        view._modules = {**view._modules, **{name: nn.Identity() for name in names}}
        return view
