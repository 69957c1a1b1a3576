"""Pictures that are no fundus photographs, for the first label: photographs, textures, text, drawings, noise."""

from functools import lru_cache

import cv2
import numpy as np
from skimage import data

SIZE = 320
BUNDLED = (
    "astronaut",
    "brick",
    "camera",
    "cat",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "moon",
    "page",
    "rocket",
    "text",
)
"""Pictures inside scikit-image's wheel; none is downloaded."""


def draw_other(rng: np.random.Generator) -> np.ndarray:
    """One picture that is no fundus photograph: uint8 ``[320, 320, 3]``; half of them inside a round black mask."""
    makers = (_photograph, _photograph, _photograph, _noise, _gradient, _layers, _shapes, _text, _blank)
    picture = makers[int(rng.integers(len(makers)))](rng)
    tint = rng.uniform(0.3, 1, size=3) if rng.random() < 0.5 else np.ones(3)
    picture = np.clip(picture * tint, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        picture = picture * _round_mask(rng)[..., None]
    return picture


@lru_cache(maxsize=len(BUNDLED))
def _bundled(name: str) -> np.ndarray:
    picture = np.asarray(getattr(data, name)())
    return np.stack([picture] * 3, axis=-1) if picture.ndim == 2 else picture[..., :3]


def _photograph(rng: np.random.Generator) -> np.ndarray:
    picture = _bundled(str(rng.choice(BUNDLED)))
    h, w = picture.shape[:2]
    side = int(rng.uniform(0.35, 1) * min(h, w))
    top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    crop = np.rot90(picture[top : top + side, left : left + side], int(rng.integers(4)))
    return cv2.resize(np.ascontiguousarray(crop), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def _noise(rng: np.random.Generator) -> np.ndarray:
    small = rng.uniform(0, 255, size=(SIZE // 4, SIZE // 4, int(rng.choice([1, 3])))).astype(np.float32)
    blurred = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 20)))
    return np.broadcast_to(cv2.resize(blurred, (SIZE, SIZE)).reshape(SIZE, SIZE, -1), (SIZE, SIZE, 3))


def _gradient(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    ramp: np.ndarray = np.exp(-((x - rng.uniform(-1, 1)) ** 2 + (y - rng.uniform(-1, 1)) ** 2) / rng.uniform(0.1, 3))
    return ramp[..., None] * rng.uniform(40, 255, size=3)


def _layers(rng: np.random.Generator) -> np.ndarray:
    """Bright wavy layers on black with speckle, like an OCT section."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    picture = np.zeros((SIZE, SIZE), np.float32)
    top = rng.uniform(60, 160) + rng.uniform(0, 60) * np.sin(x / rng.uniform(60, 200) + rng.uniform(0, 6))
    for _ in range(int(rng.integers(3, 8))):
        top = top + rng.uniform(8, 35)
        picture += rng.uniform(50, 200) * np.exp(-(((y - top) / rng.uniform(3, 12)) ** 2))
    return np.repeat((picture * rng.gamma(4, 0.25, picture.shape))[..., None], 3, axis=-1)


def _shapes(rng: np.random.Generator) -> np.ndarray:
    picture = np.full((SIZE, SIZE, 3), rng.uniform(0, 255, size=3), np.float32)
    for _ in range(int(rng.integers(1, 15))):
        centre, colour = rng.integers(0, SIZE, size=2).tolist(), rng.uniform(0, 255, size=3).tolist()
        if rng.random() < 0.5:
            cv2.circle(picture, centre, int(rng.integers(4, 120)), colour, int(rng.choice([-1, 3, 10])))
        else:
            cv2.rectangle(picture, centre, rng.integers(0, SIZE, size=2).tolist(), colour, int(rng.choice([-1, 3, 10])))
    return picture


def _text(rng: np.random.Generator) -> np.ndarray:
    picture = np.full((SIZE, SIZE, 3), float(rng.choice([0, 255])), np.float32)
    ink = [255 - float(picture[0, 0, 0])] * 3
    for line in range(20, SIZE, int(rng.integers(18, 50))):
        letters = "".join(chr(code) for code in rng.integers(48, 122, size=40))
        cv2.putText(picture, letters, (10, line), cv2.FONT_HERSHEY_SIMPLEX, float(rng.uniform(0.4, 1)), ink, 1)
    return picture


def _blank(rng: np.random.Generator) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), rng.uniform(0, 255, size=3)) + rng.normal(0, rng.uniform(0, 12), (SIZE, SIZE, 3))


def _round_mask(rng: np.random.Generator) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    return cv2.circle(mask, (SIZE // 2, SIZE // 2), int(rng.uniform(0.42, 0.5) * SIZE), 1, -1)
