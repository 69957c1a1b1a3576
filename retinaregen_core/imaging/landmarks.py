"""Where optic disc and macula lie: bright disc on which vessels converge, dark spot beside it.

Everything happens on the framed photograph reduced to 128 px. The disc is the peak of two standardised maps: how much
brighter a disc-sized window is than its surroundings, and how many directions of long vessels meet there (the idea of
Hoover and Goldbaum 2003, fuzzy convergence). The macula is looked for where published eyes have it, seen from the disc.
Where a network has an idea of both, as :mod:`retinaregen_core.nets.local_readability` has, its coarse maps count, too:
a disc that nobody can see is still looked for where its vessels come from.
"""

import math
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean

SIDE = 128
DISC_RADIUS = 0.075
"""Of the optic disc, as a share of the frame's side; a disc diameter is twice that."""
DIRECTIONS = 12
REACH = 15
"""Pixels at 128 to either side over which a vessel votes along its direction."""
DISC_TO_MACULA = (0.37, 0.11)
"""Distance in frame sides and slope (downward per sideways) from disc to fovea: medians of the published ADAM, IDRiD
and REFUGE positions (n = 1,581)."""
CONFIDENT = 0.25
"""Confidence from which on a place is to be relied on; see ``retinaregen evaluate landmarks``."""
DISC_HINT, MACULA_SHADE = 1.2, 0.8
"""Weights beside each other: of the log-probability that the disc lies there beside both standardised maps, and of the
standardised darkness beside the macula's log-probability. Chosen on 600 photographs of validation patients, two thirds
of them damaged, where the choice mattered little between 0.8 and 4, and 0.2 and 0.8."""
RIM = 3
"""Pixels at 128 along the edge of the field of view in which nothing is looked for."""
LEAST_LIKELY = 1e-3
"""Of all places together: what is less likely is not ruled out."""
MACULA_SEARCH = 0.09
"""Radius around the expected place, as a share of the side, in which the darkest spot is the macula."""
MACULA_DARKNESS = 0.2
"""Share of green light that a macula lacks beside its surroundings, from which on nothing speaks against it. Half of
the sharp photographs come near it; 0.03 is usual where the spot was painted over, 0.05 in noise. (How far it stands out
from the next darkest spot tells neither: areas under the ROC curve 0.72 and 0.53, here 0.91; 90 photographs.)"""


class Landmark(NamedTuple):
    """A place in the frame."""

    x: float
    """Share of the frame's side from its left edge, in [0, 1]."""
    y: float
    """From its top edge."""
    confidence: float
    """In [0, 1], no probability. Disc: how far the best place stands above the second best. Macula: that, and how dark
    it is, see :data:`MACULA_DARKNESS`."""


class Landmarks(NamedTuple):
    """Both places."""

    disc: Landmark
    macula: Landmark


def locate(image: np.ndarray, mask: np.ndarray, likely: np.ndarray | None = None) -> Landmarks:
    """Find disc and macula; two places are always named, the confidence says how sure.

    Args:
        image: uint8 ``[S, S, 3]`` RGB, framed.
        mask: bool ``[S, S]``, the field of view.
        likely: float32 ``[2, g, g]``: how likely the macula, and how likely the disc, lies at each place of the frame;
            each sums to 1. None: the picture alone tells.
    """
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    inside = cv2.resize(mask.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.5
    allowed = _eroded(inside, RIM)
    light = small.mean(axis=2)
    both, radius = np.dstack([light, small[..., 1]]), DISC_RADIUS * SIDE
    centre, around = (local_mean(both, inside, radius * share) for share in (0.5, 3))
    macula_hint, disc_hint = (None, None) if likely is None else map(_hint, likely)
    disc = _disc(centre[..., 0] - around[..., 0], _convergence(small[..., 1], inside, allowed), allowed, disc_hint)
    return Landmarks(disc, _macula(centre[..., 1], around[..., 1], allowed, disc, macula_hint))


def _hint(likely: np.ndarray) -> np.ndarray:
    """Probabilities ``[g, g]`` -> their logarithm beside an even one, float32 ``[128, 128]``."""
    smooth = cv2.resize(likely, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    hint: np.ndarray = np.log(likely.size * (np.maximum(smooth, 0) + LEAST_LIKELY))
    return hint


def _disc(bright: np.ndarray, met: np.ndarray, allowed: np.ndarray, hint: np.ndarray | None) -> Landmark:
    """Where disc-sized windows are brighter than their surroundings and vessels meet."""
    radius = DISC_RADIUS * SIDE
    around = cv2.GaussianBlur(met, (0, 0), radius / 2)
    score = _standardised(bright, allowed) + _standardised(around, allowed)
    return _peak(score if hint is None else score + DISC_HINT * hint, allowed, 2 * radius)


def _convergence(green: np.ndarray, inside: np.ndarray, core: np.ndarray) -> np.ndarray:
    """In how many directions a long dark line runs through each pixel: float32 ``[128, 128]``."""
    relative = np.where(inside, green / np.maximum(local_mean(green, inside, 5.0), 1) - 1, 0).astype(np.float32)
    smooth = cv2.GaussianBlur(relative, (0, 0), 1.0)
    xx, yy, xy = (cv2.Sobel(smooth, -1, dx, dy) for dx, dy in ((2, 0), (0, 2), (1, 1)))
    total = np.zeros(green.shape, np.float32)
    for angle in (math.pi * index / DIRECTIONS for index in range(DIRECTIONS)):
        right, down = math.cos(angle), math.sin(angle)
        dark = np.maximum(down**2 * xx - 2 * right * down * xy + right**2 * yy, 0) * core
        total += np.sqrt(_mean_along(dark, angle))  # many directions count more than one strong one
    return total


def _mean_along(values: np.ndarray, angle: float) -> np.ndarray:
    """Of each pixel's line: float32 ``[H, W]``. Its pixels are added one by one, as a square window is mostly empty."""
    height, width = values.shape
    wide = cv2.copyMakeBorder(values, REACH, REACH, REACH, REACH, cv2.BORDER_REFLECT_101)
    total, line = np.zeros((height, width), np.float32), _line(angle)
    for down, right in line:
        total += wide[down : down + height, right : right + width]
    return np.asarray(total / len(line))


@cache
def _line(angle: float) -> list[tuple[int, int]]:
    """The pixels (row, column) of a line through the middle of a square of 2 :data:`REACH` + 1 pixels."""
    window = np.zeros((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    right, down = round(REACH * math.cos(angle)), round(REACH * math.sin(angle))
    cv2.line(window, (REACH - right, REACH - down), (REACH + right, REACH + down), 1, 1)
    return [(int(row), int(column)) for row, column in np.argwhere(window)]


def _macula(
    centre: np.ndarray, around: np.ndarray, allowed: np.ndarray, disc: Landmark, hint: np.ndarray | None
) -> Landmark:
    """The darkest spot near the expected place; of the two sides the one that lies nearer to the frame's centre.

    Args:
        centre, around: green light of small windows and of wide ones around each pixel, float32 ``[128, 128]``.
        allowed: bool ``[128, 128]``.
        disc: where the disc lies.
        hint: of :func:`_hint`; with one, the darkest likely spot.
    """
    if hint is not None and allowed.any():
        shade = _standardised(around - centre, allowed)
        return _spot(MACULA_SHADE * shade + hint, allowed, centre, around, disc)
    distance, slope = DISC_TO_MACULA
    sideways = distance if disc.x < 0.5 else -distance
    x, y = disc.x + sideways, disc.y + slope * distance
    near = allowed & _within(x, y, MACULA_SEARCH)
    if not near.any():
        return Landmark(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0), 0.0)
    return _spot(around - centre, near, centre, around, disc)


def _spot(score: np.ndarray, allowed: np.ndarray, centre: np.ndarray, around: np.ndarray, disc: Landmark) -> Landmark:
    """The best allowed pixel as a macula, which is to be relied on as far as it is dark and its disc is sure."""
    row, column = _highest(score, allowed)
    darkness = 1 - float(centre[row, column]) / max(float(around[row, column]), 1.0)
    confidence = disc.confidence * min(max(darkness / MACULA_DARKNESS, 0.0), 1.0)
    return Landmark((column + 0.5) / SIDE, (row + 0.5) / SIDE, confidence)


def _within(x: float, y: float, radius: float) -> np.ndarray:
    places = np.arange(SIDE) + 0.5
    down, sideways = places[:, None] - y * SIDE, places - x * SIDE
    near: np.ndarray = down**2 + sideways**2 <= (radius * SIDE) ** 2
    return near


def _peak(score: np.ndarray, allowed: np.ndarray, apart: float) -> Landmark:
    """The highest allowed pixel, and how far it stands above all that are ``apart`` pixels away."""
    masked = np.where(allowed, score, -np.inf)
    row, column = _highest(score, allowed)
    x, y = (column + 0.5) / SIDE, (row + 0.5) / SIDE
    rest = masked[~_within(x, y, apart / SIDE)]
    best, second = float(masked[row, column]), float(rest.max(initial=-np.inf))
    margin = 1 - max(second, 0.0) / best if best > 0 else 0.0
    return Landmark(x, y, max(margin, 0.0))


def _highest(score: np.ndarray, allowed: np.ndarray) -> tuple[int, int]:
    """Row and column."""
    row, column = np.unravel_index(int(np.argmax(np.where(allowed, score, -np.inf))), score.shape)
    return int(row), int(column)


def _eroded(inside: np.ndarray, pixels: int) -> np.ndarray:
    window = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    eroded = cv2.erode(inside.astype(np.uint8), window, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return eroded.astype(bool)


def _standardised(score: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    values = score[allowed]
    if not values.size:
        return np.zeros_like(score)
    standard: np.ndarray = (score - values.mean()) / max(float(values.std()), 1e-6)
    return standard
