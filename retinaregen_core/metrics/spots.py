"""Whether small bright spots of a photograph are still as bright after it was restored: what looks like dust may be a
lesion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

WEAKENED = 0.6
"""A spot that stands out by less than this share of what it did before, by any measure, was weakened."""
DEFINITION = (
    "Small bright spots of the upload (dust, lesions, or mere texture) of whose height above the ground around them "
    f"the restored picture shows less than {WEAKENED:.0%}, in grey levels and relative to that ground."
)


class Weakened(NamedTuple):
    """A spot of the photograph that stands out less in the restored picture; pixels of the framed square."""

    x: float
    y: float
    radius: float
    """Of the circle of the same area."""
    left: float
    """Share of its prominence that is left, in [0, :data:`WEAKENED`)."""


@dataclass(frozen=True)
class Spots:
    """What became of the photograph's spots, see :data:`DEFINITION`."""

    found: int
    weakened: tuple[Weakened, ...]
    """Those that lost most first."""


def fading(labels: np.ndarray, before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> Spots:
    """Compare how far both pictures stand out at the spots of the first.

    Args:
        labels: int ``[S, S]``, 0 for the ground, 1 to n in each of n spots.
        before: the photograph's prominence by one measure or several, float32 ``[S, S]`` each, above 0 in the spots.
        after: that of the restored picture.
    """
    rows, columns = np.nonzero(labels)
    number, count = labels[rows, columns], int(labels.max())

    def summed(values: np.ndarray) -> np.ndarray:
        """Over each spot, float64 ``[n]``."""
        return np.bincount(number, values, count + 1)[1:]

    size, x, y = (summed(values) for values in (np.ones(len(number)), columns, rows))
    shares = [summed(now[rows, columns]) / summed(was[rows, columns]) for was, now in zip(before, after, strict=True)]
    left = np.max(shares, axis=0) if count else size
    weakened = [
        Weakened(float(x[n] / size[n]), float(y[n] / size[n]), float(np.sqrt(size[n] / np.pi)), float(left[n]))
        for n in np.flatnonzero(left < WEAKENED)
    ]
    return Spots(count, tuple(sorted(weakened, key=lambda spot: spot.left)))
