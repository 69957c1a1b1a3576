"""Everything a visitor may hand over: layouts, depths, turned cameras, and files that are no photographs."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import deep
from retinaregen_core.imaging.decode import read
from retinaregen_core.imaging.samples import MIN_SIDE

HEIGHT, WIDTH = 140, 180


def gradient() -> np.ndarray:
    """Smooth, different in each channel and in each corner: uint8 [H, W, 3]."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, 40 + (x + y) // 3], axis=2).astype(np.uint8)


PICTURE = gradient()
GREY = np.ascontiguousarray(PICTURE[..., 0])
FINE = PICTURE.astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16)[None, :, None] % 120
"""16-bit levels that reach from 0 to nearly 65535 and round to PICTURE: uint16 [H, W, 3]."""


def encoded(picture: Image.Image | np.ndarray, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


GRAIN = np.random.default_rng(0).integers(0, 255, (640, 640, 3), dtype=np.uint8)
"""So large that a TIFF holds it in strips."""


def with_long_offsets(tiff: bytes) -> bytes:
    """The same file, but StripOffsets (tag 273) claims to be of type 16, numbers of 8 bytes."""
    data = bytearray(tiff)
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, entry) == (273,):
            struct.pack_into("<H", data, entry + 2, 16)
    return bytes(data)


def encoded_deep(samples: np.ndarray, suffix: str) -> bytes:
    """16-bit file of grey, RGB or RGBA samples (OpenCV orders channels BGR)."""
    orders = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    done, data = cv2.imencode(suffix, samples if samples.ndim == 2 else cv2.cvtColor(samples, orders[samples.shape[2]]))
    assert done
    return data.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_arrive_bit_for_bit(kind: str) -> None:
    assert np.array_equal(read(encoded(PICTURE, kind)), PICTURE)


def test_jpeg_arrives_nearly_unchanged() -> None:
    assert np.abs(read(encoded(PICTURE, "JPEG", quality=95)).astype(int) - PICTURE).mean() < 2


@pytest.mark.parametrize("kind", ["path", "text", "upper-case suffix", "bytes", "buffer", "view", "pillow", "array"])
def test_every_kind_of_source(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("EYE.PNG" if kind == "upper-case suffix" else "eye.png")
    path.write_bytes(encoded(PICTURE, "PNG"))
    data = path.read_bytes()
    sources = {"text": str(path), "bytes": data, "buffer": bytearray(data), "view": memoryview(data)}
    sources |= {"pillow": Image.open(path), "array": PICTURE}
    picture = read(sources.get(kind, path))
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert np.array_equal(picture, PICTURE)


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(PICTURE, "PNG"))
    assert np.array_equal(read(path), PICTURE)


def test_mirrored_array_is_made_contiguous() -> None:
    mirrored = read(PICTURE[:, ::-1])
    assert mirrored.flags.c_contiguous
    assert np.array_equal(mirrored, PICTURE[:, ::-1])


LAYOUTS: dict[str, tuple[Callable[[], bytes], np.ndarray]] = {
    "grey PNG": (lambda: encoded(GREY, "PNG"), np.stack([GREY] * 3, 2)),
    "grey TIFF": (lambda: encoded(GREY, "TIFF", compression="tiff_lzw"), np.stack([GREY] * 3, 2)),
    "palette PNG": (
        lambda: encoded(Image.fromarray(PICTURE).quantize(16), "PNG"),
        np.asarray(Image.fromarray(PICTURE).quantize(16).convert("RGB")),
    ),
    "1-bit TIFF": (
        lambda: encoded(Image.fromarray(GREY > 99), "TIFF"),
        np.stack([(GREY > 99) * np.uint8(255)] * 3, 2),
    ),
    "CMYK TIFF": (lambda: encoded(Image.fromarray(PICTURE).convert("CMYK"), "TIFF"), PICTURE),
}


@pytest.mark.parametrize(("data", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_becomes_rgb(data: Callable[[], bytes], expected: np.ndarray) -> None:
    assert np.array_equal(read(data()), expected)


def test_cmyk_jpeg_keeps_its_colours() -> None:
    data = encoded(Image.fromarray(PICTURE).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(read(data).astype(int) - PICTURE).mean() < 3


def test_grey_array_becomes_three_equal_channels() -> None:
    assert np.array_equal(read(GREY), np.stack([GREY] * 3, 2))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_colour_is_scaled_over_the_whole_range(suffix: str) -> None:
    assert np.array_equal(read(encoded_deep(FINE, suffix)), PICTURE)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_grey_is_scaled_over_the_whole_range(suffix: str) -> None:
    assert np.array_equal(read(encoded_deep(FINE[..., 0], suffix)), np.stack([GREY] * 3, 2))


def test_big_endian_sixteen_bit_grey() -> None:
    picture = Image.frombytes("I;16B", (WIDTH, HEIGHT), FINE[..., 0].astype(">u2").tobytes())
    assert np.array_equal(read(encoded(picture, "TIFF")), np.stack([GREY] * 3, 2))


def test_sixteen_bits_are_neither_clipped_nor_stretched() -> None:
    dark = np.full((HEIGHT, WIDTH, 3), 20 * 257, np.uint16)
    dark[0, 0] = 65535
    picture = read(encoded_deep(dark, ".png"))
    assert (picture[0, 0] == 255).all()
    assert (picture[1:] == 20).all()


def test_floats_in_the_unit_range_are_levels() -> None:
    data = encoded(Image.fromarray((GREY / 255).astype(np.float32)), "TIFF")
    assert np.array_equal(read(data)[..., 1], GREY)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_become_black(mode: str) -> None:
    picture = Image.fromarray(PICTURE).convert(mode)
    alpha = Image.fromarray(np.where(np.arange(WIDTH) < 60, 0, 255).astype(np.uint8)[None].repeat(HEIGHT, 0))
    picture.putalpha(alpha)
    expected = np.asarray(picture.convert("RGB")) * (np.arange(WIDTH) >= 60)[None, :, None]
    assert np.array_equal(read(encoded(picture, "PNG")), expected)


def test_transparent_palette_entry_becomes_black() -> None:
    picture = Image.fromarray(np.where(GREY > 99, 1, 0).astype(np.uint8), "P")
    picture.putpalette([200, 10, 10, 10, 200, 10])
    pixels = read(encoded(picture, "PNG", transparency=0))
    assert (pixels[GREY <= 99] == 0).all()
    assert (pixels[GREY > 99] == (10, 200, 10)).all()


def test_transparent_pixels_of_sixteen_bits_become_black() -> None:
    alpha = np.where(np.arange(WIDTH) < 60, 0, 65535).astype(np.uint16)[None, :, None].repeat(HEIGHT, 0)
    pixels = read(encoded_deep(np.concatenate([FINE, alpha], axis=2), ".png"))
    assert (pixels[:, :60] == 0).all()
    assert np.array_equal(pixels[:, 60:], PICTURE[:, 60:])


TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).swapaxes(0, 1),
    8: lambda p: np.rot90(p, 1),
}
"""EXIF orientation -> what has to be done to the stored pixels (EXIF 2.3, tag 0x0112)."""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_the_cameras_orientation_is_applied(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    picture = read(encoded(PICTURE, kind, exif=exif, **options))
    expected = TURNS[orientation](PICTURE)
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).mean() < 2


@pytest.mark.parametrize(("tag", "value"), [(0x0128, "in"), (0x0213, "1"), (0x011A, "72")])
def test_odd_tags_beside_the_orientation_do_no_harm(tag: int, value: str) -> None:
    """A text where a number belongs: units of resolution, chroma position, resolution."""
    orientation = struct.pack("<HHLHH", 0x0112, 3, 1, 6, 0)
    entries = sorted([orientation, struct.pack("<HHL4s", tag, 2, len(value) + 1, value.encode())])
    odd = b"Exif\0\0II*\0" + struct.pack("<LH", 8, 2) + b"".join(entries) + struct.pack("<L", 0)
    picture = read(encoded(PICTURE, "JPEG", quality=95, subsampling=0, exif=odd))
    assert np.abs(picture.astype(int) - TURNS[6](PICTURE)).mean() < 2


@pytest.mark.parametrize("orientation", TURNS)
def test_orientation_of_sixteen_bit_colour(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = encoded_deep(FINE, ".png")
    payload = exif.tobytes().removeprefix(b"Exif\x00\x00")
    chunk = b"eXIf" + payload
    marked = plain[:33] + struct.pack(">I", len(payload)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + plain[33:]
    assert np.array_equal(read(marked), TURNS[orientation](PICTURE))


def test_orientation_of_a_pillow_image() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert np.array_equal(read(Image.open(io.BytesIO(encoded(PICTURE, "PNG", exif=exif)))), np.rot90(PICTURE, -1))


def test_first_frame_of_several() -> None:
    other = Image.fromarray(255 - PICTURE)
    assert np.array_equal(read(encoded(PICTURE, "TIFF", save_all=True, append_images=[other])), PICTURE)


def test_two_picture_jpeg_of_a_phone() -> None:
    other = Image.fromarray(255 - PICTURE)
    data = encoded(PICTURE, "MPO", save_all=True, append_images=[other], quality=95)
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert np.abs(read(data).astype(int) - PICTURE).mean() < 2


def bomb() -> bytes:
    """A PNG of a few bytes whose header promises 30000 x 30000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "empty": (lambda: b"", "The file is empty."),
    "text": (lambda: b"Dear doctor, please find attached", "not a photograph that can be read"),
    "GIF": (lambda: encoded(PICTURE, "GIF"), "not a photograph that can be read"),
    "truncated JPEG": (lambda: encoded(PICTURE, "JPEG")[:1500], "damaged or cut short"),
    "truncated PNG": (lambda: encoded(PICTURE, "PNG")[:-400], "damaged or cut short"),
    "truncated TIFF": (lambda: encoded(PICTURE, "TIFF")[:9000], "damaged or cut short"),
    "TIFF whose offsets are no numbers": (lambda: with_long_offsets(encoded(GRAIN, "TIFF")), "damaged or cut short"),
    "truncated BMP": (lambda: encoded(PICTURE, "BMP")[:9000], "damaged or cut short"),
    "truncated 16-bit PNG": (lambda: encoded_deep(FINE, ".png")[:-3000], "damaged or cut short"),
    "truncated Pillow image": (
        lambda: Image.open(io.BytesIO(encoded(PICTURE, "JPEG")[:1500])),
        "damaged or cut short",
    ),
    "bomb": (bomb, "too many pixels; at most 64 megapixels|30000 x 30000 pixels; at most 64"),
    "just too large": (lambda: encoded(Image.new("1", (8200, 8000)), "PNG"), "8200 x 8000 pixels; at most 64"),
    "too small": (lambda: encoded(PICTURE[:100], "PNG"), f"180 x 100 pixels; each side needs at least {MIN_SIDE}"),
    "strip": (
        lambda: encoded(Image.new("L", (130 * 5, 130)), "PNG"),
        "650 x 130 pixels; one side is more than 4 times",
    ),
    "another object": (lambda: {"pixels": PICTURE}, "dict is no photograph"),
    "impossible name": (lambda: "eye\0.png", "no such file"),
    "endless name": (lambda: "e" * 5000, "cannot be opened"),
    "small array": (lambda: PICTURE[:, :90], "90 x 140 pixels; each side"),
    "small Pillow image": (lambda: Image.new("RGB", (20, 300)), "20 x 300 pixels; each side"),
    "floats": (lambda: PICTURE / 255, r"An array of float64 \[140, 180, 3\]"),
    "four channels": (lambda: np.zeros((140, 180, 4), np.uint8), r"\[140, 180, 4\]"),
    "channels first": (lambda: PICTURE.transpose(2, 0, 1), r"\[3, 140, 180\]"),
    "one row": (lambda: np.zeros(9, np.uint8), r"uint8 \[9\]"),
    "floats beyond 1": (lambda: encoded(Image.fromarray(np.float32(GREY)), "TIFF"), "outside 0 to 1"),
    "32-bit levels": (lambda: encoded(Image.fromarray(GREY.astype(np.int32) * 999), "TIFF"), "do not fit into 16 bits"),
}


@pytest.mark.parametrize(("source", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused_with_its_own_sentence(source: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence) as refusal:
        read(source())
    assert refusal.value.remedy.endswith(".")


def test_a_lack_of_memory_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(picture: Image.Image, data: bytes) -> Image.Image:
        raise cv2.error("Insufficient memory")

    monkeypatch.setattr(deep, "eight_bit", exhausted)
    for source in (encoded(PICTURE, "PNG"), Image.fromarray(PICTURE)):
        with pytest.raises(cv2.error):
            read(source)


def test_text_named_like_a_photograph(tmp_path: Path) -> None:
    path = tmp_path / "eye.png"
    path.write_text("not a picture")
    with pytest.raises(ImageError, match="not a photograph that can be read"):
        read(path)


def test_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="a folder, not a photograph"):
        read(tmp_path)
    with pytest.raises(ImageError, match="no such file"):
        read(tmp_path / "eye.png")


def test_reading_leaves_a_pillow_image_as_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = ImageOps.mirror(Image.fromarray(PICTURE))
    picture.getexif()[0x0112] = 6
    read(picture)
    assert picture.size == (WIDTH, HEIGHT)
    assert picture.getexif()[0x0112] == 6
