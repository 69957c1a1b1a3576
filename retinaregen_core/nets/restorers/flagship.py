"""The flagship restorer: corrects light, then detail, and walks the bridge from the degraded photograph in few steps.

Departures from the paper and why: it starts from the photograph instead of noise (faithful detail), predicts x0, sees
a condition of *this* photograph with its four readability scores (the paper's own future work), and keeps the paper's
stochastic bottleneck at its coarsest level only, so that detail need not pass through it.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.contract import Output, Restorer
from retinaregen_core.nets.layers import Downsample, GatedBlock, Stage, StochasticBottleneck, TimeEmbedding, Upsample
from retinaregen_core.nets.restorers.light import LightCorrection
from retinaregen_core.specs import LABELS, RestorerSpec

PATCH = 4
"""Pixels per side that the stem folds into channels: wide receptive field at a quarter of the resolution."""
CONDITION_PATCH = 16
WIDTHS = (1, 2, 4, 6)
"""Channels of the four stages, in units of ``spec.width``."""
ENCODER_BLOCKS, MIDDLE_BLOCKS, DECODER_BLOCKS = (1, 2, 3), 4, (3, 2, 1)


class ImageCondition(nn.Module):
    """The dynamic condition: ``photograph [B, 3, S, S], scores [B, 4] -> [B, D, S/16, S/16]``."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3 * CONDITION_PATCH**2, dim, 1)
        self.scores = nn.Sequential(nn.Linear(len(LABELS), dim), nn.SiLU(), nn.Linear(dim, dim))
        self.blocks = nn.ModuleList(GatedBlock(dim, dim) for _ in range(2))

    def forward(self, photograph: Tensor, scores: Tensor) -> Tensor:
        features: Tensor = self.stem(F.pixel_unshuffle(photograph, CONDITION_PATCH))
        embedding = self.scores(scores)
        for block in self.blocks:
            features = block(features, embedding)
        return features


class Flagship(Restorer):
    """See the module; ``S`` must be a multiple of 32. Predicts x0 as the relit ``x_t`` plus a learned residual."""

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__(spec)
        widths = [spec.width * factor for factor in WIDTHS]
        dim = widths[2]
        self.image_condition = ImageCondition(dim)
        self.light = LightCorrection()
        self.time = TimeEmbedding(dim)
        self.pooled = nn.Linear(dim, dim)
        self.stem = nn.Conv2d(3 * PATCH**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(map(lambda w, n: Stage(w, dim, n), widths, ENCODER_BLOCKS))
        self.down = nn.ModuleList(map(Downsample, widths[:-1], widths[1:]))
        self.fuse = nn.Conv2d(dim, widths[2], 1)
        self.middle = Stage(widths[3], dim, MIDDLE_BLOCKS)
        self.bottleneck = StochasticBottleneck(widths[3], spec.latent_dim)
        self.up = nn.ModuleList(map(Upsample, widths[:0:-1], widths[-2::-1]))
        self.decoder = nn.ModuleList(map(lambda w, n: Stage(w, dim, n), widths[-2::-1], DECODER_BLOCKS))
        self.head = nn.Conv2d(widths[0], 3 * PATCH**2, 3, padding=1)
        nn.init.zeros_(self.head.weight)  # training starts from "change nothing"
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    @property
    def latent_shape(self) -> tuple[int, ...]:
        side = self.spec.image_size // 32
        return (self.spec.latent_dim, side, side)

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        condition: Tensor = self.image_condition(photograph, scores)
        return condition

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        embedding = self.time(t) + self.pooled(condition.mean(dim=(2, 3)))
        relit: Tensor = self.light(x_t, t)
        x = self.stem(F.pixel_unshuffle(relit, PATCH))
        skips: list[Tensor] = []
        for index, (stage, down) in enumerate(zip(self.encoder, self.down, strict=True)):
            x = stage(x + self.fuse(condition) if index == 2 else x, embedding)
            skips.append(x)
            x = down(x)
        x, mu, log_variance = self.bottleneck(self.middle(x, embedding), latent_noise)
        for stage, up in zip(self.decoder, self.up, strict=True):
            x = stage(up(x) + skips.pop(), embedding)
        return Output(relit + F.pixel_shuffle(self.head(x), PATCH), mu, log_variance)
