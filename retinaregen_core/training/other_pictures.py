"""Pictures that are no fundus photographs, for the first label: photographs, drawings, and photographs taken apart.

Many of them are shown as a fundus photograph would be: inside a round black mask, in a retina's colours. Without these
a network learns that a round mask is an eye.
"""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from skimage import data

from retinaregen_core.training import drawn_pictures as drawn
from retinaregen_core.training.drawn_pictures import SIZE

BUNDLED = (
    "astronaut",
    "brick",
    "camera",
    "cat",
    "cell",
    "clock",
    "coffee",
    "coins",
    "colorwheel",
    "grass",
    "gravel",
    "logo",
    "moon",
    "page",
    "rocket",
    "stereo_motorcycle",
    "text",
)
"""Pictures inside scikit-image's wheel; none is downloaded."""
FACES = 70
"""Of scikit-image's hundred small faces; the others are left for the test."""
RETINA = np.array([1.0, 0.45, 0.2])
"""Red, green and blue of a retina relative to its red."""


def draw_other(rng: np.random.Generator, fundus: np.ndarray | None = None) -> np.ndarray:
    """One picture that is no fundus photograph: uint8 ``[320, 320, 3]``.

    Args:
        fundus: a photograph, uint8 ``[H, W, 3]``, that is taken apart until it shows no eye; drawn when None.
    """
    if fundus is not None:
        spoil = list(TAKEN_APART.values())[int(rng.integers(len(TAKEN_APART)))]
        return spoil(cv2.resize(fundus, (SIZE, SIZE), interpolation=cv2.INTER_AREA), rng)
    names = list(MAKERS)
    shares = np.array([MAKERS[name][1] for name in names], float)
    maker = MAKERS[str(rng.choice(names, p=shares / shares.sum()))][0]
    return dress(maker(rng), rng)


def dress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Any ``[320, 320, 3]`` in [0, 255] as it is, tinted or in a retina's colours, and in a frame or none: uint8."""
    choice = rng.random()
    if choice < 0.4:
        grey = picture.mean(axis=-1, keepdims=True)
        colour = RETINA if rng.random() < 0.75 else np.ones(3)
        picture = grey * colour * np.exp(rng.uniform(-0.3, 0.3, size=3)) * rng.uniform(0.8, 1.6)
    elif choice < 0.65:
        picture = picture * rng.uniform(0.3, 1, size=3)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.65:
        picture = picture * _round_mask(rng)[..., None]
    return picture


def photograph(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random square of a uint8 or bool picture ``[H, W]`` or ``[H, W, C]``, turned, as uint8 ``[320, 320, 3]``."""
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * 255
    picture = np.stack([picture] * 3, axis=-1) if picture.ndim == 2 else picture[..., :3]
    h, w = picture.shape[:2]
    side = int(rng.uniform(0.35, 1) * min(h, w))
    top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    crop = np.rot90(picture[top : top + side, left : left + side], int(rng.integers(4)))
    crop = np.fliplr(crop) if rng.random() < 0.5 else crop
    return cv2.resize(np.ascontiguousarray(crop), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


@lru_cache(maxsize=len(BUNDLED) + 1)
def _bundled(name: str) -> np.ndarray:
    picture = getattr(data, name)()
    return np.asarray(picture[0] if isinstance(picture, tuple) else picture)


def _photograph(rng: np.random.Generator) -> np.ndarray:
    return photograph(_bundled(str(rng.choice(BUNDLED))), rng)


def face(rng: np.random.Generator, first: int = 0, end: int = FACES) -> np.ndarray:
    """One of scikit-image's faces from ``first`` up to ``end`` (100 at most), uint8 ``[320, 320, 3]``."""
    small = (_bundled("lfw_subset")[int(rng.integers(first, end))] * 255).astype(np.uint8)
    return photograph(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), rng)


def _tiles(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The square inside the disc cut into tiles and put together wrongly."""
    count = int(rng.integers(3, 9))
    side = int(SIZE * 0.7) // count
    start = (SIZE - side * count) // 2
    tiles = [
        fundus[y : y + side, x : x + side]
        for y in range(start, start + side * count, side)
        for x in range(start, start + side * count, side)
    ]
    order = rng.permutation(len(tiles))
    turned = [np.rot90(tiles[int(index)], int(rng.integers(4))) for index in order]
    rows = [np.hstack(turned[row * count : (row + 1) * count]) for row in range(count)]
    picture = cv2.resize(np.vstack(rows), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    masked: np.ndarray = picture * _round_mask(rng)[..., None]
    return masked


def _rings(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rings of the photograph, each turned by an angle of its own."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) - SIZE / 2
    width = rng.uniform(8, 40)
    ring = (np.hypot(x, y) / width).astype(int)
    turns = rng.uniform(0.3, 2 * np.pi - 0.3, size=int(ring.max()) + 1).astype(np.float32)[ring]
    across = np.cos(turns) * x - np.sin(turns) * y + SIZE / 2
    down = np.sin(turns) * x + np.cos(turns) * y + SIZE / 2
    return cv2.remap(fundus, across, down, cv2.INTER_LINEAR)


def _shards(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Many-cornered pieces of the square inside the disc, each of another place, inside a round mask or none."""
    points = rng.uniform(0, SIZE, size=(int(rng.integers(12, 60)), 2))
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    piece = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1]).argmin(axis=-1)
    inside = fundus[SIZE // 6 : -SIZE // 6, SIZE // 6 : -SIZE // 6]
    shifts = rng.integers(0, len(inside), size=(len(points), 2))[piece]
    mosaic = inside[(y.astype(int) + shifts[..., 0]) % len(inside), (x.astype(int) + shifts[..., 1]) % len(inside)]
    masked: np.ndarray = mosaic * _round_mask(rng)[..., None] if rng.random() < 0.6 else mosaic
    return masked


def _stretched(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A wedge of the photograph, at its narrow end hardly wider than a vessel, pulled to a square."""
    along, across = np.mgrid[0 : 1 : SIZE * 1j, -0.5 : 0.5 : SIZE * 1j].astype(np.float32)
    length, narrow, wide = rng.uniform(0.55, 0.9), rng.uniform(0.02, 0.08), rng.uniform(0.08, 0.3)
    x = 0.5 + length * (along - 0.5)
    y = 0.5 + (narrow + (wide - narrow) * along) * across + rng.uniform(-0.2, 0.2)
    pulled = cv2.remap(fundus, np.float32(SIZE) * x, np.float32(SIZE) * y, cv2.INTER_LINEAR)
    turned = np.ascontiguousarray(np.rot90(pulled, int(rng.integers(4))))
    masked: np.ndarray = turned * _round_mask(rng)[..., None] if rng.random() < 0.5 else turned
    return masked


def _kaleidoscope(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One sector of the photograph, mirrored all around the centre."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) - SIZE / 2
    sector = np.pi / int(rng.integers(2, 9))
    folded = np.abs((np.arctan2(y, x) + np.pi) % (2 * sector) - sector) + rng.uniform(0, 2 * np.pi)
    distance = np.hypot(x, y)
    across, down = distance * np.cos(folded) + SIZE / 2, distance * np.sin(folded) + SIZE / 2
    return cv2.remap(fundus, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)


def _angiogram(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bright vessels on a dark ground, as under a dye: what is dark in green light, enhanced. Grey or greenish."""
    green = fundus[..., 1].astype(np.float32)
    ground = cv2.GaussianBlur(green, (0, 0), float(rng.uniform(10, 30)))
    vessels = np.clip(ground - green, 0, None)
    vessels *= 160 / max(float(np.percentile(vessels, 99)), 1)
    inside = cv2.erode((fundus.max(axis=-1) > 20).astype(np.uint8), np.ones((7, 7), np.uint8))
    light = (vessels * rng.uniform(0.7, 1.4) + rng.uniform(10, 60)) * inside
    tint = np.ones(3) if rng.random() < 0.7 else rng.uniform(0.3, 1, size=3)
    angiogram: np.ndarray = np.clip(light[..., None] * tint, 0, 255).astype(np.uint8)
    return angiogram


def _round_mask(rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[320, 320]`` of 0 and 1: a disc, now and then cut above and below as sensors cut it."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    radius = rng.uniform(0.42, 0.52) * SIZE
    cv2.circle(mask, (SIZE // 2, SIZE // 2), int(radius), 1, -1)
    if rng.random() < 0.4:
        cut = int(rng.uniform(0.02, 0.14) * SIZE)
        mask[:cut] = mask[SIZE - cut :] = 0
    return mask


def _mixture(rng: np.random.Generator) -> np.ndarray:
    """Two photographs of other things laid over each other, their colours exchanged."""
    share = rng.uniform(0.2, 0.8)
    mixed: np.ndarray = share * _photograph(rng)[..., rng.permutation(3)] + (1 - share) * _photograph(rng)
    return mixed


Maker = Callable[[np.random.Generator], np.ndarray]
MAKERS: dict[str, tuple[Maker, float]] = {
    "photograph": (_photograph, 4),
    "face": (face, 1),
    "outer eye": (drawn.outer_eye, 2),
    "ball": (drawn.ball, 1.5),
    "cloud": (drawn.cloud, 2),
    "noise": (drawn.noise, 1),
    "gradient": (drawn.gradient, 1.5),
    "blank": (drawn.blank, 1),
    "tomogram": (drawn.layers, 1),
    "shapes": (drawn.shapes, 1),
    "lines": (drawn.lines, 1),
    "text": (drawn.text, 1),
    "waves": (drawn.waves, 2),
    "relief": (drawn.relief, 2.5),
    "target": (drawn.target, 2.5),
    "cells": (drawn.cells, 1.5),
    "speckle": (drawn.speckle, 1.5),
    "mixture": (_mixture, 2),
}
"""What is drawn, and how often relative to the others."""
TAKEN_APART: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "tiles": _tiles,
    "rings": _rings,
    "shards": _shards,
    "stretched": _stretched,
    "kaleidoscope": _kaleidoscope,
    "angiogram": _angiogram,
}
