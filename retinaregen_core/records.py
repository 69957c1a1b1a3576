"""What a run yields: frozen records that the page, the command line, the evaluation and the report all read."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.metrics.similarity import Similarity


@dataclass(frozen=True)
class Readability:
    """Four calibrated probabilities of being readable, in the order of ``LABELS`` (paper section 2.2)."""

    fundus: float
    macula: float
    optic_disc: float
    retina: float
    thresholds: tuple[float, float, float, float]
    """The checkpoint's operating point, one per label."""

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
        """Whether all four labels do."""
        return all(self.readable_labels)


@dataclass(frozen=True)
class StepInfo:
    """One entry of the kept trajectory; see :class:`DenoisingStep`."""

    index: int
    total: int
    t: int
    noise_level: float


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
    seed: int
    steps: int
    """Steps walked."""
    device: str
    versions: Mapping[str, str]
    seconds: float
    """From the opened upload to the finished result, pauses of whoever drains the stream included."""


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
    field_of_view: FieldOfView
    framing: Framing
    provenance: Provenance


Event = Readability | DenoisingStep | Restoration
"""What :meth:`RetinaRegen.stream` yields."""
