"""What goes wrong in a clinic beyond the published degradation types, so that real bad photographs gain too.

Each mishap takes and gives float32 ``[512, 512, 3]`` in [0, 1] (the chain clips); severity lies in (0, 1]. The paired
evaluation never uses them.
"""

from collections.abc import Callable

import cv2
import numpy as np

from retinaregen_core.training.augment import motion_blur, through_jpeg

Mishap = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
COARSE = 8
"""Cells per side of a smooth random field."""


def smooth_field(side: int, rng: np.random.Generator) -> np.ndarray:
    """A random field that varies over an eighth of the picture: float32 ``[side, side]`` in [-1, 1]."""
    coarse = rng.uniform(-1, 1, (COARSE, COARSE)).astype(np.float32)
    return cv2.resize(cv2.GaussianBlur(coarse, (3, 3), 0), (side, side), interpolation=cv2.INTER_CUBIC)


def _uneven_flash(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    light: np.ndarray = image * np.exp(severity * smooth_field(len(image), rng))[..., None]
    return light


def _vignette(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : len(image) * 1j, -1 : 1 : len(image) * 1j].astype(np.float32)
    dx, dy = rng.uniform(-0.3, 0.3, size=2)
    fall_off = 1 - 0.8 * severity * np.clip(np.hypot(x - dx, y - dy), 0, 1.2) ** 2
    dimmed: np.ndarray = image * np.clip(fall_off, 0.05, 1)[..., None].astype(np.float32)
    return dimmed


def _veil(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Scattered light from a media opacity or a lens that is not clean, denser in places."""
    colour = rng.uniform(0.4, 0.9) * np.array([1, rng.uniform(0.7, 1), rng.uniform(0.5, 1)], np.float32)
    density = np.clip(0.45 * severity * (1 + 0.6 * smooth_field(len(image), rng)), 0, 0.85)[..., None]
    veiled: np.ndarray = image * (1 - density) + colour * density
    return veiled


def _cast(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    tinted: np.ndarray = image * (1 + 0.3 * severity * rng.uniform(-1, 1, size=3)).astype(np.float32)
    return tinted


def _lash(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """The shadow of lid or lashes at one edge."""
    side = len(image)
    rows = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    edge = rng.uniform(0.1, 0.35) * severity + 0.04 * smooth_field(side, rng)
    shadow = np.clip((edge - rows) / 0.12 + 0.5, 0, 1)
    shadow = shadow if rng.random() < 0.5 else shadow[::-1]
    darkened: np.ndarray = image * (1 - rng.uniform(0.4, 0.9) * shadow)[..., None]
    return darkened


def _defocus(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), 0.3 + 2.7 * severity)


def _motion(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return motion_blur(image, 3 + int(12 * severity), rng)


def _noise(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    noisy: np.ndarray = image + rng.normal(0, 0.005 + 0.03 * severity, image.shape).astype(np.float32)
    return noisy


def _jpeg(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return through_jpeg(image, int(85 - 60 * severity))


LIGHT: tuple[Mishap, ...] = (_uneven_flash, _vignette, _veil, _cast, _lash)
FOCUS: tuple[Mishap, ...] = (_defocus, _motion)
SENSOR: tuple[Mishap, ...] = (_noise, _jpeg)
"""In the order in which an eye, a lens and a camera act."""


def mishandle(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[512, 512, 3]`` with one or two light mishaps, perhaps out of focus, perhaps noisy or compressed.

    Args:
        mask: bool ``[512, 512]``, the field of view; the result is black outside.
    """
    picture = image.astype(np.float32) / 255
    chosen = [LIGHT[i] for i in rng.permutation(len(LIGHT))[: rng.integers(1, 3)]]
    for mishaps, share in ((FOCUS, 0.5), (SENSOR, 0.4)):
        if rng.random() < share:
            chosen.append(mishaps[int(rng.integers(len(mishaps)))])
    for mishap in chosen:
        picture = np.clip(mishap(picture, float(rng.uniform(0.1, 1)), rng), 0, 1)
    masked: np.ndarray = (picture * 255).astype(np.uint8) * mask[..., None].astype(np.uint8)
    return masked
