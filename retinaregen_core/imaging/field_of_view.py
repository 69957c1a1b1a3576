"""Where the retina is: the bright disc that a fundus camera leaves on a black frame.

The boundary that is not the sensor's own edge is fitted with a circle by trimmed least squares, so notches, marks in
the corners and shadows at the rim do not move it; a disc cut by the sensor keeps its true centre and radius. Where the
frame is not black, but grey or full of noise, as in photographs whose contrast was equalised, the outline is no circle:
then brighter levels are tried, until the outline of one is nearly all of one circle.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from retinaregen_core.errors import FieldOfViewError

WORKING_SIDE = 512
"""Longest side, in pixels, at which the search is made."""
BLACK = 14
"""Grey level below which the frame around a disc is black, JPEG noise included, in a photograph that is not dark."""
DARKEST = 4
"""The same in the darkest photograph; less than this above the background, nothing is told from noise."""
ROUNDS = 12
"""Refinements of the circle, at most; each keeps the points within :data:`TOLERANCE` radii of it."""
TOLERANCE = 0.02
FULL = 0.985
"""Share of the frame above which the bright area is all of it."""
EDGE = 0.5
"""Pixels from the centres of an outline's pixels, which a circle is fitted to, to where the eye ends."""
SMALLEST = 0.03
"""Share of the frame below which a bright area is a mark or a reflex, not a field of view."""
UNCLEAR, CLEAR = 0.55, 0.8
"""Share of an outline that agrees on a circle: below the first, brighter levels are tried, until one has the
second."""
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Brighter levels, as shares of the way from the black to the brightest tenth."""
SOFT = 3.0
"""Pixels of the Gaussian under which noise of the frame becomes an even grey."""
RIM, FRAME = (0.88, 0.96), (1.04, 1.15)
"""Distances from the centre, in radii, between which a disc's rim and what surrounds it are looked at."""
ARC, WIDE = 0.25, 0.6
"""Least share of a whole circle that a brighter level's outline shows, and least diameter as a share of the short side
of what is not black: an optic disc is no field of view."""
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
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    bright, circle, _ = _clearest(_level(cv2.resize(image, small, interpolation=cv2.INTER_AREA)))
    if circle is None:
        return _without_rim(bright, height, width)
    x, y, radius = (circle[0] + 0.5) / scale - 0.5, (circle[1] + 0.5) / scale - 0.5, (circle[2] + EDGE) / scale
    left, top, w, h = cv2.boundingRect(bright.view(np.uint8))
    mask = np.zeros((height, width), bool)  # a disc cut by the sensor and then padded ends where the bright area ends
    rows = slice(int(top / scale), min(height, math.ceil((top + h) / scale)))
    columns = slice(int(left / scale), min(width, math.ceil((left + w) / scale)))
    _fill_disc(mask[rows, columns], x - columns.start, y - rows.start, radius)
    return FieldOfView(mask, (x, y), radius, _share(mask))


def _without_rim(bright: np.ndarray, height: int, width: int) -> FieldOfView:
    """The bright area itself: the whole frame, or a shape that is no disc."""
    mask = cv2.resize(bright.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).view(bool)
    left, top, w, h = cv2.boundingRect(mask.view(np.uint8))
    centre = (left + (w - 1) / 2, top + (h - 1) / 2)
    return FieldOfView(mask, centre, max(w, h) / 2, _share(mask))


def _share(mask: np.ndarray) -> float:
    return int(np.count_nonzero(mask)) / mask.size


def _fill_disc(mask: np.ndarray, x: float, y: float, radius: float) -> None:
    """Set the pixels of bool ``[H, W]`` within the circle, row by row: 50 megapixels need no array of distances."""
    for row in range(max(0, math.ceil(y - radius)), min(mask.shape[0], math.floor(y + radius) + 1)):
        reach = math.sqrt(radius**2 - (row - y) ** 2)
        mask[row, max(0, math.ceil(x - reach)) : max(0, math.floor(x + reach) + 1)] = True


class _Disc(NamedTuple):
    bright: np.ndarray
    """bool ``[h, w]``: the bright area, its holes filled."""
    circle: tuple[float, float, float] | None
    """``(x, y, radius)`` of the circle that most of its outline agrees on."""
    agreement: float
    """Share of the outline within :data:`TOLERANCE` of that circle; 0 without one."""


def _clearest(level: np.ndarray) -> _Disc:
    """What is brighter than black in uint8 ``[h, w]``; or, where that is no clear disc, than the level where one is.

    Raises:
        FieldOfViewError: nothing is brighter than black.
    """
    black, raised = _thresholds(level)
    usual = _disc(level, black)
    frameless = usual.bright.mean() > FULL and level.max() > BLACK
    if raised > black and not frameless:  # without a frame, a raised level would cut into the retina itself
        usual = _disc(level, raised)
    if usual.agreement >= UNCLEAR:
        return usual
    soft = cv2.GaussianBlur(level, (0, 0), SOFT)
    brightest = float(np.percentile(level[usual.bright], 90))
    least = WIDE * min(cv2.boundingRect(usual.bright.view(np.uint8))[2:]) / 2
    for share in LEVELS:
        with suppress(FieldOfViewError):
            disc = _disc(soft, black + share * (brightest - black), ARC)
            if disc.circle and disc.circle[2] >= least and disc.agreement >= CLEAR:
                halfway = _disc(soft, _halfway(soft, disc.circle, usual.bright), ARC)
                return halfway if halfway.agreement >= CLEAR else disc
    return usual


def _halfway(level: np.ndarray, circle: tuple[float, float, float], near: np.ndarray) -> float:
    """The level between those of the disc's rim and of the frame around it, as far as that is ``near``."""
    y, x = np.ogrid[: level.shape[0], : level.shape[1]]
    radii = np.hypot(x - circle[0], y - circle[1]) / circle[2]
    rim, frame = (level[near & (radii > least) & (radii < most)] for least, most in (RIM, FRAME))
    return (float(np.median(rim)) + float(np.median(frame) if frame.size else 0)) / 2


def _disc(level: np.ndarray, threshold: float, arc: float = 0.0) -> _Disc:
    """The largest area of uint8 ``[h, w]`` above the threshold, and its circle if it shows at least ``arc`` of it."""
    bright = _bright_component(level, threshold)
    outline = np.empty((0, 2)) if bright.mean() > FULL else _outline(bright)
    circle = _fit_circle(outline)
    if circle is None:
        return _Disc(bright, None, 0.0)
    near = _off(outline, circle) <= TOLERANCE
    if np.count_nonzero(near) < arc * 2 * math.pi * circle[2]:
        return _Disc(bright, None, 0.0)
    return _Disc(bright, circle, float(near.mean()))


def _level(image: np.ndarray) -> np.ndarray:
    """Brightest channel of uint8 ``[h, w, 3]``, without single bright pixels: uint8 ``[h, w]``."""
    red, green, blue = cv2.split(image)
    return cv2.medianBlur(cv2.max(cv2.max(red, green), blue), 5)  # many times as fast as numpy's max over channels


def _bright_component(level: np.ndarray, threshold: float) -> np.ndarray:
    """The largest connected area of uint8 ``[h, w]`` above the threshold, its holes filled: bool of that shape."""
    bright = cv2.morphologyEx((level > threshold).view(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright)
    if count < 2 or stats[1:, cv2.CC_STAT_AREA].max() < SMALLEST * bright.size:
        raise FieldOfViewError(
            "No bright disc was found: the picture is black or nearly so.",
            "Check that this is a fundus photograph and that the flash fired.",
        )
    largest = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    contours, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled: np.ndarray = cv2.drawContours(np.zeros_like(largest), contours, -1, 1, cv2.FILLED)
    return filled.view(bool)


def _thresholds(level: np.ndarray) -> tuple[float, float]:
    """Grey levels of uint8 ``[h, w]`` that are no longer black, lower in a photograph that is dark itself; the second
    where the frame is not quite black."""
    rim = np.concatenate([level[0], level[-1], level[:, 0], level[:, -1]])
    background = float(np.percentile(rim, 10))
    black = float(np.clip(np.percentile(level, 95) / 4, DARKEST, BLACK))
    return black, black if background > 60 else max(black, background + 0.6 * black)  # a bright rim is picture


def _outline(bright: np.ndarray) -> np.ndarray:
    """Points ``[N, 2]`` (x, y) of the outline that do not lie on a straight cut by the frame or the sensor."""
    contours, _ = cv2.findContours(bright.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=len)[:, 0].astype(np.float64)
    kept = np.ones(len(points), bool)
    for axis, other in ((0, 1), (1, 0)):
        for extreme in (points[:, axis].min(), points[:, axis].max()):
            touching = np.abs(points[:, axis] - extreme) <= 1.5
            if np.ptp(points[touching, other]) > STRAIGHT * np.ptp(points[:, other]):
                kept &= ~touching
    return points[kept]


def _off(points: np.ndarray, circle: Sequence[float] | np.ndarray) -> np.ndarray:
    """How far ``[N, 2]`` points lie off the line of a circle ``(x, y, radius)``, in radii: ``[N]``."""
    distances: np.ndarray = np.hypot(*(points - circle[:2]).T)
    return np.abs(distances - circle[2]) / circle[2]


def _fit_circle(points: np.ndarray) -> tuple[float, float, float] | None:
    """``(x, y, radius)`` of the circle that most points agree on, or None when they do not agree on one."""
    if len(points) < 40:
        return None
    circle, agree = np.zeros(3), np.ones(len(points), bool)
    for _ in range(ROUNDS):
        kept = points[agree]
        system = np.column_stack([2 * kept, np.ones(len(kept))])
        (x, y, rest), *_ = np.linalg.lstsq(system, (kept**2).sum(axis=1), rcond=None)
        circle = np.array([x, y, np.sqrt(max(rest + x**2 + y**2, 1.0))])
        error = _off(points, circle)
        before, agree = agree, error <= max(TOLERANCE, float(np.median(error)))
        if np.count_nonzero(agree) < 40:
            return None
        if np.array_equal(agree, before):  # so the next circle would be this one
            break
    kept = points[agree]
    share = len(kept) / len(points)
    spread = np.ptp(kept, axis=0).max() / (2 * circle[2])  # a short arc fixes no circle
    return (float(circle[0]), float(circle[1]), float(circle[2])) if share > 0.35 and spread > 0.5 else None
