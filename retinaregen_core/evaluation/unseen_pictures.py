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


def visual_field(rng: np.random.Generator) -> np.ndarray:
    """A perimeter's printout: grey squares around a centre, darker in one part, axes and sensitivities in decibels."""
    picture = np.full((SIDE, SIDE, 3), 250, np.float32)
    step, scotoma = int(rng.integers(14, 26)), rng.uniform(60, 260, size=2)
    for y in range(20, SIDE - 20, step):
        for x in range(20, SIDE - 20, step):
            if np.hypot(x + step / 2 - SIDE / 2, y + step / 2 - SIDE / 2) > 140:
                continue
            loss = np.exp(-(((x - scotoma[0]) ** 2 + (y - scotoma[1]) ** 2) / rng.uniform(1500, 9000)))
            grey = [float(np.clip(235 - 225 * loss + rng.normal(0, 18), 0, 255))] * 3
            cv2.rectangle(picture, (x, y), (x + step - 1, y + step - 1), grey, -1)
            if step > 20:
                cv2.putText(picture, str(int(30 * (1 - loss))), (x + 2, y + 14), cv2.FONT_HERSHEY_PLAIN, 0.7, (0, 0, 0))
    cv2.line(picture, (SIDE // 2, 10), (SIDE // 2, SIDE - 10), (0, 0, 0), 1)
    cv2.line(picture, (10, SIDE // 2), (SIDE - 10, SIDE // 2), (0, 0, 0), 1)
    return picture


def slit_lamp(rng: np.random.Generator) -> np.ndarray:
    """A narrow bright beam bent over a cornea, the iris dim behind it."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    iris = np.exp(-(((np.hypot(x, y) - 0.55) / 0.25) ** 2)) * (30 + 10 * np.sin(np.arctan2(y, x) * 40))
    bend = rng.uniform(-0.5, 0.5) + rng.uniform(0.1, 0.35) * (1 - y**2)
    beam = 230 * np.exp(-(((x - bend) / rng.uniform(0.03, 0.12)) ** 2)) * (np.abs(y) < 0.9)
    lens = 70 * np.exp(-(((x - bend - rng.uniform(0.2, 0.4)) / 0.15) ** 2)) * (np.abs(y) < 0.6)
    tint = np.array([1, rng.uniform(0.8, 1), rng.uniform(0.6, 1)])
    picture: np.ndarray = (iris + beam + lens)[..., None] * tint + rng.normal(0, 3, (SIDE, SIDE, 1))
    return picture


def street_map(rng: np.random.Generator) -> np.ndarray:
    """Streets of two widths between blocks, parks and a river."""
    picture = np.full((SIDE, SIDE, 3), [242, 239, 233], np.float32)
    for colour in ([200, 250, 204], [170, 211, 223]):
        corners = rng.integers(0, SIDE, size=(int(rng.integers(3, 7)), 2)).astype(np.int32)
        cv2.fillPoly(picture, [corners], colour)
    for _ in range(int(rng.integers(10, 40))):
        start, end = rng.integers(-40, SIDE + 40, size=(2, 2)).tolist()
        wide = rng.random() < 0.3
        cv2.line(picture, start, end, [180, 180, 180], 9 if wide else 5, cv2.LINE_AA)
        cv2.line(picture, start, end, [249, 213, 164] if wide else [255, 255, 255], 7 if wide else 3, cv2.LINE_AA)
    return picture


def weave(rng: np.random.Generator) -> np.ndarray:
    """Cloth: threads that cross over and under, with folds."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    warp, weft = (np.abs(np.sin(np.pi * place / rng.uniform(4, 14))) for place in (x, y))
    over = ((x // 8 + y // 8) % 2).astype(bool)
    folds = 1 + 0.25 * np.sin(x / rng.uniform(30, 90) + 2 * np.sin(y / rng.uniform(40, 120)))
    light = np.where(over, warp, weft) * folds
    picture: np.ndarray = light[..., None] * rng.uniform(80, 230, size=3) + rng.normal(0, 6, (SIDE, SIDE, 1))
    return picture


def petri_dish(rng: np.random.Generator) -> np.ndarray:
    """A round dish of agar with colonies."""
    picture = np.full((SIDE, SIDE, 3), rng.uniform(10, 60), np.float32)
    agar = rng.uniform(120, 200) * np.array([1.0, rng.uniform(0.5, 0.9), rng.uniform(0.25, 0.7)])
    cv2.circle(picture, (SIDE // 2, SIDE // 2), 150, (230, 230, 230), -1, cv2.LINE_AA)
    cv2.circle(picture, (SIDE // 2, SIDE // 2), 143, agar.tolist(), -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(5, 90))):
        angle, distance = rng.uniform(0, 2 * np.pi), 130 * np.sqrt(rng.uniform())
        place = (int(SIDE / 2 + distance * np.cos(angle)), int(SIDE / 2 + distance * np.sin(angle)))
        colour = (agar * rng.uniform(1.1, 1.6)).clip(0, 255).tolist()
        cv2.circle(picture, place, int(rng.integers(2, 14)), colour, -1, cv2.LINE_AA)
    return picture


def dial(rng: np.random.Generator) -> np.ndarray:
    """A round gauge with ticks, numbers and a pointer."""
    picture = np.full((SIDE, SIDE, 3), rng.uniform(0, 90, size=3), np.float32)
    centre, face, ink = (SIDE // 2, SIDE // 2), rng.uniform(150, 255, size=3).tolist(), (20, 20, 20)
    cv2.circle(picture, centre, 150, face, -1, cv2.LINE_AA)
    marks = int(rng.integers(8, 61))
    for mark in range(marks):
        angle = 2 * np.pi * mark / marks
        inner, outer = ((int(160 + r * np.cos(angle)), int(160 + r * np.sin(angle))) for r in (132, 145))
        cv2.line(picture, inner, outer, ink, 2, cv2.LINE_AA)
        if mark % max(marks // 8, 1) == 0:
            place = (int(150 + 112 * np.cos(angle)), int(166 + 112 * np.sin(angle)))
            cv2.putText(picture, str(mark * 10), place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, 1, cv2.LINE_AA)
    angle = rng.uniform(0, 2 * np.pi)
    tip = (int(160 + 110 * np.cos(angle)), int(160 + 110 * np.sin(angle)))
    cv2.line(picture, centre, tip, (190, 20, 20), 5, cv2.LINE_AA)
    cv2.circle(picture, centre, 12, ink, -1, cv2.LINE_AA)
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
    "visual field": visual_field,
    "slit lamp": slit_lamp,
    "street map": street_map,
    "weave": weave,
    "petri dish": petri_dish,
    "dial": dial,
}
TAKEN_APART: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {"polar": polar, "strips": strips}
