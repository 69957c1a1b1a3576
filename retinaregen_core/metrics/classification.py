"""How well a probability tells readable from unreadable, one label at a time.

Everywhere: ``truth`` is float ``[N]`` with 1 (readable), 0 (unreadable) or NaN (nobody looked: left out), ``score`` and
``probability`` are float ``[N]``, higher means more readable. A number that the data cannot give (the AUC of one class
only, the precision of no positive decision) is NaN.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

BINS = 10
"""Equal-width probability bins of the reliability diagram and of the calibration error (Guo et al. 2017)."""


class Confusion(NamedTuple):
    """Counts of the decisions ``probability >= threshold``."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


class Curve(NamedTuple):
    """Points of a curve, float ``[K]`` each, and the threshold that gives each point."""

    x: np.ndarray
    y: np.ndarray
    threshold: np.ndarray


class Reliability(NamedTuple):
    """The non-empty probability bins: mean probability, share that is readable, number of photographs; ``[K]`` each."""

    probability: np.ndarray
    frequency: np.ndarray
    photographs: np.ndarray


@dataclass(frozen=True)
class Classification:
    """One label's numbers, each in [0, 1]; ``ece`` is better when lower, all others when higher."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    auc: float
    ece: float


def known(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labelled part: bool ``[M]`` and float ``[M]``."""
    labelled = ~np.isnan(truth)
    return truth[labelled] == 1, score[labelled]


def confusion(truth: np.ndarray, probability: np.ndarray, threshold: float) -> Confusion:
    """The four counts at one operating point."""
    readable, scores = known(truth, probability)
    called = scores >= threshold
    pairs = ((readable, called), (~readable, called), (~readable, ~called), (readable, ~called))
    return Confusion(*(int(np.sum(is_so & said_so)) for is_so, said_so in pairs))


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve: how often a readable photograph scores above an unreadable one, ties counting half.

    Counted by ranks (Mann and Whitney 1947), which a bootstrap can afford thousands of times.
    """
    readable, scores = known(truth, score)
    above, below = scores[readable], np.sort(scores[~readable])
    wins = (np.searchsorted(below, above, side) for side in ("left", "right"))
    return _ratio(float(sum(np.sum(w) for w in wins)) / 2, above.size * below.size)


def reliability(truth: np.ndarray, probability: np.ndarray) -> Reliability:
    """The reliability diagram over :data:`BINS` equal bins; a calibrated classifier lies on the diagonal."""
    readable, scores = known(truth, probability)
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    used = count > 0
    sums = [np.bincount(bins, weights=values, minlength=BINS)[used] for values in (scores, readable.astype(float))]
    return Reliability(sums[0] / count[used], sums[1] / count[used], count[used])


def calibration_error(truth: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error: mean gap between probability and frequency, weighted by the bins' counts."""
    bins = reliability(truth, probability)
    return _ratio(
        float(np.sum(bins.photographs * np.abs(bins.probability - bins.frequency))), float(bins.photographs.sum())
    )


def classify(truth: np.ndarray, probability: np.ndarray, threshold: float) -> Classification:
    """All numbers of one label; ``probability`` in [0, 1], ``threshold`` is the checkpoint's operating point."""
    counts = confusion(truth, probability, threshold)
    hits, false_alarms, _, misses = counts
    return Classification(
        accuracy=_ratio(hits + counts.true_negative, sum(counts)),
        precision=_ratio(hits, hits + false_alarms),
        recall=_ratio(hits, hits + misses),
        f1=_ratio(2 * hits, 2 * hits + false_alarms + misses),
        auc=auc(truth, probability),
        ece=calibration_error(truth, probability),
    )


def roc(truth: np.ndarray, score: np.ndarray) -> Curve:
    """x: share of the unreadable called readable; y: share of the readable called readable. Both classes needed."""
    false_positive, true_positive, threshold = roc_curve(*known(truth, score))
    return Curve(false_positive, true_positive, threshold)


def precision_recall(truth: np.ndarray, score: np.ndarray) -> Curve:
    """x: recall; y: precision. The last point (recall 0) has no threshold of its own and carries infinity."""
    precision, recall, threshold = precision_recall_curve(*known(truth, score))
    return Curve(recall, precision, np.append(threshold, np.inf))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
