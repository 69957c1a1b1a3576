"""Do no harm: when a restored picture is to be shown with a warning and not to be offered first.

The one place of these rules. The photograph itself stays the default whenever one of them applies. A rule measures
something that speaks against a result and warns beyond a limit; the limits that depend on the weights are chosen on
pairs (``retinaregen evaluate trust``) and stored beside them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from retinaregen_core.metrics.appearance import implausible
from retinaregen_core.metrics.spots import Weakened
from retinaregen_core.records import Readability, Restoration, Verdict

APPEARANCE_SIDE = 256
LIGHT_SIDE = 32
"""Pixels of the square: small enough that detail does not count."""
FELT = 1.0
"""Grey levels: where less light was moved, none was meant to be."""


Kind = Literal["bad", "warn", "good"]


@dataclass(frozen=True)
class Caution:
    """A rule and what it says."""

    measure: Callable[[Restoration], float]
    """More speaks against the result."""
    meaning: str
    limit: float = 0.5
    """Beyond this it warns, where nothing better was learned from pairs; 0.5 for a rule that is true or false."""
    budget: float | None = None
    """Share of unharmed results that it may warn of: what the limit is chosen by; ``None`` when nothing is chosen."""
    counterfeit: bool = False
    """Whether it is there to catch another eye's picture: the limit is chosen between those and unharmed results."""
    kind: Kind = "bad"
    """How grave it is; "warn" where a result is hardly of use rather than wrong."""


REFUSALS = {
    "not_a_fundus": "The picture does not look like a fundus photograph, so no result for it means anything.",
    "unfamiliar": "The picture is unlike the photographs the classifier was trained on: do not rely on its scores.",
    "symmetric": "The picture is nearly its own mirror image, as no readable photograph of an eye is: "
    "do not rely on its scores.",
}
"""Why a picture is refused."""


def _refused(reason: str) -> Caution:
    return Caution(lambda result: float(refusal(result.before) == reason), REFUSALS[reason])


CAUTIONS: dict[str, Caution] = {
    **{reason: _refused(reason) for reason in REFUSALS},
    "less_readable": Caution(
        lambda result: float(bool(Verdict.of(result.before, result.after).lowered)),
        "A region that was readable before is not readable any more.",
    ),
    "unfamiliar_after": Caution(
        lambda result: float(result.before.familiar and not result.after.familiar),
        "The restored picture is unlike what the classifier knows: its scores mean nothing.",
    ),
    "symmetric_after": Caution(
        lambda result: float(result.before.credible and result.after.symmetric),
        "The restored picture is nearly its own mirror image: its scores mean nothing.",
    ),
    "vessels_lost": Caution(
        lambda result: _lack(result.structure.kept),
        "Many of the photograph's vessels leave no trace in the restored picture.",
        limit=0.4,
        budget=0.01,
        counterfeit=True,
    ),
    "vessels_invented": Caution(
        lambda result: _lack(result.structure.supported),
        "Many of the restored vessels have no trace in the photograph.",
        limit=0.15,
        budget=0.01,
        counterfeit=True,
    ),
    "implausible": Caution(
        lambda result: float(_looks_wrong(result)),
        "Light or colours are not those of a fundus photograph.",
    ),
    "vessels_faded": Caution(
        lambda result: result.structure.faded or 0.0,
        "Many vessels are fainter in the restored picture than in the photograph.",
        limit=0.6,
        budget=0.02,
        kind="warn",
    ),
    "light_nudged": Caution(
        lambda result: _nudge(result),
        "Light and colours were moved by a little only, which may be further from the truth than the photograph.",
        limit=1 / 6,
        budget=0.04,
        kind="warn",
    ),
    "hardly_changed": Caution(
        lambda result: result.metrics.change.psnr_fov,
        "Next to nothing was changed: the photograph itself is the better choice.",
        limit=48.0,
        budget=0.08,
        kind="warn",
    ),
}
"""In order of weight."""


@dataclass(frozen=True)
class Finding:
    """One line of what to make of a result."""

    kind: Kind
    name: str
    """Row of :data:`CAUTIONS` or of ``report.sentences.FINDINGS``."""
    labels: tuple[str, ...] = ()
    """Of ``LABELS``: which ones it is about; empty when it is about the picture."""
    count: int = 0
    """Of what it speaks of, where that is counted."""


SAID_BY_LABELS = ("less_readable",)
"""Rows of :data:`CAUTIONS` that "lowered" says with the labels' names."""


def findings(before: Readability, after: Readability, warnings: Iterable[str], weakened: int = 0) -> Iterator[Finding]:
    """What to make of a result, the worst first, once for page, table and report.

    Of a picture that is refused no label is spoken of: no score of it means anything.

    Args:
        warnings: rows of :data:`CAUTIONS` that apply.
        weakened: small bright spots that are fainter in the restored picture. Nothing speaks against a result from
            which dust was wiped, so this is no caution; but not all of them need be dust.
    """
    changes, refused = Verdict.of(before, after), refusal(before)
    if changes.lowered and not refused:
        yield Finding("bad", "lowered", changes.lowered)
    for name in dict.fromkeys((refused, *warnings)):
        if name and name not in SAID_BY_LABELS:
            yield Finding(CAUTIONS[name].kind, name)
    if refused:
        return
    if weakened:
        yield Finding("warn", "spots_weakened", count=weakened)
    if changes.still_unreadable:
        yield Finding("warn", "still_unreadable", changes.still_unreadable)
    if changes.became_readable and after.credible:
        yield Finding("good", "became_readable", changes.became_readable)
    if after.readable and before.readable:
        yield Finding("good", "stayed_readable")


def refusal(readability: Readability) -> str | None:
    """The row of :data:`REFUSALS` that applies first, if one does."""
    applies = {
        "not_a_fundus": not readability.readable_labels[0],
        "unfamiliar": not readability.familiar,
        "symmetric": readability.symmetric,
    }
    return next((name for name in REFUSALS if applies[name]), None)


def label_kind(scores: Readability, label: int, original: Readability | None = None) -> Kind:
    """How grave what a label, by its place in ``LABELS``, says: "readable" counts for nothing in what is refused.

    Args:
        original: of the photograph, where ``scores`` are of what was made of it.
    """
    if not scores.readable_labels[label]:
        return "bad"
    return "good" if believed(scores, original) else "warn"


def told_share(scores: Readability, original: Readability | None = None) -> float | None:
    """How much of the field of view can be read, in [0, 1]: nothing is said of a picture that is refused.

    Args:
        original: as in :func:`label_kind`.
    """
    return scores.share if believed(scores, original) else None


def believed(scores: Readability, original: Readability | None = None) -> bool:
    """Whether scores say anything: neither they nor those of the ``original`` photograph may be refused. What is made
    of no photograph of an eye is none, however much it looks like one."""
    return not any(refusal(each) for each in (scores, original) if each)


def told_spots(result: Restoration) -> tuple[Weakened, ...]:
    """Small bright spots that are fainter in the restored picture: nothing is said of a picture that is refused."""
    return () if refusal(result.before) else result.spots.weakened


def cautions(result: Restoration) -> tuple[str, ...]:
    """The rows of :data:`CAUTIONS` that apply; none when nothing speaks against the restored picture."""
    limits = result.calibration.limits if result.calibration else {}
    return tuple(name for name, rule in CAUTIONS.items() if rule.measure(result) > limits.get(name, rule.limit))


def _lack(share: float | None) -> float:
    """1 - share; 0 when there is no vessel to share."""
    return 0.0 if share is None else 1 - share


def _nudge(result: Restoration) -> float:
    """The less light was moved, the more, in (0, 1]: a restorer that is sure moves much; 0 when it moved none."""
    mask = result.mask(LIGHT_SIDE)
    before, after = (result.framing.crop(p, LIGHT_SIDE)[mask] for p in (result.photograph, result.restored))
    moved = float(np.abs(after.astype(float) - before).mean()) if mask.any() else 0.0
    return FELT / moved if moved >= FELT else 0.0


def _looks_wrong(result: Restoration) -> bool:
    mask = result.mask(APPEARANCE_SIDE)
    return bool(mask.any() and implausible(result.framing.crop(result.restored, APPEARANCE_SIDE), mask))
