"""Whether small bright spots of a photograph are still as bright after it was restored: what looks like dust may be a
lesion."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

WEAKENED = 0.6
"""A spot that stands out by less than this share of what it did before was weakened."""
DEFINITION = (
    "Small bright spots of the upload, dust or lesions, that the restored picture shows at less than "
    f"{WEAKENED:.0%} of their prominence above the ground around them; left: the share that is left."
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


def fading(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> Spots:
    """Compare how far both pictures stand out at the spots of the first.

    Args:
        labels: int ``[S, S]``, 0 for the ground, 1 to n in each of n spots.
        before: the photograph's prominence, float32 ``[S, S]``.
        after: that of the restored picture.
    """
    weakened = []
    for index in range(1, int(labels.max()) + 1):
        rows, columns = np.nonzero(labels == index)
        left = float(after[rows, columns].mean() / before[rows, columns].mean())
        if left < WEAKENED:
            radius = float(np.sqrt(len(rows) / np.pi))
            weakened.append(Weakened(float(columns.mean()), float(rows.mean()), radius, left))
    return Spots(int(labels.max()), tuple(sorted(weakened, key=lambda spot: spot.left)))
