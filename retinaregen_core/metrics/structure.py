"""Whether two pictures of one eye show the same vessels; a readable picture with other vessels is no restoration."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

TOLERANCE = 2
"""Pixels at 512 by which a vessel may lie beside its counterpart: filters at different sharpness differ by that."""
TRACE = 3.0
"""Deviations of the noise: too little to call it a vessel, enough to say that one may have been there."""
KEPT, LOST, NEW = 1, 2, 3
"""Values of :attr:`Structure.changes`."""

DEFINITIONS = {
    "dice": "Vessels, 2 |A and B| / (|A| + |B|) in [0, 1]; low as well when the restored picture merely shows more.",
    "kept": "Share of the upload's vessels that leave a trace in the restored picture; low when wiped away.",
    "supported": "Share of the restored picture's vessels that leave a trace in the upload; low when invented.",
    "faded": "Share of the upload's vessels of which the restored picture shows no more than a trace.",
}
"""What the numbers of :class:`Structure` mean, for reports."""


@dataclass(frozen=True, eq=False)
class Structure:
    """Agreement of the vessels before and after, see :data:`DEFINITIONS`; ``None`` when there is no vessel to share."""

    dice: float | None
    kept: float | None
    supported: float | None
    faded: float | None
    changes: np.ndarray
    """uint8 ``[S, S]``: :data:`KEPT`, :data:`LOST` (no trace after) and :data:`NEW` (no trace before), else 0."""


def dice(a: np.ndarray, b: np.ndarray) -> float | None:
    """Overlap of two bool maps of one shape; ``None`` when both are empty."""
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 2 * int(np.count_nonzero(a & b)) / total if total else None


class Vessels(NamedTuple):
    """What was found in one picture."""

    found: np.ndarray
    """bool ``[S, S]``."""
    response: np.ndarray
    """float32 ``[S, S]``: vesselness in deviations of the noise."""


def agreement(photograph: Vessels, restored: Vessels) -> Structure:
    """Compare the vessels of a photograph with those of its restoration: each has to leave a trace in the other."""
    before, after = photograph.found, restored.found
    kept, supported = before & _traces(restored), after & _traces(photograph)
    changes = np.zeros(before.shape, np.uint8)
    changes[after & supported | kept] = KEPT
    changes[before & ~kept] = LOST
    changes[after & ~supported] = NEW
    shares = _share(kept, before), _share(supported, after), _share(kept & ~_near(after), before)
    return Structure(dice(before, after), *shares, changes)


def _traces(vessels: Vessels) -> np.ndarray:
    """Where a picture shows at least a trace of a vessel within the tolerance: bool ``[S, S]``."""
    return _near(vessels.found | (vessels.response >= TRACE))


def _near(shown: np.ndarray) -> np.ndarray:
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * TOLERANCE + 1, 2 * TOLERANCE + 1))
    return cv2.dilate(shown.view(np.uint8), window).view(bool)


def _share(part: np.ndarray, whole: np.ndarray) -> float | None:
    total = int(np.count_nonzero(whole))
    return int(np.count_nonzero(part)) / total if total else None
