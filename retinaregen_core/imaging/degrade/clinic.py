"""What goes wrong in a clinic beyond the published degradation types, so that real bad photographs gain too (project).

Each mishap takes and gives float32 ``[512, 512, 3]`` in [0, 1] (the chain clips); severity lies in (0, 1].
"""

from collections.abc import Callable

import cv2
import numpy as np

from retinaregen_core.imaging.degrade.blur import motion_blur
from retinaregen_core.imaging.degrade.coding import through_jpeg

Mishap = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
CELLS = (2, 8)
"""Cells per side of a smooth random field: from half of the picture to an eighth."""
UNFOCUSED = 0.8
"""Share of the photographs of :func:`unfocus` that are blurred; any may have the sensor's faults."""
DENSEST = 0.85
"""Share of a veiled photograph that may be stray light: more leaves nothing to read."""


def smooth_field(side: int, rng: np.random.Generator) -> np.ndarray:
    """A random field, broad or narrow (:data:`CELLS`): float32 ``[side, side]``, about [-1, 1]."""
    cells = int(rng.integers(CELLS[0], CELLS[1], endpoint=True))
    coarse = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    field = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    smooth: np.ndarray = field / max(float(np.abs(field).max()), 1e-6)
    return smooth


def _uneven_flash(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    light: np.ndarray = image * np.exp(0.8 * severity * smooth_field(len(image), rng))[..., None]
    return light


def _wrong_exposure(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    exposed: np.ndarray = image * np.exp(severity * rng.uniform(-0.8, 0.5), dtype=np.float32)
    return exposed


def _vignette(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : len(image) * 1j, -1 : 1 : len(image) * 1j].astype(np.float32)
    dx, dy = rng.uniform(-0.3, 0.3, size=2)
    fall_off = 1 - 0.8 * severity * np.clip(np.hypot(x - dx, y - dy), 0, 1.2) ** 2
    dimmed: np.ndarray = image * np.clip(fall_off, 0.05, 1)[..., None].astype(np.float32)
    return dimmed


def _veil(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Scattered light from a media opacity or a lens that is not clean, denser in places.

    It has a colour between the retina's own (what the eye scatters) and a grey (what the lens does).
    """
    own = image.sum(axis=(0, 1)) / max(np.count_nonzero(image.max(axis=-1)), 1)
    grey = rng.uniform(0.3, 0.9) * np.array([1, rng.uniform(0.7, 1), rng.uniform(0.5, 1)], np.float32)
    colour = own + rng.uniform() * (grey - own)
    density = severity * rng.uniform(0.3, 0.8) * (1 + rng.uniform() * smooth_field(len(image), rng))
    density = np.clip(density, 0, DENSEST)[..., None]
    veiled: np.ndarray = image * (1 - density) + colour * density
    return veiled


def _cloud(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """The shadow of an opacity in front of the retina: dark, bluish, without an edge."""
    side = len(image)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    dx, dy = rng.uniform(-0.6, 0.6, size=2)
    spread = rng.uniform(0.15, 0.45)
    wobble = 1 + 0.4 * smooth_field(side, rng)
    depth = 0.7 * severity * np.exp(-((x - dx) ** 2 + (y - dy) ** 2) / (2 * spread**2) * wobble)
    shaded: np.ndarray = image * (1 - depth[..., None] * np.array([1, rng.uniform(0.5, 1), rng.uniform(0.2, 1)]))
    return shaded.astype(np.float32)


def _glare(image: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Light that iris or lid throw into the picture from its rim."""
    side = len(image)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.2)
    distance = np.hypot(x - away * np.cos(angle), y - away * np.sin(angle))
    glow = severity * rng.uniform(0.2, 0.7) * np.exp(-((distance / rng.uniform(0.2, 0.6)) ** 2))
    colour = np.array([1, rng.uniform(0.5, 1), rng.uniform(0.1, 0.9)])
    glaring: np.ndarray = (image + glow[..., None] * colour).astype(np.float32)
    return glaring


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


LIGHT: tuple[Mishap, ...] = (_uneven_flash, _wrong_exposure, _vignette, _cast)
MEDIA: tuple[Mishap, ...] = (_veil, _cloud, _glare, _lash)
FOCUS: tuple[Mishap, ...] = (_defocus, _motion)
SENSOR: tuple[Mishap, ...] = (_noise, _jpeg)
"""Drawn in this order: the sensor comes last."""


def mishandle(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[512, 512, 3]`` with up to two mishaps of light, up to two of the media, perhaps out of focus or noisy.

    Args:
        mask: bool ``[512, 512]``, the field of view; the result is black outside.
    """
    counts = int(rng.integers(3)), int(rng.integers(3)), int(rng.random() < 0.5), int(rng.random() < 0.4)
    return _happen(image, mask, counts, rng)


def unfocus(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """:func:`mishandle` without faults of light or media: out of focus or shaken, noisy, strongly compressed."""
    return _happen(image, mask, (0, 0, int(rng.random() < UNFOCUSED), int(rng.integers(3))), rng)


def _happen(image: np.ndarray, mask: np.ndarray, counts: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """So many mishaps of :data:`LIGHT`, :data:`MEDIA`, :data:`FOCUS` and :data:`SENSOR`, in this order."""
    inside = mask[..., None].astype(np.float32)
    picture = image.astype(np.float32) / 255 * inside
    chosen: list[Mishap] = []
    for mishaps, count in zip((LIGHT, MEDIA, FOCUS, SENSOR), counts, strict=True):
        chosen += [mishaps[i] for i in rng.permutation(len(mishaps))[:count]]
    for mishap in chosen:
        picture = np.clip(mishap(picture, float(rng.uniform(0.1, 1)), rng), 0, 1) * inside
    return (picture * 255).astype(np.uint8)
