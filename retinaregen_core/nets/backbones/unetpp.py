"""U-Net++ (Zhou et al. 2018): skip connections that are themselves small U-Nets."""

import torch
from torch import Tensor, nn

from retinaregen_core.nets.backbones.blocks import PlainBlock
from retinaregen_core.nets.backbones.encoder_decoder import FACTORS, deterministic
from retinaregen_core.nets.contract import Backbone, Output
from retinaregen_core.nets.layers import Downsample, TimeEmbedding, Upsample
from retinaregen_core.specs import RestorerSpec


class UNetPlusPlus(Backbone):
    """Node (i, j) at scale i sees all earlier nodes of its row and the upsampled node (i + 1, j - 1)."""

    latent_shape = (0,)

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__()
        widths = [spec.width * factor for factor in FACTORS]
        dim = widths[1]
        self.time = TimeEmbedding(dim)
        self.column = nn.ModuleList(map(lambda a, b: PlainBlock(a, b, dim), [3, *widths[:-1]], widths))
        self.down = nn.ModuleList(Downsample(w, w) for w in widths[:-1])
        nodes = [(i, j) for j in range(1, len(widths)) for i in range(len(widths) - j)]
        self.up = nn.ModuleDict({f"{i}_{j}": Upsample(widths[i + 1], widths[i]) for i, j in nodes})
        self.nodes = nn.ModuleDict({f"{i}_{j}": PlainBlock((j + 1) * widths[i], widths[i], dim) for i, j in nodes})
        self.head = nn.Conv2d(widths[0], 3, 1)

    def forward(self, x: Tensor, t: Tensor, latent_noise: Tensor) -> Output:
        embedding = self.time(t)
        rows: list[list[Tensor]] = [[self.column[0](x, embedding)]]
        for down, block in zip(self.down, self.column[1:], strict=True):
            rows.append([block(down(rows[-1][0]), embedding)])
        for j in range(1, len(rows)):
            for i in range(len(rows) - j):
                seen = [*rows[i], self.up[f"{i}_{j}"](rows[i + 1][j - 1])]
                rows[i].append(self.nodes[f"{i}_{j}"](torch.cat(seen, dim=1), embedding))
        return deterministic(self.head(rows[0][-1]))
