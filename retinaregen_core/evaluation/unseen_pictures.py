"""Pictures that are no fundus photographs, of kinds that no training draws: none of them was learnt by heart.

Each function gives one picture ``[320, 320, 3]`` in [0, 255] from its generator. They are dressed as the pictures of
training are: some in a retina's colours, most of them inside a round black mask.
"""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from matplotlib import cbook
from skimage import data
from sklearn.datasets import load_sample_image

SIDE = 320
BUNDLED: dict[str, Callable[[], np.ndarray]] = {
    "china": lambda: np.asarray(load_sample_image("china.jpg")),
    "flower": lambda: np.asarray(load_sample_image("flower.jpg")),
    "galaxies": lambda: _from_skimage("hubble_deep_field"),
    "horse": lambda: _from_skimage("horse").astype(np.uint8) * 255,
    "portrait": lambda: _read(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))),
    "tissue": lambda: _from_skimage("immunohistochemistry"),
    "skull": lambda: (_from_skimage("shepp_logan_phantom") * 255).astype(np.uint8),
}
"""Pictures inside the wheels of scikit-image, scikit-learn and Matplotlib that training leaves alone."""


def _from_skimage(name: str) -> np.ndarray:
    return np.asarray(getattr(data, name)())


def _read(path: str) -> np.ndarray:
    picture = cv2.imread(path)
    assert picture is not None  # it lies in the wheel
    return np.ascontiguousarray(picture[..., ::-1])


@lru_cache(maxsize=len(BUNDLED))
def bundled(name: str) -> np.ndarray:
    """uint8 ``[H, W]`` or ``[H, W, 3]``."""
    return np.asarray(BUNDLED[name]())


def ultrasound(rng: np.random.Generator) -> np.ndarray:
    """A fan of speckle, brighter along arcs."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    apex = np.array([SIDE / 2 + rng.uniform(-30, 30), -rng.uniform(10, 60)])
    distance, angle = np.hypot(x - apex[0], y - apex[1]), np.arctan2(x - apex[0], y - apex[1])
    fan = (np.abs(angle) < rng.uniform(0.4, 0.7)) & (distance < rng.uniform(280, 340)) & (distance > 70)
    echo = 40 + 30 * np.sin(distance / rng.uniform(6, 30) + 2 * np.sin(angle * rng.uniform(2, 8)))
    light = echo * rng.gamma(1.5, 0.8, echo.shape) * fan
    return np.repeat(cv2.GaussianBlur(light.astype(np.float32), (0, 0), 1.2)[..., None], 3, axis=-1)


def chart(rng: np.random.Generator) -> np.ndarray:
    """Bars and a curve on white, with axes."""
    picture = np.full((SIDE, SIDE, 3), 255, np.float32)
    cv2.line(picture, (40, 20), (40, 280), (0, 0, 0), 2)
    cv2.line(picture, (40, 280), (300, 280), (0, 0, 0), 2)
    heights = rng.uniform(10, 240, size=int(rng.integers(4, 10)))
    width = 240 // len(heights)
    for bar, height in enumerate(heights):
        colour = rng.uniform(0, 230, size=3).tolist()
        cv2.rectangle(picture, (50 + bar * width, 280 - int(height)), (44 + (bar + 1) * width, 279), colour, -1)
    curve = np.column_stack([np.linspace(45, 295, 30), 150 + np.cumsum(rng.normal(0, 14, size=30))]).astype(np.int32)
    cv2.polylines(picture, [curve[:, None]], False, rng.uniform(0, 200, size=3).tolist(), 2, cv2.LINE_AA)
    return picture


def code(rng: np.random.Generator) -> np.ndarray:
    """Black and white cells, as a matrix code or a chessboard."""
    count = int(rng.integers(6, 40))
    cells = (
        rng.integers(0, 2, size=(count, count)) if rng.random() < 0.7 else np.indices((count, count)).sum(axis=0) % 2
    )
    large = cv2.resize((cells * 255).astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    return np.repeat(large[..., None], 3, axis=-1)


def fingerprint(rng: np.random.Generator) -> np.ndarray:
    """Parallel ridges that wind around a core."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    bend = sum(rng.normal(0, 0.15) * np.sin(k * x + rng.uniform(0, 6)) * np.cos(k * y) for k in (2, 3, 4))
    ridges = np.sin(
        (np.hypot(x - rng.uniform(-0.3, 0.3), 0.7 * y + rng.uniform(-0.3, 0.3)) + bend) * rng.uniform(40, 90)
    )
    light = 140 + 100 * ridges + rng.normal(0, 15, ridges.shape)
    return np.repeat(light[..., None], 3, axis=-1)


def topography(rng: np.random.Generator) -> np.ndarray:
    """Coloured rings around a centre, as a map of the cornea's curvature."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle, distance = np.arctan2(y, x), np.hypot(x, y)
    height = distance * (1 + 0.25 * np.cos(2 * angle + rng.uniform(0, 6))) * rng.uniform(180, 300)
    steps = (height // rng.uniform(10, 30) * 20) % 256
    mapped = cv2.applyColorMap(steps.astype(np.uint8), cv2.COLORMAP_JET)
    picture: np.ndarray = mapped * (distance < 0.95)[..., None]
    return picture


def leaf(rng: np.random.Generator) -> np.ndarray:
    """A blade with a midrib and side veins: vessels that are none."""
    picture = np.full((SIDE, SIDE, 3), rng.uniform(70, 160), np.float32) * np.array([0.9, 1.0, 0.5], np.float32)
    vein = (rng.uniform(150, 230) * np.array([0.9, 1.0, 0.6])).tolist()
    cv2.line(picture, (SIDE // 2, 0), (SIDE // 2, SIDE), vein, 4, cv2.LINE_AA)
    for y in range(10, SIDE, int(rng.integers(18, 36))):
        for side in (-1, 1):
            tip = (SIDE // 2 + side * int(rng.uniform(90, 160)), y - int(rng.uniform(30, 90)))
            cv2.line(picture, (SIDE // 2, y), tip, vein, 2, cv2.LINE_AA)
    return picture + rng.normal(0, 6, picture.shape)


def screen(rng: np.random.Generator) -> np.ndarray:
    """Windows with title bars and lines of writing."""
    picture = np.full((SIDE, SIDE, 3), rng.uniform(30, 120, size=3), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        left, top = (int(v) for v in rng.integers(0, 150, size=2))
        right, bottom = left + int(rng.integers(100, 170)), top + int(rng.integers(80, 170))
        cv2.rectangle(picture, (left, top), (right, bottom), (235, 235, 235), -1)
        cv2.rectangle(picture, (left, top), (right, top + 14), rng.uniform(40, 200, size=3).tolist(), -1)
        for line in range(top + 26, bottom - 4, 11):
            cv2.line(picture, (left + 6, line), (left + int(rng.integers(30, 95)), line), (90, 90, 90), 2)
    return picture


def polar(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fundus photograph, uint8 ``[320, 320, 3]``, unrolled around its centre."""
    turned = cv2.warpPolar(fundus, (SIDE, SIDE), (SIDE / 2, SIDE / 2), SIDE * 0.48, cv2.WARP_POLAR_LINEAR)
    return np.ascontiguousarray(np.rot90(turned, int(rng.integers(4))))


def strips(fundus: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fundus photograph, uint8 ``[320, 320, 3]``, cut into narrow strips that are shuffled."""
    width = int(rng.integers(10, 33))
    pieces = [fundus[:, x : x + width] for x in range(20, SIDE - 20, width)]
    shuffled = np.hstack([pieces[int(i)] for i in rng.permutation(len(pieces))])
    return cv2.resize(shuffled, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


DRAWN: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "ultrasound": ultrasound,
    "chart": chart,
    "code": code,
    "fingerprint": fingerprint,
    "topography": topography,
    "leaf": leaf,
    "screen": screen,
}
TAKEN_APART: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {"polar": polar, "strips": strips}
