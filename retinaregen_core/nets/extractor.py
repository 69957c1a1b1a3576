"""Condition features: a trunk as data and one attention head for all (paper section 2.3, table 1)."""

from collections.abc import Callable
from dataclasses import dataclass

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


TRUNKS: dict[str, Trunk] = {
    "none": Trunk(patch_embedding, slice(None), 64, 16),
    "alexnet": Trunk(lambda: models.alexnet().features, slice(0, 12), 256, 16),
    "resnet18": Trunk(models.resnet18, slice(0, 7), 256, 16),
    "resnet34": Trunk(models.resnet34, slice(0, 7), 256, 16),
    "resnet50": Trunk(models.resnet50, slice(0, 7), 1024, 16),
    "vgg16": Trunk(lambda: models.vgg16().features, slice(0, 30), 512, 16),
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
        attended, _ = self.attention(tokens, tokens, tokens, need_weights=False)
        return attended.transpose(1, 2).reshape(features.shape)
