"""Uncertainty of a measured number: the percentile bootstrap over independent groups (patients, photographs)."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

REPLICATES = 1000
LEVEL = 0.95

Statistic = Callable[[np.ndarray], Mapping[str, float]]
"""``rows`` int ``[N]`` (repeats allowed) -> named numbers of these rows; NaN where they give none."""


@dataclass(frozen=True)
class Interval:
    """A measured number and its :data:`LEVEL` bootstrap interval."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """``f"{interval:.2f}"`` -> ``25.10 [24.61, 25.58]``, or a dash when there was nothing to measure."""
        if np.isnan(self.value):
            return "-"
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def bootstrap(statistic: Statistic, groups: Sequence[Hashable], rng: np.random.Generator) -> dict[str, Interval]:
    """Intervals of every number of ``statistic``, drawing whole groups with replacement (Efron 1979).

    Args:
        statistic: see :data:`Statistic`.
        groups: one key per row; rows of one group (a patient's two eyes) are drawn together.
        rng: same state, same intervals.
    """
    members = _members(groups)
    replicates = [statistic(_drawn(members, rng)) for _ in range(REPLICATES)]
    measured = statistic(np.arange(len(groups)))
    return {name: _interval(value, np.array([r[name] for r in replicates])) for name, value in measured.items()}


def _members(groups: Sequence[Hashable]) -> Sequence[np.ndarray] | range:
    """Rows of each group; where every group has one, as of a million patients, just the rows."""
    if len(set(groups)) == len(groups):
        return range(len(groups))
    rows: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    return [np.array(indices) for indices in rows.values()]


def _drawn(members: Sequence[np.ndarray] | range, rng: np.random.Generator) -> np.ndarray:
    """As many groups as there are, drawn with replacement: rows int ``[M]``."""
    groups = rng.integers(len(members), size=len(members))
    return groups if isinstance(members, range) else np.concatenate([members[group] for group in groups])


def _interval(value: float, replicates: np.ndarray) -> Interval:
    """Replicates without a number (a draw of one class only) are left out."""
    finite = replicates[np.isfinite(replicates)]
    if not finite.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def mean(values: np.ndarray) -> float:
    """Mean of the finite ones of float ``[N]``, NaN without any: a PSNR of infinity (equal pictures) never counts."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation of float ``[N]``; ties share their mean rank; NaN where one of them never changes."""
    if not min(np.ptp(a), np.ptp(b)):
        return float("nan")
    ranks = [_ranks(values) for values in (a, b)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])
