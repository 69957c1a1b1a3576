"""What a run yields: frozen records that the page, the command line, the evaluation and the report all read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from retinaregen_core.calibration import Calibration
from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.landmarks import Landmarks
from retinaregen_core.metrics.similarity import Similarity
from retinaregen_core.metrics.spots import Spots
from retinaregen_core.metrics.structure import Structure
from retinaregen_core.specs import LABELS

SYMMETRIC = 0.9
"""Of :attr:`Readability.symmetry`: kaleidoscopes have 0.94 or more, 4,683 photographs as they came 0.84 at most.
Overexposed or covered ones may have more; these fail the first label."""


@dataclass(frozen=True)
class Readability:
    """Four calibrated probabilities of being readable, in the order of ``LABELS`` (paper section 2.2)."""

    fundus: float
    macula: float
    optic_disc: float
    retina: float
    thresholds: tuple[float, float, float, float]
    """The checkpoint's operating point, one per label."""
    unfamiliarity: float | None = None
    """Distance from the training photographs, 1 being the checkpoint's limit; None where it cannot tell."""
    share: float | None = None
    """How much of the field of view can be read, in [0, 1], place by place; None where nothing tells."""
    symmetry: float | None = None
    """How like its own mirror image the picture is, 1 being the same; None where nobody looked."""

    @property
    def symmetric(self) -> bool:
        """Whether it is too like its mirror image for an eye that can be read."""
        return self.symmetry is not None and self.symmetry > SYMMETRIC

    @property
    def familiar(self) -> bool:
        """Whether the picture is like those that the classifier was trained on, or nothing says that it is not."""
        return self.unfamiliarity is None or self.unfamiliarity <= 1

    @property
    def credible(self) -> bool:
        """Whether the scores may be believed: the classifier knows pictures like this one, and an eye may look so."""
        return self.familiar and not self.symmetric

    @property
    def probabilities(self) -> tuple[float, float, float, float]:
        """The four values in [0, 1]."""
        return self.fundus, self.macula, self.optic_disc, self.retina

    @property
    def readable_labels(self) -> tuple[bool, ...]:
        """Which labels reach their threshold."""
        return tuple(p >= threshold for p, threshold in zip(self.probabilities, self.thresholds, strict=True))

    @property
    def readable(self) -> bool:
        """Whether all four labels do, and the scores are :attr:`credible`."""
        return all(self.readable_labels) and self.credible


class Assessment(NamedTuple):
    """What one look at a framed photograph says."""

    scores: Readability
    likely: np.ndarray | None
    """How likely macula and optic disc lie at each place, float32 ``[2, g, g]``; None where nothing tells."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Where the labels looked, and where the eye's landmarks lie; everything in the framed square."""

    maps: np.ndarray
    """float32 ``[4, h, w]``, in the order of ``LABELS``: logits whose mean is the label's calibrated logit."""
    landmarks: Landmarks
    readable: np.ndarray | None = None
    """float32 ``[g, g]`` in [0, 1]: the probability that a place can be read; None where nothing tells."""


@dataclass(frozen=True)
class Verdict:
    """What a restoration did to the labels; each field names some of ``LABELS``, all empty: readable and still so."""

    lowered: tuple[str, ...]
    still_unreadable: tuple[str, ...]
    became_readable: tuple[str, ...]

    @classmethod
    def of(cls, before: Readability, after: Readability) -> "Verdict":
        """Compare label by label."""
        rows = list(zip(LABELS, before.readable_labels, after.readable_labels, strict=True))
        return cls(
            tuple(label for label, was, now in rows if was and not now),
            tuple(label for label, was, now in rows if not was and not now),
            tuple(label for label, was, now in rows if now and not was),
        )


@dataclass(frozen=True)
class StepInfo:
    """One entry of the kept trajectory; see :class:`DenoisingStep`."""

    index: int
    total: int
    t: int
    noise_level: float


@dataclass(frozen=True)
class StepScores:
    """What the picture of one step scores, measured as the result is: pasted back, at the upload's size."""

    readability: Readability
    change: Mapping[str, float | None]
    """Rows of ``SIMILARITIES`` against the upload: how much was altered so far."""
    quality: Mapping[str, float | None] | None
    """The same rows against the reference; ``None`` without one."""


@dataclass(frozen=True)
class Metrics:
    """Change is how much was altered; only quality, which needs a reference, says how good the result is."""

    change: Similarity
    """Restored picture against the upload."""
    quality: Similarity | None
    """Restored picture against the reference."""
    input_quality: Similarity | None
    """Upload against the reference."""


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make the same picture again."""

    name: str
    repository: str | None
    commit: str | None
    sha256: str
    """Of the restorer's ``model.safetensors``."""
    verified: bool
    licence: str
    readability_sha256: str
    calibration_sha256: str
    """Of the classifier's ``config.json``: probabilities and thresholds come from both."""
    seed: int
    steps: int
    """Steps walked."""
    strength: float
    """Share of the way back that was walked, in (0, 1]."""
    samples: int
    """Restorations whose mean this is."""
    device: str
    versions: Mapping[str, str]
    seconds: float
    """From the opened upload to the finished result, pauses of whoever drains the stream included."""


class Damage(NamedTuple):
    """What was last done to a photograph on purpose, so that its restoration can be held against what it was."""

    kind: str
    """A key of ``imaging.degrade.KINDS``."""
    seed: int


@dataclass(frozen=True, eq=False)
class Framed:
    """A restoration in the square around the field of view: what its maps are drawn from, however large the upload."""

    photograph: np.ndarray
    """uint8 ``[S, S, 3]`` in [0, 255]."""
    restored: np.ndarray
    """uint8 ``[S, S, 3]``."""
    mask: np.ndarray
    """bool ``[S, S]``: the field of view."""


@dataclass(frozen=True, eq=False)
class Restoration:
    """The finished journey. Pictures are uint8 in [0, 255], at the upload's size or at the working size S."""

    restored: np.ndarray
    """``[H, W, 3]``; bit-identical to ``photograph`` outside the field of view."""
    photograph: np.ndarray
    """``[H, W, 3]``, the decoded upload."""
    before: Readability
    after: Readability
    steps: tuple[np.ndarray, ...]
    """``[S, S, 3]`` each: the guess of the clean picture after every step."""
    step_infos: tuple[StepInfo, ...]
    metrics: Metrics
    structure: Structure
    """Vessels before against after, in the framed square of 512 px."""
    spots: Spots
    """Small bright spots before against after, in the same square."""
    field_of_view: FieldOfView
    framing: Framing
    provenance: Provenance
    calibration: Calibration | None = None
    """What was learned about these weights from pairs."""
    spread: np.ndarray | None = None
    """Where several samples differ, float32 ``[S, S]`` in the framed square, grey levels; ``None`` of one sample."""
    damage: Damage | None = None
    """``None`` of a photograph as it came: only who damaged it can say so."""

    def framed(self, side: int) -> Framed:
        """Both pictures and the field of view in the square, ``side`` pixels wide."""
        crop = self.framing.crop
        return Framed(crop(self.photograph, side), crop(self.restored, side), self.mask(side))

    def mask(self, side: int) -> np.ndarray:
        """The field of view in that square, bool ``[side, side]``."""
        return self.framing.crop_mask(self.field_of_view.mask, side)


Event = Readability | DenoisingStep | Restoration
"""What :meth:`RetinaRegen.stream` yields."""
