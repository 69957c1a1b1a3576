"""Where the retina is: the bright disc that a fundus camera leaves on a black frame.

The boundary that is not the sensor's own edge is fitted with a circle by trimmed least squares, so notches, marks in the
corners and shadows at the rim do not move it; a disc cut by the sensor keeps its true centre and radius.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from retinaregen_core.errors import FieldOfViewError

WORKING_SIDE = 512
"""Longest side, in pixels, at which the search is made."""
BLACK = 14
"""Grey level below which a frame around the disc is black, JPEG noise included."""
ROUNDS = 12
"""Refinements of the circle; each keeps the points within :data:`TOLERANCE` radii of it."""
TOLERANCE = 0.02
STRAIGHT = 0.25
"""Share of a side that, lying on one straight line, is a cut by the sensor; a disc's own extreme touches 11 %."""


@dataclass(frozen=True)
class FieldOfView:
    """The disc of a photograph, in the photograph's own pixels."""

    mask: np.ndarray
    """bool ``[H, W]``: True where the retina is."""
    centre: tuple[float, float]
    """``(x, y)`` in pixels; may lie outside a photograph that shows a part only."""
    radius: float
    """Pixels."""
    coverage: float
    """Share of the frame that the mask covers, in (0, 1]."""


def find(image: np.ndarray) -> FieldOfView:
    """Find the field of view of uint8 ``[H, W, 3]``; a picture without a black frame is all field of view.

    Raises:
        FieldOfViewError: nothing in the picture is brighter than black.
    """
    height, width = image.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    bright = _bright_component(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    circle = None if bright.mean() > 0.985 else _fit_circle(_outline(bright))
    if circle is None:  # no rim to fit: the whole frame, or a shape that is no disc
        mask = cv2.resize(bright.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)
        x, y = (float(edges[0] + edges[-1]) / 2 for edges in (columns, rows))
        radius = max(len(rows), len(columns)) / 2
        return FieldOfView(mask, ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5), radius / scale, float(mask.mean()))
    x, y, radius = (circle + [0.5, 0.5, 0]) / scale - [0.5, 0.5, 0]
    yy, xx = np.ogrid[:height, :width]
    mask = (xx - x) ** 2 + (yy - y) ** 2 <= radius**2
    mask[: int(rows[0] / scale)] = mask[int(np.ceil((rows[-1] + 1) / scale)) :] = False  # cut by the sensor, then padded
    mask[:, : int(columns[0] / scale)] = mask[:, int(np.ceil((columns[-1] + 1) / scale)) :] = False
    return FieldOfView(mask, (float(x), float(y)), float(radius), float(mask.mean()))


def _bright_component(image: np.ndarray) -> np.ndarray:
    """The largest connected bright area with its holes filled: bool ``[h, w]``."""
    level = cv2.medianBlur(image.max(axis=2), 5)
    rim = np.concatenate([level[0], level[-1], level[:, 0], level[:, -1]])
    background = float(np.percentile(rim, 10))
    threshold = BLACK if background > 60 else max(BLACK, background + 8)  # a bright rim is picture, not background
    bright = cv2.morphologyEx((level > threshold).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright)
    if count < 2 or stats[1:, cv2.CC_STAT_AREA].max() < 0.03 * bright.size:
        raise FieldOfViewError(
            "No bright disc was found: the picture is black or nearly so.",
            "Check that this is a fundus photograph and that the flash fired.",
        )
    largest = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    contours, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros_like(largest), contours, -1, 1, cv2.FILLED).astype(bool)


def _outline(bright: np.ndarray) -> np.ndarray:
    """Points ``[N, 2]`` (x, y) of the outline that do not lie on a straight cut by the frame or the sensor."""
    contours, _ = cv2.findContours(bright.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=len)[:, 0].astype(np.float64)
    kept = np.ones(len(points), bool)
    for axis, other in ((0, 1), (1, 0)):
        for extreme in (points[:, axis].min(), points[:, axis].max()):
            touching = np.abs(points[:, axis] - extreme) <= 1.5
            if np.ptp(points[touching, other]) > STRAIGHT * np.ptp(points[:, other]):
                kept &= ~touching
    return points[kept]


def _fit_circle(points: np.ndarray) -> np.ndarray | None:
    """``(x, y, radius)`` of the circle that most points agree on, or None when they do not agree on one."""
    if len(points) < 40:
        return None
    kept = points
    circle = np.zeros(3)
    for _ in range(ROUNDS):
        system = np.column_stack([2 * kept, np.ones(len(kept))])
        (x, y, rest), *_ = np.linalg.lstsq(system, (kept**2).sum(axis=1), rcond=None)
        circle = np.array([x, y, np.sqrt(max(rest + x**2 + y**2, 1.0))])
        error = np.abs(np.hypot(*(points - circle[:2]).T) - circle[2]) / circle[2]
        kept = points[error <= max(TOLERANCE, float(np.median(error)))]
        if len(kept) < 40:
            return None
    share = len(kept) / len(points)
    spread = np.ptp(kept, axis=0).max() / (2 * circle[2])  # a short arc fixes no circle
    return circle if share > 0.35 and spread > 0.5 else None
