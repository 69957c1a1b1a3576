"""A drawn fundus photograph that carries its own truth, free of licence and of patients.

Vessels are drawn at twice the size and reduced; lengths are shares of the field of view's radius R. They leave the
optic disc in four arcades, an artery and a vein in each; the temporal ones arch around the macula, which stays free.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

SUPERSAMPLING = 2
FIELD = 0.488
"""Radius of the field of view, as a share of the picture's side."""
FOVEAL_ZONE = 0.17
"""Radius around the fovea that no vessel enters."""
DEPTH = 3
"""Generations of branches, the arcade itself included."""
ARTERY, VEIN = (0.90, 0.60, 0.56), (0.72, 0.40, 0.44)
"""Share of red, green and blue light that a wide vessel lets back."""


Point = tuple[float, float]
"""``(x, y)`` in pixels."""


@dataclass(frozen=True)
class Phantom:
    """The photograph, uint8 ``[S, S, 3]``, and what is in it; positions ``(x, y)`` and radii in pixels."""

    image: np.ndarray
    mask: np.ndarray
    """bool ``[S, S]``: the field of view."""
    vessels: np.ndarray
    """bool ``[S, S]``: pixels at least half covered by a vessel."""
    disc_centre: Point
    disc_radius: float
    macula_centre: Point
    macula_radius: float


@dataclass(frozen=True)
class _Eye:
    """Geometry in pixels."""

    side: int
    radius: float
    nasal: int
    """+1 when the disc lies to the right of the macula (a right eye), -1 otherwise."""
    disc: Point
    disc_radius: float
    macula: Point


def draw(seed: int, size: int = 512) -> Phantom:
    """Draw one eye; same seed, same eye. Odd seeds and even seeds do not imply a side: that is drawn too."""
    rng = np.random.default_rng(seed)
    eye = _geometry(size, rng)
    arteries, veins = _vessels(eye, rng)
    picture = _retina(eye, rng)
    _paint_disc(picture, eye, rng)
    for cover, colour in ((arteries, ARTERY), (veins, VEIN)):
        picture *= 1 - cover[..., None] * (1 - _float32(colour))
    picture *= _illumination(eye, rng)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.0011 * size)  # the camera's optics
    picture += rng.normal(0, 0.007, picture.shape).astype(np.float32)
    distance = _distance(size, (size / 2 - 0.5, size / 2 - 0.5))
    rim = np.clip(np.float32(size * FIELD) - distance, 0, 1)
    mask = distance <= size * FIELD
    image = (np.clip(picture * rim[..., None], 0, 1) * 255).astype(np.uint8)
    return Phantom(
        image,
        mask,
        (np.maximum(arteries, veins) >= 0.5) & mask,
        eye.disc,
        eye.disc_radius,
        eye.macula,
        FOVEAL_ZONE * eye.radius,
    )


def _geometry(side: int, rng: np.random.Generator) -> _Eye:
    radius = FIELD * side
    nasal = int(rng.choice([-1, 1]))
    macula = _moved((side / 2, side / 2), -nasal * radius * rng.uniform(0.0, 0.12), radius * rng.uniform(-0.05, 0.08))
    disc = _moved(macula, nasal * radius * rng.uniform(0.66, 0.74), -radius * rng.uniform(0.04, 0.12))
    return _Eye(side, radius, nasal, disc, radius * rng.uniform(0.135, 0.16), macula)


def _moved(point: Point, right: float, down: float) -> Point:
    return point[0] + right, point[1] + down


def _float32(values: tuple[float, ...]) -> np.ndarray:
    return np.array(values, np.float32)


def _distance(side: int, centre: Point, stretch: tuple[float, float] = (1, 1)) -> np.ndarray:
    """Pixels from ``centre`` (x, y), each axis multiplied by its ``stretch``: float32 ``[side, side]``."""
    x, y = (((np.arange(side) - c) * s).astype(np.float32) for c, s in zip(centre, stretch, strict=True))
    distance: np.ndarray = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
    return distance


def _cloud(side: int, grain: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of mean 0 and deviation 1 whose blobs are ``grain`` of the side wide: float32 ``[side, side]``."""
    cells = max(4, round(2 / grain))
    noise = cv2.resize(rng.normal(size=(cells, cells)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    cloud: np.ndarray = (noise - noise.mean()) / noise.std()
    return cloud


def _retina(eye: _Eye, rng: np.random.Generator) -> np.ndarray:
    """Pigment, choroid, nerve fibres and macula: float32 ``[side, side, 3]``."""
    base = _float32((rng.uniform(0.74, 0.88), rng.uniform(0.36, 0.46), rng.uniform(0.13, 0.22)))
    choroid = 0.5 * _cloud(eye.side, 0.05, rng) + 0.5 * _cloud(eye.side, 0.025, rng)
    stretched = cv2.GaussianBlur(choroid, (0, 0), sigmaX=eye.side * 0.006, sigmaY=eye.side * 0.002)
    pigment = 0.035 * _cloud(eye.side, 0.35, rng) + 0.022 * stretched + 0.012 * _cloud(eye.side, 0.008, rng)
    picture: np.ndarray = base * (1 + pigment[..., None] * _float32((0.7, 1.2, 1.4)))
    away = _distance(eye.side, eye.macula) / eye.radius
    dark = 0.30 * np.exp(-((away / 0.15) ** 2)) + 0.13 * np.exp(-((away / 0.34) ** 2))
    picture *= 1 - dark[..., None] * _float32((0.75, 1.25, 1.35))
    reflex = 0.10 * np.exp(-((away / 0.014) ** 2))
    picture += reflex[..., None] * _float32((1, 0.9, 0.6))
    return picture


def _paint_disc(picture: np.ndarray, eye: _Eye, rng: np.random.Generator) -> None:
    """Rim, cup and a faint crescent on the temporal side, painted over the retina."""
    upright = _distance(eye.side, eye.disc, (1.07, 0.97)) / eye.disc_radius
    cup_centre, crescent_centre = (_moved(eye.disc, -eye.nasal * share * eye.disc_radius, 0) for share in (0.10, 0.16))
    cup = _distance(eye.side, cup_centre) / (eye.disc_radius * rng.uniform(0.36, 0.52))
    crescent = _distance(eye.side, crescent_centre) / eye.disc_radius
    for reach, width, share, colour in (
        (crescent, 0.12, 0.22, (0.96, 0.66, 0.40)),
        (upright, 0.07, 0.92, (0.98, 0.70, 0.42)),
        (cup, 0.35, 0.80, (1.00, 0.90, 0.68)),
    ):
        cover = share / (1 + np.exp(np.clip((reach - 1) / (width / 3), -30, 30)))
        picture += cover[..., None] * (_float32(colour) - picture)


def _illumination(eye: _Eye, rng: np.random.Generator) -> np.ndarray:
    """The flash: brighter around a point near the middle, falling off to the rim. float32 ``[side, side]``."""
    centre = _moved((eye.side / 2, eye.side / 2), *(eye.radius * rng.uniform(-0.15, 0.15, size=2)))
    away = _distance(eye.side, centre) / eye.radius
    light: np.ndarray = rng.uniform(0.92, 1.05) * (1 - 0.30 * np.clip(away, 0, 1.3) ** 2.2)
    return light


def _vessels(eye: _Eye, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of arteries and veins: two float32 ``[side, side]`` in [0, 1]."""
    trees = []
    for shift, width in ((0.10, 0.0125), (-0.06, 0.0175)):
        cover = np.zeros((eye.side * SUPERSAMPLING,) * 2, np.float32)
        for up in (-1, 1):
            for temporal in (True, False):
                heading = math.atan2(up * (1.25 + shift), (-1 if temporal else 0.55) * eye.nasal * (0.55 - shift))
                strength = width * (1.0 if temporal else 0.75) * rng.uniform(0.9, 1.1)
                start = _moved(eye.disc, 0.10 * eye.nasal * eye.disc_radius, (up * 0.12 + shift) * eye.disc_radius)
                _grow(cover, eye, start, heading, strength, 0, temporal, rng)
        reduced = cv2.resize(cover, (eye.side, eye.side), interpolation=cv2.INTER_AREA)
        trees.append(cv2.GaussianBlur(reduced, (0, 0), 0.0012 * eye.side))
    return trees[0], trees[1]


def _grow(
    cover: np.ndarray,
    eye: _Eye,
    point: Point,
    heading: float,
    width: float,
    generation: int,
    arching: bool,
    rng: np.random.Generator,
) -> None:
    """Walk one vessel in short steps, drawing as it goes, and let branches grow from it."""
    step = 0.022 * eye.radius
    length = int((95 if generation == 0 else 62 / generation) * rng.uniform(0.75, 1.15))
    wiggle, next_branch = rng.uniform(0, 6.28), int(rng.integers(5, 12))
    side = float(rng.choice([-1, 1]))
    for index in range(length):
        heading += 0.05 * math.sin(index * 0.33 + wiggle) + rng.normal(0, 0.028) + _steer(eye, point, heading, arching)
        following = (point[0] + step * math.cos(heading), point[1] + step * math.sin(heading))
        if math.dist(following, (eye.side / 2, eye.side / 2)) > 1.02 * eye.radius:
            return
        if math.dist(following, eye.macula) < FOVEAL_ZONE * eye.radius:
            return
        now = width * (1 - 0.62 * index / length)
        _segment(cover, point, following, now * eye.radius)
        point = following
        if index == next_branch and generation + 1 < DEPTH:
            fork = heading + side * rng.uniform(0.45, 0.95)
            _grow(cover, eye, point, fork, now * rng.uniform(0.50, 0.72), generation + 1, False, rng)
            side, next_branch = -side, index + int(rng.integers(7, 15))


def _steer(eye: _Eye, point: Point, heading: float, arching: bool) -> float:
    """Turn per step that keeps an arcade on its arch around the macula; branches are left alone."""
    if not arching:
        return 0.0
    x, y = point[0] - eye.macula[0], point[1] - eye.macula[1]
    outward = math.atan2(y, x)
    along = min((outward + math.pi / 2, outward - math.pi / 2), key=lambda a: abs(_wrapped(a - heading)))
    widen = 0.5 * min(max(0.66 - math.hypot(x, y) / eye.radius, -0.4), 0.4)
    away = math.copysign(1, _wrapped(outward - heading))
    return min(max(0.075 * _wrapped(along - heading) + 0.12 * widen * away, -0.10), 0.10)


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _segment(cover: np.ndarray, start: Point, end: Point, width: float) -> None:
    """A stroke on the supersampled canvas; thinner than a pixel of it, it becomes fainter instead."""
    (x0, y0), (x1, y1) = ((int(x * SUPERSAMPLING * 16), int(y * SUPERSAMPLING * 16)) for x, y in (start, end))
    width *= SUPERSAMPLING
    cv2.line(cover, (x0, y0), (x1, y1), min(max(width, 0.35), 1.0), max(1, round(width)), cv2.LINE_8, shift=4)
