"""The plain network that the flagship's two halves and the regression baseline share: a U-Net of gated blocks."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.layers import Downsample, Stage, Upsample

PATCH = 4
"""Pixels per side that the stem folds into channels, unless told otherwise: wide receptive field, few pixels."""

WIDTHS = (1, 2, 4, 6)
"""Channels of the four stages of a network at full size, in units of ``spec.width``."""


class GatedUNet(nn.Module):
    """``[B, 3, S, S], embedding [B, E] -> [B, C, S/P, S/P]`` for patches of P pixels; untrained, its answer is zero.

    :meth:`encode` and :meth:`decode` are its halves, for whoever has something to add between them.
    """

    def __init__(
        self, widths: Sequence[int], blocks: Sequence[int], embedding_dim: int, channels_out: int, patch: int = PATCH
    ) -> None:
        """``widths`` and ``blocks`` of the stages, finest first; the last is the middle, the others stand twice."""
        super().__init__()
        *sides, middle = zip(widths, blocks, strict=True)
        self.patch = patch
        self.stem = nn.Conv2d(3 * patch**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(Stage(width, embedding_dim, count) for width, count in sides)
        self.down = nn.ModuleList(map(Downsample, widths[:-1], widths[1:]))
        self.middle = Stage(middle[0], embedding_dim, middle[1])
        self.up = nn.ModuleList(map(Upsample, widths[:0:-1], widths[-2::-1]))
        self.decoder = nn.ModuleList(Stage(width, embedding_dim, count) for width, count in reversed(sides))
        self.head = nn.Conv2d(widths[0], channels_out, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, image: Tensor, embedding: Tensor) -> Tensor:
        features, skips = self.encode(image, embedding)
        return self.decode(features, skips, embedding)

    def encode(
        self, image: Tensor, embedding: Tensor, added: Mapping[int, Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """What comes out of the middle, and the features on the way; ``added`` joins the input of the named stages."""
        x: Tensor = self.stem(F.pixel_unshuffle(image, self.patch))
        skips: list[Tensor] = []
        for index, (stage, down) in enumerate(zip(self.encoder, self.down, strict=True)):
            x = stage(x + added[index] if added and index in added else x, embedding)
            skips.append(x)
            x = down(x)
        return self.middle(x, embedding), skips

    def decode(self, x: Tensor, skips: Sequence[Tensor], embedding: Tensor) -> Tensor:
        """From the middle's features and the ``skips`` of :meth:`encode` to ``[B, C, S/P, S/P]``."""
        for stage, up, skip in zip(self.decoder, self.up, reversed(skips), strict=True):
            x = stage(up(x) + skip, embedding)
        answer: Tensor = self.head(x)
        return answer
