"""What is served of the classifier: four calibrated labels, what they are made of, and what can be read where.

The labels of macula, optic disc and retina heed a second opinion, that of the local readability on the places of the
region: the classifier, trained on labels of whole photographs, takes damage beside a region for damage to it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.errors import SpecError
from retinaregen_core.nets.local_readability import LANDMARKS, LocalReadability, Told
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.specs import ReadabilitySpec


class Judged(NamedTuple):
    """What one look at a batch says."""

    probabilities: Tensor
    """Calibrated, ``[B, 4]``, by the formula of :class:`retinaregen_core.specs.ReadabilitySpec`."""
    unfamiliarity: Tensor | None
    """How unfamiliar each picture is, ``[B]``, more than 1 being farther from the training photographs than
    ``spec.familiar_within``; None if this checkpoint cannot tell."""
    readable: Tensor | None
    """The probability that a place can be read, ``[B, g, g]``; None without a local readability."""
    where: Tensor | None
    """How likely macula and optic disc lie at each place, ``[B, 2, g, g]``; None without one."""


class Looked(NamedTuple):
    """Where a look found what it says."""

    maps: Tensor
    """What speaks for ("readable") and against the four labels, ``[B, 4, h, w]``, coarse: the mean of a map is the
    label's calibrated logit."""
    readable: Tensor | None
    where: Tensor | None
    """Both as in :class:`Judged`."""


class Reader(nn.Module):
    """A classifier, and the local readability that was learned for it.

    Raises:
        SpecError: the classifier's labels heed an opinion, and there is nobody to give it.
    """

    def __init__(self, classifier: ReadabilityClassifier, local: LocalReadability | None = None) -> None:
        super().__init__()
        if any(classifier.spec.opinions) and local is None:
            raise SpecError(
                "The labels of this classifier heed a second opinion, and there is no local readability to give it.",
                "Load it with weights.load_reader, or calibrate the classifier alone: retinaregen train calibration.",
            )
        self.classifier, self.local = classifier, local

    def forward(self, images: Tensor) -> Tensor:
        """Calibrated probabilities ``[B, 4]`` of ``[B, 3, S, S]`` in [-1, 1]."""
        return self.assess(images).probabilities

    def assess(self, images: Tensor) -> Judged:
        """Labels, familiarity and places of ``[B, 3, S, S]`` in [-1, 1], in one pass."""
        read, spec = self.classifier.read(images), self.classifier.spec
        distance, told = self.classifier.distance(read.statistics), self._told(read.places)
        logits = self.classifier.calibrated(self.classifier.network.fc(read.features), distance)
        if told:
            logits = logits + heeded(spec, told.opinions)
        unfamiliarity = None if distance is None else distance / spec.familiar_within
        return Judged(torch.sigmoid(logits), unfamiliarity, *self._placed(told))

    def evidence(self, images: Tensor) -> Looked:
        """What each label is made of, place by place.

        Of the classifier these are class activation maps (Zhou et al. 2016), exact for a pooled and then linear
        network; doubt of the picture as a whole lowers all of the first one. To them comes the second opinion, there
        where the region is thought to lie.
        """
        maps, places = self.classifier.evidence(images)
        told = self._told(places)
        if told:
            maps = _enlarged(maps, told.logits.shape[-1]) + heeded(self.classifier.spec, told.weighed)
        return Looked(maps, *self._placed(told))

    def _told(self, places: Tensor) -> Told | None:
        return self.local(places) if self.local else None

    def _placed(self, told: Told | None) -> tuple[Tensor, Tensor] | tuple[None, None]:
        """The last two fields of an answer."""
        if self.local is None or told is None:
            return None, None
        return self.local.probabilities(told), told.where[:, :LANDMARKS].exp()


def heeded(spec: ReadabilitySpec, opinions: Tensor) -> Tensor:
    """Opinions ``[B, R, ...]`` as what they add to the logits of the four labels, ``[B, 4, ...]``."""
    beyond = opinions.ndim - 2
    weighed = opinions * opinions.new_tensor(spec.opinions).view(-1, *[1] * beyond)
    return F.pad(weighed, (0, 0) * beyond + (1, 0))


def _enlarged(maps: Tensor, side: int) -> Tensor:
    """``[B, L, h, w]`` -> ``[B, L, side, side]``, smooth and of the same means."""
    larger = F.interpolate(maps, (side, side), mode="bilinear")
    return larger + (maps.mean(dim=(2, 3), keepdim=True) - larger.mean(dim=(2, 3), keepdim=True))
