"""Damage that is put on a chosen region of a sharp photograph, and the rule that says what stays readable.

The rule (project): at the scale of vessels, compare the damaged photograph's local contrast with the sharp one's. A
region is *readable* while it keeps most of that contrast and its pattern still follows the sharp one, *unreadable* once
little is left, and *unknown* (no training signal) in between. Lengths are pixels at 320 px: finer than the
classifier's 224 px, and fast.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from retinaregen_core.imaging.degrade.blur import motion_blur
from retinaregen_core.imaging.degrade.coding import through_jpeg
from retinaregen_core.imaging.landmarks import DISC_TO_MACULA

SIZE = 320
REGION_RADIUS = 35
"""Pixels around the centre of disc or macula that must be seen."""
READABLE_TRANSFER, UNREADABLE_TRANSFER = 0.45, 0.22
READABLE_CORRELATION, UNREADABLE_CORRELATION = 0.75, 0.45
READABLE_AREA, UNREADABLE_AREA = 0.75, 0.5
"""Shares of the retina's tiles that must be readable for the label retina to be 1, or below which it is 0."""
RECOGNISED_AREA = 0.25
"""Share of readable tiles from which on a damaged photograph must still be known as one."""
TILE = 40
SPOTS, CROPPED = 300, 0.85
"""At the worst: spots everywhere, and the share of the photograph that its frame leaves out."""


@dataclass(frozen=True)
class Regions:
    """Where to look: centres ``(x, y)`` in pixels at 320; None where the source does not say."""

    disc: tuple[float, float] | None
    macula: tuple[float, float] | None


def regions_from_disc(disc: tuple[float, float] | None) -> Regions:
    """The macula lies on the far side of the disc, slightly lower."""
    if disc is None:
        return Regions(None, None)
    reach, slope = DISC_TO_MACULA
    sideways = SIZE * reach * (1 if disc[0] < SIZE / 2 else -1)
    return Regions(disc, (disc[0] + sideways, disc[1] + abs(sideways) * slope))


Damage = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
"""``(image float32 [320, 320, 3] in [0, 1], severity in (0, 1], rng) -> `` the picture damaged everywhere."""


def _defocus(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), 0.3 + 7 * severity)


def _motion(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return motion_blur(image, 3 + int(32 * severity), rng)


def _haze(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    veil = rng.uniform(0.3, 0.9) * np.array([1, rng.uniform(0.7, 1), rng.uniform(0.5, 1)], np.float32)
    soft = cv2.GaussianBlur(image, (0, 0), 0.3 + 1.5 * severity)
    return soft * (1 - 0.93 * severity) + veil * (0.93 * severity)


def _shadow(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    dark = image * (1 - 0.97 * severity)
    return dark + rng.normal(0, 0.008 + 0.02 * severity, image.shape).astype(np.float32)


def _glare(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    strength = severity * rng.uniform(0.5, 1.3)
    light = strength * np.array([1, rng.uniform(0.8, 1), rng.uniform(0.6, 1)], np.float32)
    glaring: np.ndarray = image + light
    return glaring


def _noise(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    grain = rng.normal(0, 0.02 + 0.25 * severity, image.shape).astype(np.float32)
    return image + cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.3, 0.8))


def _jpeg(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return through_jpeg(image, int(40 - 38 * severity))


def _occlusion(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    colour = rng.uniform(0, 1) * np.array([1, rng.uniform(0.4, 1), rng.uniform(0.2, 1)], np.float32)
    return image * (1 - min(1, 1.3 * severity)) + colour * min(1, 1.3 * severity)


def _exposure(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Too long, and the bright parts are lost, or too short, and few levels are left."""
    exposed: np.ndarray = image * (1 + 7 * severity if rng.random() < 0.5 else 1 - 0.985 * severity)
    return exposed


def _spots(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Dust or drops on the lens, all of one colour, dark or bright."""
    colour = rng.uniform(0, 1) * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.4, 1)], np.float32)
    cover = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(int(SPOTS * severity)):
        x, y = (int(c) for c in rng.integers(SIZE, size=2))
        cv2.circle(cover, (x, y), int(rng.integers(2, 9)), float(rng.uniform(0.3, 1)), -1)
    soft = cv2.GaussianBlur(cover, (0, 0), 1.5)[..., None]
    spotted: np.ndarray = image * (1 - soft) + colour * soft
    return spotted


DAMAGES: dict[str, Damage] = {
    "defocus": _defocus,
    "motion": _motion,
    "haze": _haze,
    "shadow": _shadow,
    "glare": _glare,
    "noise": _noise,
    "jpeg": _jpeg,
    "occlusion": _occlusion,
    "exposure": _exposure,
    "spots": _spots,
}
"""What can be put on a part of a photograph."""


def crop(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """A photograph that ends too early: of its width or height the share ``CROPPED * severity`` is black."""
    shown = np.zeros((SIZE, SIZE, 1), np.float32)
    shown[int(SIZE * CROPPED * severity) :] = 1
    cropped: np.ndarray = image * np.rot90(shown, int(rng.integers(4)))
    return cropped


WHOLE_DAMAGES: dict[str, Damage] = {"crop": crop}
"""What only happens to all of a photograph."""


def damage(image: np.ndarray, where: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One random damage of random severity inside ``where`` (float32 ``[320, 320]`` in [0, 1]); clipped to [0, 1]."""
    name = str(rng.choice(list(DAMAGES)))
    damaged = DAMAGES[name](image, float(rng.uniform(0.02, 1) ** 1.3), rng)
    weight = where[..., None]
    mixed: np.ndarray = np.clip(image * (1 - weight) + damaged * weight, 0, 1)
    return mixed.astype(np.float32)


def soft_disc(centre: tuple[float, float], radius: float, softness: float) -> np.ndarray:
    """1 inside, 0 outside, blurred edge: float32 ``[320, 320]``."""
    y, x = np.ogrid[:SIZE, :SIZE]
    distance = np.hypot(x - centre[0], y - centre[1]).astype(np.float32)
    edge: np.ndarray = np.clip((radius - distance) / max(softness, 1) + 0.5, 0, 1)
    return edge


def vessel_contrast(image: np.ndarray) -> np.ndarray:
    """Band-passed green channel (about 1 to 8 px) relative to local brightness: float32 ``[320, 320]``."""
    green = image[..., 1]
    background = cv2.GaussianBlur(green, (0, 0), 5)
    return (cv2.GaussianBlur(green, (0, 0), 0.8) - background) / (background + 0.06)


def judge(sharp: np.ndarray, damaged: np.ndarray, mask: np.ndarray, regions: Regions) -> tuple[float | None, ...]:
    """The four labels of a damaged photograph by the module's rule.

    Args:
        sharp, damaged: float32 ``[320, 320, 3]`` in [0, 1].
        mask: bool ``[320, 320]``, the field of view.
    """
    before, after = vessel_contrast(sharp), vessel_contrast(damaged)
    inner = _without_rim(mask)
    verdicts = [_verdict(before[tile], after[tile], inner[tile]) for tile in TILES if inner[tile].mean() > 0.5]
    share = verdicts.count(1.0) / len(verdicts)
    retina = 1.0 if share >= READABLE_AREA else 0.0 if share < UNREADABLE_AREA else None
    everywhere = 1.0 if share > 0.95 else 0.0 if verdicts.count(0.0) / len(verdicts) > 0.9 else None

    def around(centre: tuple[float, float] | None) -> float | None:
        if centre is None:
            return everywhere
        x, y = (int(c) for c in centre)
        window = np.s_[max(y - REGION_RADIUS, 0) : y + REGION_RADIUS, max(x - REGION_RADIUS, 0) : x + REGION_RADIUS]
        return _verdict(before[window], after[window], inner[window])

    fundus = 1.0 if share >= RECOGNISED_AREA else None  # with less there may be nothing left to tell one by
    return fundus, around(regions.macula), around(regions.disc), retina


def judge_places(sharp: np.ndarray, damaged: np.ndarray, mask: np.ndarray, grid: int) -> np.ndarray:
    """Every place of a damaged photograph by the module's rule.

    Args:
        sharp, damaged, mask: as for :func:`judge`.
        grid: places per side; each is judged by the :data:`TILE` around its centre.

    Returns:
        float32 ``[grid, grid]``: 1 readable, 0 not, NaN unknown or outside the field of view.
    """
    before, after, inner = vessel_contrast(sharp), vessel_contrast(damaged), _without_rim(mask)
    found = np.full((grid, grid), np.nan, np.float32)
    for place, around in _seen_places(inner, grid):
        verdict = _verdict(before[around], after[around], inner[around])
        found[place] = np.nan if verdict is None else verdict
    return found


def places_seen(mask: np.ndarray, grid: int) -> np.ndarray:
    """Which places lie in the field of view: bool ``[320, 320]`` -> bool ``[grid, grid]``."""
    found = np.zeros((grid, grid), bool)
    for place, _ in _seen_places(_without_rim(mask), grid):
        found[place] = True
    return found


def _seen_places(inner: np.ndarray, grid: int) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """Row and column of each place in the field of view, and the :data:`TILE` around its centre."""
    corners = [int((index + 0.5) * SIZE / grid) - TILE // 2 for index in range(grid)]
    for row, top in enumerate(corners):
        for column, left in enumerate(corners):
            around = np.s_[max(top, 0) : top + TILE, max(left, 0) : left + TILE]
            if inner[around].mean() > 0.5:
                yield (row, column), around


def _without_rim(mask: np.ndarray) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), np.ones((11, 11), np.uint8)).astype(bool)


TILES = [np.s_[y : y + TILE, x : x + TILE] for y in range(0, SIZE, TILE) for x in range(0, SIZE, TILE)]


def _verdict(before: np.ndarray, after: np.ndarray, where: np.ndarray) -> float | None:
    a, b = before[where], after[where]
    if a.size < 100:
        return None
    a, b = a - a.mean(), b - b.mean()
    energy = float(a @ a) + 1e-9
    transfer, correlation = float(a @ b) / energy, float(a @ b) / np.sqrt(energy * (float(b @ b) + 1e-9))
    if transfer >= READABLE_TRANSFER and correlation >= READABLE_CORRELATION:
        return 1.0
    if transfer <= UNREADABLE_TRANSFER or correlation <= UNREADABLE_CORRELATION:
        return 0.0
    return None
