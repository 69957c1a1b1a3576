"""The flagship restorer: undoes blur, light, then the rest, and walks the bridge from the photograph in few steps.

Departures from the paper and why: it starts from the photograph instead of noise (faithful detail), predicts x0, sees
a condition of *this* photograph with its four readability scores (the paper's own future work), and keeps the paper's
stochastic bottleneck at its coarsest level only, so that detail need not pass through it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.diffusion.bridge import bridge_schedule
from retinaregen_core.nets.contract import Output, Restorer
from retinaregen_core.nets.layers import GatedBlock, StochasticBottleneck, TimeEmbedding
from retinaregen_core.nets.restorers.light import AFFINE, LightCorrection, relight, remaining, without_light
from retinaregen_core.nets.restorers.sharpening import Sharpening
from retinaregen_core.nets.unet import PATCH, WIDTHS, GatedUNet
from retinaregen_core.specs import LABELS, RestorerSpec

CONDITION_PATCH = 16
BLOCKS = (1, 2, 3, 4)
FUSED_STAGE = 2
"""The condition joins the features where both have a sixteenth of the photograph's side."""


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
    """See the module; ``S`` must be a multiple of 32.

    Predicts x0 as the sharpened and relit ``x_t`` plus a learned residual, which leaves light alone: how bright eyes
    are by the cameras it learned from is no reason to change another's. The condition ``[B, D + 12, S/16, S/16]`` is
    features of the photograph, then its light correction.
    """

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__(spec)
        widths = [spec.width * factor for factor in WIDTHS]
        dim = widths[2]
        self.image_condition = ImageCondition(dim)
        self.light = LightCorrection(spec.width)
        self.time = TimeEmbedding(dim)
        self.sharpening = Sharpening(dim)
        self.pooled = nn.Linear(dim, dim)
        self.unet = GatedUNet(widths, BLOCKS, dim, 3 * PATCH**2)
        self.fuse = nn.Conv2d(dim, widths[FUSED_STAGE], 1)
        self.bottleneck = StochasticBottleneck(widths[-1], spec.latent_dim)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        side = self.spec.image_size // 32
        return (self.spec.latent_dim, side, side)

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        features: Tensor = self.image_condition(photograph, scores)
        field = F.interpolate(self.light(photograph), features.shape[-2:], mode="bilinear")
        return torch.cat([features, field.to(features)], dim=1)

    def relit(self, x_t: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """``x_t`` with what is left of the photograph's light correction, ``[B, 3, S, S]``."""
        field = condition[:, -AFFINE:]
        if not self.light.embedding.requires_grad:
            field = field.detach()  # a light correction that stays as it is needs no gradient, which would be dear
        return relight(x_t, remaining(field, bridge_schedule(self.spec).at(t, x_t).noise))

    def sharpened(self, x_t: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """``x_t`` with its blur undone, then relit, ``[B, 3, S, S]``: all that is linear."""
        return self._sharpened(x_t, t, condition, self._embedding(t, condition))

    def _sharpened(self, x_t: Tensor, t: Tensor, condition: Tensor, embedding: Tensor) -> Tensor:
        return self.relit(self.sharpening(x_t, embedding), t, condition)

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        embedding = self._embedding(t, condition)
        relit = self._sharpened(x_t, t, condition, embedding)
        x, skips = self.unet.encode(relit, embedding, {FUSED_STAGE: self.fuse(condition[:, :-AFFINE])})
        x, mu, log_variance = self.bottleneck(x, latent_noise)
        detail = F.pixel_shuffle(self.unet.decode(x, skips, embedding), PATCH)
        return Output(relit + without_light(detail), mu, log_variance)

    def _embedding(self, t: Tensor, condition: Tensor) -> Tensor:
        """Time and the photograph as a whole, ``[B, E]``."""
        embedding: Tensor = self.time(t) + self.pooled(condition[:, :-AFFINE].mean(dim=(2, 3)))
        return embedding
