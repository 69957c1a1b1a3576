"""Lesions drawn onto sharp photographs: what looks like dust or a shadow and must stay.

The photographs show few lesions, and most published dust is round, small and bright: a restorer that learns from these
alone wipes laser scars away. A lesion lets more or less of each colour back, in proportion, so that vessels and grain
below it stay; dust adds the same light to all colours.
"""

from typing import NamedTuple

import cv2
import numpy as np

Range = tuple[float, float]


class Lesion(NamedTuple):
    """How one kind looks; lengths in pixels at 512."""

    number: tuple[int, int]
    """How many of them a photograph has."""
    radius: Range
    reach: float
    """Twice the deviation of their places around one, in radii of the largest; 0: anywhere."""
    ragged: Range
    """How far the outline strays from an ellipse, as a share of the radius."""
    soft: Range
    """Deviation of the blur of the outline."""
    light: tuple[Range, Range, Range]
    """Of the light that the retina lets back there: its middle's share of red, green to red and blue to green."""
    rim: float = 0.0
    """Share of them that pigment surrounds."""


LESIONS: dict[str, tuple[Lesion, float]] = {
    "exudates": (Lesion((5, 30), (1.2, 5), 9, (0.1, 0.5), (0.4, 1), ((1.1, 1.7), (1.05, 1.45), (0.55, 0.9))), 2),
    "drusen": (Lesion((5, 40), (1.5, 5), 12, (0, 0.25), (0.8, 2.5), ((1.05, 1.35), (1.0, 1.3), (0.65, 0.95))), 1),
    "scars": (Lesion((1, 14), (4, 13), 9, (0, 0.25), (0.6, 2), ((1.1, 1.9), (1.0, 1.4), (0.6, 1.1)), 0.5), 3),
    "cotton wool": (Lesion((1, 4), (5, 14), 0, (0.1, 0.5), (2, 4), ((1.1, 1.5), (1.0, 1.35), (0.8, 1.1))), 1),
    "bleedings": (Lesion((1, 20), (1.2, 9), 0, (0, 0.4), (0.5, 1.5), ((0.55, 0.95), (0.5, 0.9), (0.9, 1.2))), 1),
}
"""What is drawn, and how often relative to the others."""
KINDS_AT_ONCE = 2
"""At most so many of them are drawn onto one photograph."""
CORNERS = 24
HARMONICS = 4
"""Of an outline: points of its polygon, and waves around it."""
GRAIN = 0.12
"""Deviation of the light inside a lesion, as a share of what it adds."""
PIGMENT = (0.4, 0.8)
"""What a pigmented rim lets back, in all colours."""
FINE = 8
"""Steps of a pixel at which polygons are drawn."""


def add_lesions(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One or two kinds of lesions, drawn from :data:`LESIONS`.

    Args:
        image: uint8 ``[S, S, 3]``, framed.
        mask: bool ``[S, S]``, the field of view; outside it nothing changes.
        rng: of all chance.

    Returns:
        uint8 of the same shape.
    """
    names, shares = list(LESIONS), np.array([share for _, share in LESIONS.values()], float)
    gain = np.ones(image.shape, np.float32)
    count = int(rng.integers(1, KINDS_AT_ONCE, endpoint=True))
    for name in rng.choice(names, size=count, p=shares / shares.sum(), replace=False):
        _draw(gain, LESIONS[str(name)][0], mask, rng)
    lit: np.ndarray = np.clip(image * np.where(mask[..., None], gain, 1), 0, 255).astype(np.uint8)
    return lit


def _draw(gain: np.ndarray, kind: Lesion, mask: np.ndarray, rng: np.random.Generator) -> None:
    """Multiply ``gain``, float32 ``[S, S, 3]``, by what lesions of one kind let back."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return
    light = np.cumprod([rng.uniform(*limits) for limits in kind.light])
    middle = _somewhere(rows, columns, rng)
    for _ in range(int(rng.integers(*kind.number, endpoint=True))):
        spread = kind.reach * kind.radius[1]
        centre = middle + rng.normal(0, spread / 2, 2) if kind.reach else _somewhere(rows, columns, rng)
        radius = kind.radius[0] * (kind.radius[1] / kind.radius[0]) ** rng.uniform()
        soft = rng.uniform(*kind.soft)
        shade = 1 + (light - 1) * rng.uniform(0.5, 1)
        outline = _outline(radius, rng.uniform(*kind.ragged), rng)
        if rng.random() < kind.rim:
            _multiply(gain, centre, outline * rng.uniform(1.1, 1.5), soft, np.full(3, rng.uniform(*PIGMENT)), rng)
            shade = shade / np.mean(PIGMENT)
        _multiply(gain, centre, outline, soft, shade, rng)


def _somewhere(rows: np.ndarray, columns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    index = int(rng.integers(len(rows)))
    return np.array([columns[index], rows[index]], float)


def _outline(radius: float, ragged: float, rng: np.random.Generator) -> np.ndarray:
    """Corners of a turned ellipse whose outline strays, ``[CORNERS, 2]`` around its middle."""
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    waves = [rng.normal() * np.cos(n * angles + rng.uniform(0, 2 * np.pi)) / n for n in range(2, 2 + HARMONICS)]
    reach = radius * np.clip(1 + ragged * np.sum(waves, axis=0), 0.3, 2)
    longer, turn = rng.uniform(1, 1.5), rng.uniform(0, np.pi)
    x, y = reach * np.cos(angles) * longer, reach * np.sin(angles) / longer
    return np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1)


def _multiply(
    gain: np.ndarray,
    centre: np.ndarray,
    outline: np.ndarray,
    soft: float,
    light: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Let ``light`` back inside an outline, in the small window that it needs."""
    reach = int(np.abs(outline).max() + 4 * soft) + 2
    left, top = (int(value) - reach for value in np.round(centre))
    side = 2 * reach + 1
    corners = np.round((outline + centre - (left, top)) * FINE).astype(np.int32)
    shape = cv2.fillPoly(np.zeros((side, side), np.float32), [corners], 1.0, cv2.LINE_AA, int(np.log2(FINE)))
    grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 1.0) * 3.5
    shape = np.clip(cv2.GaussianBlur(shape, (0, 0), soft) * (1 + GRAIN * grain), 0, 1)
    first = max(-top, 0), max(-left, 0)
    window = gain[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    inside = shape[first[0] :, first[1] :][: window.shape[0], : window.shape[1], None]
    window *= 1 + inside * (light.astype(np.float32) - 1)
