"""TIFF files of more than 8 bits, in every layout that a scanner or an archive may have chosen."""

import struct
from collections.abc import Sequence

import numpy as np
import pytest

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.decode import read

HEIGHT, WIDTH = 128, 144
Y, X = np.mgrid[:HEIGHT, :WIDTH]
PICTURE = np.stack([X * 255 // WIDTH, Y * 255 // HEIGHT, 40 + (X + Y) // 3], axis=2).astype(np.uint8)
GREY = np.ascontiguousarray(PICTURE[..., 0])
DEEP = PICTURE.astype(np.uint16) * 257
SHORT, LONG = 3, 4
BITS, PHOTOMETRIC, EXTRA = 258, 262, 338


def tiff(strips: Sequence[bytes], samples: int, bits: int, photometric: int, planar: int = 1, extra: int = -1) -> bytes:
    """A little-endian TIFF without compression: one strip, or one for each plane."""
    offsets = [8 + sum(map(len, strips[:number])) for number in range(len(strips))]
    tags: dict[int, tuple[int, list[int]]] = {
        256: (SHORT, [WIDTH]),
        257: (SHORT, [HEIGHT]),
        BITS: (SHORT, [bits] * samples),
        259: (SHORT, [1]),
        PHOTOMETRIC: (SHORT, [photometric]),
        273: (LONG, offsets),
        277: (SHORT, [samples]),
        278: (SHORT, [HEIGHT]),
        279: (LONG, [len(strip) for strip in strips]),
        284: (SHORT, [planar]),
    } | ({EXTRA: (SHORT, [extra])} if extra >= 0 else {})
    pixels = b"".join(strips)
    directory, beyond = 8 + len(pixels), b""
    table = struct.pack("<H", len(tags))
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'L'}", *values)
        if len(packed) > 4:
            place = directory + 2 + 12 * len(tags) + 4 + len(beyond)
            beyond, packed = beyond + packed + b"\0" * (len(packed) % 2), struct.pack("<L", place)
        table += struct.pack("<HHL", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<L", directory) + pixels + table + struct.pack("<L", 0) + beyond


def twelve_bits(levels: np.ndarray) -> bytes:
    """Two samples in three bytes."""
    pairs = levels.reshape(-1, 2).astype(np.uint16)
    first, second = pairs[:, 0], pairs[:, 1]
    return np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8).tobytes()


def with_fourth(levels: np.ndarray) -> bytes:
    return np.dstack([DEEP, levels.astype(np.uint16)]).tobytes()


HALF = np.where(X < 60, 0, 65535)
LAYOUTS = {
    "RGB": (tiff([DEEP.tobytes()], 3, 16, 2), PICTURE),
    "white is zero": (tiff([(65535 - DEEP[..., 0]).tobytes()], 1, 16, 0), np.dstack([GREY] * 3)),
    "12 bits": (tiff([twelve_bits(GREY.astype(int) * 4095 // 255)], 1, 12, 1), np.dstack([GREY] * 3)),
    "a fourth sample of no meaning": (tiff([with_fourth(HALF * 0)], 4, 16, 2, extra=0), PICTURE),
    "opacity, already applied": (tiff([with_fourth(HALF)], 4, 16, 2, extra=1), PICTURE),
    "opacity, still to be applied": (tiff([with_fourth(HALF)], 4, 16, 2, extra=2), PICTURE * (X >= 60)[..., None]),
}


@pytest.mark.parametrize(("data", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_becomes_the_same_picture(data: bytes, expected: np.ndarray) -> None:
    assert np.abs(read(data).astype(int) - expected).max() <= 1


def test_inks_are_turned_into_light() -> None:
    inks = np.dstack([255 - PICTURE, np.zeros_like(GREY)]).astype(np.uint16) * 257
    assert np.abs(read(tiff([inks.tobytes()], 4, 16, 5)).astype(int) - PICTURE).max() <= 1


def test_what_would_come_out_wrong_is_refused() -> None:
    planes = [np.ascontiguousarray(DEEP[..., channel]).tobytes() for channel in range(3)]
    with pytest.raises(ImageError, match="16-bit colours of this TIFF") as refusal:
        read(tiff(planes, 3, 16, 2, planar=2))
    assert "interleaved" in refusal.value.remedy
