"""The words that tell a restored picture from a photograph, burned into its pixels."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LINES = (("AI-RESTORED", 1.0), ("not for diagnosis", 0.72))
"""The words, and their size relative to the first line."""
SHARE = 0.027
"""Height of the first line's letters as a share of the picture's shorter side."""
SMALLEST = 11
"""Pixels below which letters cannot be read."""
GREY = (235, 235, 235)
BLACK = (0, 0, 0)


def burn(picture: np.ndarray, retina: np.ndarray | None = None) -> np.ndarray:
    """A copy with the mark in the corner where it hides least of the retina; the size stays.

    Args:
        picture: uint8 ``[H, W, 3]`` RGB.
        retina: bool ``[H, W]``, the field of view; without it, the lower left corner is taken.

    Returns:
        uint8 ``[H, W, 3]``. Letters are light with a dark edge, so that no box hides what lies between them.
    """
    mark = _drawn(max(SMALLEST, SHARE * min(picture.shape[:2])))
    mark = mark[: picture.shape[0], : picture.shape[1]]
    corners = _corners(picture.shape[:2], mark.shape[:2])
    hidden = [0 if retina is None else int((retina[corner] & (mark[..., 3] > 0)).sum()) for corner in corners]
    corner = corners[hidden.index(min(hidden))]
    marked = picture.copy()
    alpha = mark[..., 3:].astype(np.uint16)
    marked[corner] = (mark[..., :3] * alpha + picture[corner] * (255 - alpha) + 127) // 255
    return marked


def _drawn(size: float) -> np.ndarray:
    """The lines as uint8 RGBA ``[h, w, 4]``, transparent around the letters."""
    margin = edge = max(1, round(size / 8))
    fonts = [ImageFont.load_default(size * scale) for _, scale in LINES]
    boxes = [font.getbbox(words, stroke_width=edge) for font, (words, _) in zip(fonts, LINES, strict=True)]
    width = max(box[2] for box in boxes) + 2 * margin
    height = sum(box[3] for box in boxes) + 2 * margin
    canvas = Image.new("RGBA", (round(width), round(height)))
    pen, top = ImageDraw.Draw(canvas), float(margin)
    for font, box, (words, _) in zip(fonts, boxes, LINES, strict=True):
        pen.text((margin, top), words, GREY, font, stroke_width=edge, stroke_fill=BLACK)
        top += box[3]
    return np.asarray(canvas)


def _corners(shape: tuple[int, ...], size: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Lower left, lower right, upper left, upper right."""
    (height, width), (h, w) = shape, size
    rows, columns = (slice(height - h, height), slice(0, h)), (slice(0, w), slice(width - w, width))
    return [(row, column) for row in rows for column in columns]
