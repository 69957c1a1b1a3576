"""The paper's restorer: static condition, bilinear fusion by addition, exchangeable backbone (sections 2.3 to 2.5)."""

import torch
from torch import Tensor

from retinaregen_core.nets.backbones import BACKBONES
from retinaregen_core.nets.contract import Output, Restorer
from retinaregen_core.nets.extractor import CONDITION_DIM, TRUNKS, AttentionExtractor, map_side
from retinaregen_core.nets.fusion import Fusion
from retinaregen_core.specs import RestorerSpec, lookup


class PaperRestorer(Restorer):
    """``output = backbone(x_t + weight * resize(project(c)), t)``.

    ``c`` is a stored tensor: the mean, over all readable training photographs, of the extractor's features, so the
    extractor itself need not ship. It is added to the network's input only; ``x_t`` stays unconditioned between steps.
    With ``spec.condition = "dynamic"`` it is the extractor's answer to each photograph instead.
    """

    static_condition: Tensor

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__(spec)
        self.backbone = lookup(BACKBONES, spec.backbone, "backbone")(spec)
        self.fusion = Fusion(spec.resize, spec.weighting, lookup(TRUNKS, spec.extractor, "extractor").stride)
        if spec.condition == "dynamic":
            self.extractor = AttentionExtractor(spec.extractor)
        else:
            side = map_side(spec.extractor, spec.image_size)
            self.register_buffer("static_condition", torch.zeros(1, CONDITION_DIM, side, side))

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return self.backbone.latent_shape

    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        """The stored ``[1, 256, h, w]``, as in the paper, or the photographs' own ``[B, 256, h, w]``."""
        if self.spec.condition == "dynamic":
            features: Tensor = self.extractor(photograph)
            return features
        return self.static_condition

    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        output: Output = self.backbone(self.fusion(x_t, condition, t), t, latent_noise)
        return output
