"""Pictures inside a report: with a title burned in above and below, and maps with their legend."""

import io
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.metrics.spots import Weakened
from retinaregen_core.records import Restoration
from retinaregen_core.report import sentences

JPEG_QUALITY = 93
"""Of pictures inside a report, with full colour resolution; they are for reading, not for measuring."""
COLOUR_MAP = cv2.COLORMAP_PLASMA
"""Perceptually uniform, also for readers who see no red or no green, and unlike any colour of a fundus."""
WHITE = (255, 255, 255)
CLEARANCE = 8
"""Pixels between a spot and the circle around it."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def as_jpeg(picture: np.ndarray) -> bytes:
    """uint8 ``[H, W, 3]`` for a report."""
    return encoded(picture, "JPEG", quality=JPEG_QUALITY, subsampling=0)


def encoded(picture: np.ndarray, file_format: str, **options: object) -> bytes:
    """uint8 ``[H, W, 3]`` in one of Pillow's formats."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, file_format, **options)
    return stream.getvalue()


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """``[H, W, ...]`` with at most ``side`` pixels on the long side (area mean); smaller ones as they are."""
    height, width = picture.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return picture
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def of_eye(title: str, eye: Laterality | None) -> str:
    """The title of a picture, and of which eye it is, where somebody says so."""
    return f"{title} · {eye}" if eye else title


def title_of_photograph(restoration: Restoration, eye: Laterality | None) -> str:
    """What the picture that was restored is called."""
    return of_eye(sentences.DAMAGED if restoration.damage else sentences.ORIGINAL, eye)


def captioned(picture: np.ndarray, above: str, below: str = "") -> np.ndarray:
    """uint8 ``[H, W, 3]`` -> uint8 ``[H + bands, W, 3]``: text on black bands that cover no pixel of the eye."""
    bands = [_band(text, picture.shape[1]) for text in (above, below) if text]
    return np.concatenate([bands[0], picture, *bands[1:]])


def band_height(width: int) -> int:
    """Pixels of a band above or below a picture of this width."""
    return max(20, width // 18)


def _band(text: str, width: int) -> np.ndarray:
    height = band_height(width)
    band = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(band)
    size, margin = 0.66 * height, height / 2
    natural = pen.textlength(text, ImageFont.load_default(size))
    font = ImageFont.load_default(size * min(1, (width - 2 * margin) / natural))
    pen.text((margin, height / 2), text, WHITE, font, anchor="lm")
    return np.asarray(band)


def written(sentences: Iterable[str], width: int) -> np.ndarray:
    """Sentences on black for below a picture ``width`` pixels wide, uint8 ``[h, width, 3]``.

    Each begins a line and goes on below where its line is full, so that the letters stay large enough to read.
    """
    size = max(12, width // 64)
    font, margin, height = ImageFont.load_default(size), size, round(1.5 * size)
    lines = [line for sentence in sentences for line in _broken(sentence, font, width - 2 * margin)]
    canvas = Image.new("RGB", (width, height * len(lines) + margin))
    pen = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        pen.text((margin, margin / 2 + height * (number + 0.5)), line, WHITE, font, anchor="lm")
    return np.asarray(canvas)


def _broken(sentence: str, font: Font, width: float) -> Iterator[str]:
    """Lines of whole words that fit into ``width`` pixels, where the words do."""
    line = ""
    for word in sentence.split():
        longer = f"{line} {word}".lstrip()
        if line and font.getlength(longer) > width:
            yield line
            longer = word
        line = longer
    yield line


def heat_map(values: np.ndarray, full: float, mask: np.ndarray) -> np.ndarray:
    """A map as colours over a legend with its numbers, uint8 ``[S + h, S, 3]``; black outside the field of view.

    Args:
        values: float ``[S, S]``, at least 0.
        full: the value of the last colour.
        mask: bool ``[S, S]``.
    """
    return np.concatenate([_coloured(values / full) * mask[..., None], _legend(full, values.shape[1])])


def ringed(picture: np.ndarray, spots: Iterable[Weakened]) -> np.ndarray:
    """uint8 ``[H, W, 3]`` whose first 512 rows are the framed square, with a white circle around each of some spots."""
    circled = picture.copy()
    for spot in spots:
        centre, radius = (round(spot.x), round(spot.y)), round(spot.radius) + CLEARANCE
        cv2.circle(circled, centre, radius, WHITE, 2, cv2.LINE_AA)
    return circled


def _coloured(shares: np.ndarray) -> np.ndarray:
    levels = np.clip(shares * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(levels, COLOUR_MAP), cv2.COLOR_BGR2RGB))


def _legend(full: float, width: int) -> np.ndarray:
    height = band_height(width)
    numbers = Image.new("RGB", (width, height))
    pen, font = ImageDraw.Draw(numbers), ImageFont.load_default(0.66 * height)
    for x, text, anchor in ((4, "0", "lm"), (width / 2, f"{full / 2:g}", "mm"), (width - 4, f"{full:g}+", "rm")):
        pen.text((x, height / 2), text, WHITE, font, anchor=anchor)
    ramp = np.tile(np.linspace(0, 1, width), (height // 2, 1))
    return np.concatenate([np.zeros((height // 4, width, 3), np.uint8), _coloured(ramp), np.asarray(numbers)])
