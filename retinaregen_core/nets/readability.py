"""The readability classifier: torchvision's InceptionV3 with four independent outputs (paper section 2.2)."""

import copy
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import inception_v3
from torchvision.models.inception import BasicConv2d

from retinaregen_core.imaging.pixels import balance_channels
from retinaregen_core.nets.familiarity import LAYERS, Familiarity, beyond_usual, statistics
from retinaregen_core.specs import LABELS, ReadabilitySpec

PLACES = ("Mixed_5d", "Mixed_6e")
"""Layers of InceptionV3 that still know what lies where, the last one's places being the coarser ones."""
LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in the brightness that JPEG files keep at full size (ITU-R BT.601)."""


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


def soften_colour(images: Tensor, sigma: float) -> Tensor:
    """``[B, 3, H, W]`` with the differences of its channels from their luma under :func:`low_pass`; the luma stays."""
    if sigma <= 0:
        return images
    luma = (images * torch.tensor(LUMA).to(images)[:, None, None]).sum(dim=1, keepdim=True)
    return luma + low_pass(images - luma, sigma)


def folded(classifier: "ReadabilityClassifier") -> "ReadabilityClassifier":
    """A copy whose batch normalisations are part of the convolutions before them.

    It scores alike (to rounding) in less time, and can be neither trained nor saved.
    """
    fast = copy.deepcopy(classifier).eval()
    for block in fast.modules():
        if isinstance(block, BasicConv2d):
            block.conv, block.bn = fuse_conv_bn_eval(block.conv, block.bn), nn.Identity()
    return fast


def places(outputs: Sequence[Tensor]) -> Tensor:
    """Outputs of ``familiarity.LAYERS`` -> those of :data:`PLACES` side by side, on the coarsest one's grid."""
    chosen = [output for name, output in zip(LAYERS, outputs, strict=True) if name in PLACES]
    h, w = chosen[-1].shape[-2:]
    return torch.cat([F.adaptive_avg_pool2d(output, (h, w)) for output in chosen], dim=1)


class Noted(nn.Module):
    """A layer that does what it did, and adds its output to a list."""

    def __init__(self, layer: nn.Module, notes: list[Tensor]) -> None:
        super().__init__()
        self.layer, self.notes = layer, notes

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.layer(images)
        self.notes.append(output)
        return output


class Read(NamedTuple):
    """What one pass through the classifier gives."""

    features: Tensor
    """What the four labels are read from: pooled ``[B, F]``."""
    statistics: list[Tensor]
    """What :class:`Familiarity` compares: ``[B, 2 C]`` of each of its layers."""
    places: Tensor
    """What :class:`LocalReadability` reads: ``[B, C, g, g]``, the layers of :data:`PLACES` on the last one's grid."""


class ReadabilityClassifier(nn.Module, PyTorchModelHubMixin):
    """``[B, 3, S, S]`` in [-1, 1] -> four logits ``[B, 4]`` in the order of ``LABELS``; S is ``spec.image_size``.

    Colour is made as coarse as any JPEG file may keep it, and the framed photograph's channels are balanced: what is
    readable must not depend on a camera's colours. Then comes a slight low-pass filter: what JPEG and resampling alter
    between two copies of a photograph is the finest detail at this size.
    """

    def __init__(self, spec: ReadabilitySpec) -> None:
        super().__init__()
        self.spec = spec
        self.network = inception_v3(num_classes=len(LABELS), aux_logits=False, init_weights=False)
        self.familiarity = Familiarity() if spec.known_photographs else None

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network.fc(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """What the four labels are read from: pooled features ``[B, F]``."""
        return self.read(images).features

    def read(self, images: Tensor) -> Read:
        """Everything that one pass gives, for the labels and for those who ask how or where."""
        notes: list[Tensor] = []
        pooled: Tensor = self._with({**self._noted(notes), "fc": nn.Identity()})(self._prepared(images))
        return Read(pooled, [statistics(output) for output in notes], places(notes))

    def distance(self, statistics: Sequence[Tensor]) -> Tensor | None:
        """How far pictures lie from the training photographs, ``[B]``, usually 1; None if nothing tells."""
        far: Tensor | None = self.familiarity(statistics) if self.familiarity else None
        return far

    def evidence(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Class activation maps of the four labels ``[B, 4, h, w]``, whose means are the :meth:`calibrated` logits.

        Returns:
            the maps, and ``Read.places``.
        """
        fc = self.network.fc
        notes: list[Tensor] = []
        open_end = {name: nn.Identity() for name in ("avgpool", "dropout", "fc")}
        last = self._with({**self._noted(notes), **open_end})(self._prepared(images))
        side = math.isqrt(last.shape[1] // fc.in_features)
        features = last.view(-1, fc.in_features, side, side)
        logits = torch.einsum("bchw,kc->bkhw", features, fc.weight) + fc.bias[:, None, None]
        distance = self.distance([statistics(output) for output in notes])
        return self.calibrated(logits.permute(2, 3, 0, 1), distance).permute(2, 3, 0, 1), places(notes)

    def calibrated(self, logits: Tensor, distance: Tensor | None) -> Tensor:
        """Logits ``[..., B, 4]`` as the sigmoid wants them; ``distance`` ``[B]`` is that of :class:`Familiarity`."""
        calibrated = logits * torch.tensor(self.spec.slopes).to(logits) + torch.tensor(self.spec.intercepts).to(logits)
        if distance is None or not self.spec.doubt:
            return calibrated
        doubt = self.spec.doubt * beyond_usual(distance)
        return torch.cat([calibrated[..., :1] - doubt[:, None], calibrated[..., 1:]], dim=-1)

    def _noted(self, notes: list[Tensor]) -> dict[str, nn.Module]:
        return {name: Noted(getattr(self.network, name), notes) for name in LAYERS}

    def _prepared(self, images: Tensor) -> Tensor:
        scale = images.shape[-1] / self.spec.image_size
        calm = soften_colour(images, self.spec.colour_blur * scale)
        return low_pass(balance_channels(calm), self.spec.blur * scale)

    def _with(self, layers: Mapping[str, nn.Module]) -> nn.Module:
        """The trunk with some of its layers exchanged: a view of this call's own, for threads share the network."""
        view: nn.Module = copy.copy(self.network)
        view._modules = {**view._modules, **layers}
        return view
