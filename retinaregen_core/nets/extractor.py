"""Condition features: a trunk as data and one attention head for all (paper section 2.3, table 1)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

from retinaregen_core.specs import lookup

CONDITION_DIM = 256
HEADS = 8


@dataclass(frozen=True)
class Trunk:
    """The layers of a known network that serve as feature extractor."""

    build: Callable[[], nn.Module]
    layers: slice
    """The children that are kept, in order."""
    channels: int
    stride: int


def patch_embedding() -> nn.Module:
    """The row without a trunk: self-attention over 16 x 16 patches."""
    return nn.Sequential(nn.Conv2d(3, 64, 16, stride=16))


def convolutions(build: Callable[[], Any], draw: Callable[[nn.Conv2d], None]) -> nn.Module:
    """The ``features`` of a network, drawn by ``draw``: its unused classifier of up to 120 M weights is never drawn."""
    with torch.device("meta"):
        features: nn.Module = build().features
    features.to_empty(device=torch.get_default_device())
    for layer in features.modules():
        if isinstance(layer, nn.Conv2d):
            draw(layer)
    return features


def draw_as_vgg(layer: nn.Conv2d) -> None:
    """He et al. 2015 by the outputs, no bias: torchvision's own start of a VGG."""
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


TRUNKS: dict[str, Trunk] = {
    "none": Trunk(patch_embedding, slice(None), 64, 16),
    "alexnet": Trunk(partial(convolutions, models.alexnet, nn.Conv2d.reset_parameters), slice(0, 12), 256, 16),
    "resnet18": Trunk(models.resnet18, slice(0, 7), 256, 16),
    "resnet34": Trunk(models.resnet34, slice(0, 7), 256, 16),
    "resnet50": Trunk(models.resnet50, slice(0, 7), 1024, 16),
    "vgg16": Trunk(partial(convolutions, models.vgg16, draw_as_vgg), slice(0, 30), 512, 16),
    "resnext50": Trunk(models.resnext50_32x4d, slice(0, 7), 1024, 16),
    "mobilenet_v2": Trunk(lambda: models.mobilenet_v2().features, slice(0, 14), 96, 16),
}


class AttentionExtractor(nn.Module):
    """``[B, 3, S, S]`` in [-1, 1] -> ``[B, 256, h, w]`` with h about S / 16 (AlexNet: 15 for 256, not 16).

    Trunk, 1 x 1 compression, normalisation, ReLU, then 8-head self-attention over the flattened map.
    """

    def __init__(self, trunk: str) -> None:
        super().__init__()
        row = lookup(TRUNKS, trunk, "extractor")
        self.trunk = nn.Sequential(*list(row.build().children())[row.layers])
        self.compress = nn.Sequential(
            nn.Conv2d(row.channels, CONDITION_DIM, 1), nn.BatchNorm2d(CONDITION_DIM), nn.ReLU()
        )
        self.attention = nn.MultiheadAttention(CONDITION_DIM, HEADS, batch_first=True)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.compress(self.trunk(images))
        tokens = features.flatten(2).transpose(1, 2)  # [B, h * w, 256]
        attended: Tensor = self.attention(tokens, tokens, tokens, need_weights=False)[0]
        return attended.transpose(1, 2).reshape(features.shape)


@lru_cache(maxsize=64)
def map_side(trunk: str, image_size: int) -> int:
    """Height and width of the extractor's map, found without computing or holding a weight."""
    with torch.device("meta"):
        features: Tensor = AttentionExtractor(trunk).trunk(torch.empty(1, 3, image_size, image_size))
    return features.shape[-1]
