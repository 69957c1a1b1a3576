"""What a checkpoint is: frozen, plain values that are stored as ``config.json`` beside the weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from retinaregen_core.errors import SpecError

LABELS = ("fundus", "macula", "optic_disc", "retina")
"""The four readability labels, in the order of every tensor, table and page (paper section 2.2)."""

CONDITIONS = ("static", "dynamic")
"""The paper's condition, and the one that it leaves to future work (section 4)."""

LAST_SEED = 2**64 - 1
"""What torch's generators take."""

T = TypeVar("T")


@dataclass(frozen=True)
class RestorerSpec:
    """Everything that changes a restorer's weights or what they mean.

    Values that the paper does not give carry our defaults (README, "Reading of the paper").
    """

    restorer: str = "paper"
    """Row of ``RESTORERS``: the network."""
    backbone: str = "vae"
    """Row of ``BACKBONES`` (paper restorer)."""
    extractor: str = "resnet34"
    """Row of ``TRUNKS`` for the condition (paper restorer)."""
    resize: str = "bilinear"
    """Row of ``RESIZERS``: first factor of the fusion."""
    weighting: str = "static"
    """Row of ``WEIGHTINGS``: second factor of the fusion."""
    condition: str = "static"
    """One of ``CONDITIONS``: pooled once over all readable photographs, or of each photograph (paper restorer)."""
    process: str = "ddpm"
    """Row of ``PROCESSES``: the path between clean and corrupted that the network walks."""
    prediction_type: str = "sample"
    """Row of ``PREDICTION_TYPES``: what the network's output means."""
    betas: str = "linear"
    """Row of ``BETAS``: the noise schedule of the Gaussian processes."""
    num_train_timesteps: int = 1000
    start_timestep: int = 400
    """Where restoration enters the path; the photograph is corrupted to exactly this level."""
    num_steps: int = 20
    """The checkpoint's own default number of reverse steps."""
    image_size: int = 256
    """Working size S in pixels: networks see ``[B, 3, S, S]``."""
    width: int = 32
    """Channels of the finest stage; deeper stages are multiples of it."""
    latent_dim: int = 128
    """Size of the stochastic bottleneck: latent vector (VAE) or latent channels (flagship)."""

    def __post_init__(self) -> None:
        if self.condition not in CONDITIONS:
            raise SpecError(f"Unknown condition {self.condition!r}.", suggest(self.condition, CONDITIONS))
        if self.process == "bridge" and self.prediction_type != "sample":
            raise SpecError(
                f"The bridge starts where no clean signal is left, so prediction_type={self.prediction_type!r} "
                "cannot be turned into a picture there.",
                "Use prediction_type='sample'.",
            )
        if not 0 <= self.start_timestep < self.num_train_timesteps:
            raise SpecError(
                f"start_timestep={self.start_timestep} lies outside 0..{self.num_train_timesteps - 1}.",
                "Choose a start inside the schedule.",
            )


@dataclass(frozen=True)
class ReadabilitySpec:
    """The readability classifier: input size, calibration and operating point.

    Tuples hold one value per label, in the order of ``LABELS``:
    ``probability = sigmoid(slope * logit + intercept)``; readable when ``probability >= threshold``. The first label's
    is ``sigmoid(slope * logit + intercept - doubt * log(max(1, distance)))``, where the ``distance`` from what training
    saw is that of :class:`retinaregen_core.nets.familiarity.Familiarity`, usually 1. Those of the other three are
    ``sigmoid(slope * logit + weight * opinion + intercept)`` with the ``weight`` in ``opinions`` and the opinion of
    :class:`retinaregen_core.nets.local_readability.LocalReadability`.

    Raises:
        SpecError: ``doubt`` is negative, or there are no known photographs that anything could be far from; or it does
            not say whose ``opinions`` are heeded.
    """

    image_size: int = 224
    blur: float = 0.0
    """Standard deviation, in pixels at ``image_size``, of the low-pass filter before the first layer."""
    colour_blur: float = 0.0
    """The same for colour alone, what is left of a pixel without its brightness: JPEG files keep it coarsely."""
    slopes: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    intercepts: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    thresholds: tuple[float, float, float, float] = (0.5, 0.5, 0.5, 0.5)
    specificities: tuple[float | None, ...] = (None, None, None, None)
    """Share of readable regions that reach the threshold, on the validation split; ``None`` when not measured."""
    sensitivities: tuple[float | None, ...] = (None, None, None, None)
    """Share of unreadable regions that stay below it."""
    known_photographs: int = 0
    """How many training photographs the checkpoint remembers the features of; 0: it cannot tell what is unfamiliar."""
    familiar_within: float = 1.0
    """Largest distance from these at which a picture is still familiar."""
    false_alarms: float | None = None
    """Share of validation photographs that lie farther away; ``None`` when not measured."""
    doubt: float = 0.0
    """What the first label loses for each e-fold of distance beyond the usual one, which is 1."""
    local: str | None = None
    """sha256 of the ``model.safetensors`` of the local readability whose opinions are heeded; None: of none."""
    opinions: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Their weights, of all labels but the first."""

    def __post_init__(self) -> None:
        if self.doubt < 0 or (self.doubt and not self.known_photographs):
            text = f"A doubt of {self.doubt:g} with {self.known_photographs} known photographs means nothing."
            raise SpecError(text, "Use doubt 0, or a positive one with known photographs.")
        if any(self.opinions) and self.local is None:
            raise SpecError("Opinions are heeded, and nothing says whose.", "Name the sha256 of the local readability.")


@dataclass(frozen=True)
class LocalSpec:
    """The local readability: which classifier it reads from, and its calibration."""

    classifier: str
    """sha256 of that classifier's ``model.safetensors``: what another one's layers say means something else."""
    channels: int = 1056
    """Of ``nets.readability.PLACES`` together."""
    hidden: int = 128
    slope: float = 1.0
    intercept: float = 0.0
    """``probability = sigmoid(slope * logit + intercept)``."""


@dataclass(frozen=True)
class SamplingOptions:
    """How one restoration is run; the same options, weights and photograph give the same bytes.

    Raises:
        SpecError: ``steps`` or ``samples`` is below 1, ``strength`` outside (0, 1], or a sample's seed outside
            0..:data:`LAST_SEED`.
    """

    steps: int | None = None
    """Reverse steps; the checkpoint's own number when ``None``."""
    seed: int = 0
    """Of all chance in the run, 0 or more."""
    strength: float = 1.0
    """Share of the way back that is walked, in (0, 1]; less begins nearer to the photograph."""
    samples: int = 1
    """Restorations whose mean is the result. They differ in their seeds, ``seed`` and the numbers after it, and in a
    mirroring that is undone; all are walked at once, in the time and memory of so many."""

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise SpecError(f"{self.steps} steps cannot restore anything.", "Ask for at least 1 step.")
        if not 0 < self.strength <= 1:
            text = f"A start strength of {self.strength:g} lies outside 0 to 1."
            raise SpecError(text, "Choose more than 0 and at most 1.")
        if self.samples < 1:
            raise SpecError(f"{self.samples} samples give no picture.", "Ask for at least 1 sample.")
        last = LAST_SEED - (self.samples - 1)
        if not 0 <= self.seed <= last:
            raise SpecError(f"The seed {self.seed} lies outside 0 to {last}.", "Choose a seed in between.")


DEFAULT_OPTIONS = SamplingOptions()


def suggest(key: str, known: Iterable[str]) -> str:
    """'Did you mean ...' and the list of what is known, for error messages."""
    names = sorted(known)
    close = get_close_matches(key, names, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(names)}."


def lookup(table: Mapping[str, T], key: str, kind: str) -> T:
    """``table[key]``, or a :class:`SpecError` that names the nearest known key."""
    if key not in table:
        raise SpecError(f"Unknown {kind} {key!r}.", suggest(key, table))
    return table[key]


def from_config(spec_type: type[T], values: Mapping[str, Any]) -> T:
    """Build a spec from JSON values; a key that it does not have is a :class:`SpecError`."""
    known = {field.name for field in fields(spec_type)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise SpecError(f"Unknown key {key!r} in a {spec_type.__name__}.", suggest(key, known))
    return spec_type(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
