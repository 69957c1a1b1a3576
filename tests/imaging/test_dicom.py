"""What cameras and archives send: layouts, depths, compressions, frames, and files that hold no photograph."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, uid

import dicom_files as files
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode, dicom

HEIGHT, WIDTH = 140, 180
Y, X = np.mgrid[:HEIGHT, :WIDTH]
PICTURE = np.stack([X * 255 // WIDTH, Y * 255 // HEIGHT, 40 + (X + Y) // 3], axis=2).astype(np.uint8)
"""Smooth, different in each channel and in each corner: uint8 [H, W, 3]."""
GREY = np.ascontiguousarray(PICTURE[..., 0])
THREE_GREYS = np.stack([GREY] * 3, axis=2)
DEEP = PICTURE.astype(np.uint16) * 257
TWELVE = np.round(PICTURE / 255 * 4095).astype(np.uint16)
YCBCR = np.asarray(Image.fromarray(PICTURE).convert("YCbCr"))


def palette(bits: int, words: int | None = None) -> Dataset:
    """Indices 0 to 255 through three tables of 8 or 16 bits: red as it is, green inverted, blue half.

    ``words``: bits of the words that the entries are stored in; ``None`` for as many.
    """
    levels = np.arange(256) * (257 if bits == 16 else 1)
    made = files.dataset(GREY, "PALETTE COLOR")
    for colour, table in {"Red": levels, "Green": levels[::-1], "Blue": levels // 2}.items():
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, bits])
        setattr(made, f"{colour}PaletteColorLookupTableData", table.astype(f"<u{(words or bits) // 8}").tobytes())
    return made


PALETTE = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)
EXACT: dict[str, tuple[Callable[[], bytes], np.ndarray]] = {
    "RGB": (lambda: files.encoded(files.dataset(PICTURE)), PICTURE),
    "implicit": (lambda: files.encoded(files.dataset(PICTURE), uid.ImplicitVRLittleEndian), PICTURE),
    "big-endian": (
        lambda: files.encoded(files.dataset(PICTURE), uid.ExplicitVRBigEndian),
        PICTURE,
    ),
    "planes": (lambda: files.encoded(planes()), PICTURE),
    "no preamble, explicit": (
        lambda: files.encoded(files.dataset(PICTURE), uid.ExplicitVRLittleEndian, preamble=False),
        PICTURE,
    ),
    "no preamble, implicit": (
        lambda: files.encoded(files.dataset(PICTURE), uid.ImplicitVRLittleEndian, preamble=False),
        PICTURE,
    ),
    "MONOCHROME2": (lambda: files.encoded(files.dataset(GREY, "MONOCHROME2")), THREE_GREYS),
    "MONOCHROME1": (lambda: files.encoded(files.dataset(GREY, "MONOCHROME1")), 255 - THREE_GREYS),
    "palette of 8 bits": (lambda: files.encoded(palette(8)), PALETTE),
    "palette of 8 bits in words of 16": (lambda: files.encoded(palette(8, 16)), PALETTE),
    "palette of 16 bits": (lambda: files.encoded(palette(16)), PALETTE),
    "16-bit RGB": (lambda: files.encoded(files.dataset(DEEP)), PICTURE),
    "12 of 16 bits": (lambda: files.encoded(files.dataset(TWELVE, bits_stored=12)), PICTURE),
    "16-bit MONOCHROME1": (lambda: files.encoded(files.dataset(DEEP[..., 0], "MONOCHROME1")), 255 - THREE_GREYS),
    "RLE": (lambda: files.compressed(files.dataset(PICTURE), uid.RLELossless), PICTURE),
    "lossless JPEG": (lambda: lossless_jpeg(PICTURE, "RGB"), PICTURE),
    "lossless JPEG, grey": (lambda: lossless_jpeg(GREY, "MONOCHROME2"), THREE_GREYS),
    "JPEG-LS": (lambda: files.compressed(files.dataset(PICTURE), uid.JPEGLSLossless), PICTURE),
    "JPEG-LS of 16 bits": (
        lambda: files.compressed(files.dataset(DEEP[..., 0], "MONOCHROME2"), uid.JPEGLSLossless),
        THREE_GREYS,
    ),
    "JPEG 2000": (lambda: files.compressed(files.dataset(PICTURE), uid.JPEG2000Lossless), PICTURE),
    "JPEG 2000 of 16 bits": (lambda: files.compressed(files.dataset(DEEP), uid.JPEG2000Lossless), PICTURE),
    "JPEG 2000, YBR_RCT": (
        lambda: files.compressed(files.dataset(PICTURE, "YBR_RCT"), uid.JPEG2000Lossless),
        PICTURE,
    ),
}
NEAR: dict[str, Callable[[], bytes]] = {
    "YBR_FULL": lambda: files.encoded(files.dataset(YCBCR, "YBR_FULL")),
    "lossless JPEG of YCbCr": lambda: lossless_jpeg(YCBCR, "YBR_FULL"),
    "JPEG": lambda: files.jpeg(files.dataset(PICTURE), [PICTURE]),
    "JPEG-LS, near-lossless": lambda: files.compressed(files.dataset(PICTURE), uid.JPEGLSNearLossless, jls_error=2),
    "JPEG 2000, lossy": lambda: files.compressed(files.dataset(PICTURE), uid.JPEG2000, j2k_psnr=[45]),
    "JPEG 2000, YBR_ICT": lambda: files.compressed(files.dataset(PICTURE, "YBR_ICT"), uid.JPEG2000, j2k_psnr=[45]),
}


def lossless_jpeg(samples: np.ndarray, colour: str) -> bytes:
    return files.encapsulated(files.dataset(samples, colour), [files.lossless_jpeg(samples)], uid.JPEGLosslessSV1)


def planes() -> Dataset:
    """Colour by plane: all reds, all greens, all blues."""
    made = files.dataset(PICTURE, PlanarConfiguration=1)
    made.PixelData = PICTURE.transpose(2, 0, 1).tobytes()
    return made


@pytest.mark.parametrize(("data", "expected"), EXACT.values(), ids=EXACT)
def test_every_layout_becomes_the_same_rgb(data: Callable[[], bytes], expected: np.ndarray) -> None:
    picture = decode.read(data())
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    np.testing.assert_array_equal(picture, expected)


@pytest.mark.parametrize("data", NEAR.values(), ids=NEAR)
def test_lossy_layouts_keep_their_colours(data: Callable[[], bytes]) -> None:
    assert np.abs(decode.read(data()).astype(int) - PICTURE).mean() < 2


def test_grey_jpeg() -> None:
    data = files.jpeg(files.dataset(GREY, "MONOCHROME2"), [GREY])
    assert np.abs(decode.read(data).astype(int) - THREE_GREYS).mean() < 2


def test_subsampled_ycbcr_is_spread_out_again() -> None:
    """YBR_FULL_422 without compression: two lumas share one pair of chromas (PS3.3 C.7.6.3.1.2)."""
    pairs = YCBCR.reshape(HEIGHT, WIDTH // 2, 2, 3)
    stored = np.concatenate([pairs[..., 0], pairs[:, :, :1, 1:].reshape(HEIGHT, -1, 2)], axis=2)
    made = files.dataset(YCBCR, "YBR_FULL_422")
    made.PixelData = np.ascontiguousarray(stored).tobytes()
    assert np.abs(decode.read(files.encoded(made)).astype(int) - PICTURE).mean() < 2


def test_sixteen_bits_are_neither_clipped_nor_stretched() -> None:
    dark = np.full((HEIGHT, WIDTH), 20 * 257, np.uint16)
    dark[0, 0] = 65535
    picture = decode.read(files.encoded(files.dataset(dark, "MONOCHROME2")))
    assert (picture[0, 0] == 255).all()
    assert (picture[1:] == 20).all()


@pytest.mark.parametrize(
    ("elements", "laterality"),
    [
        ({"ImageLaterality": "R"}, "OD"),
        ({"ImageLaterality": "L"}, "OS"),
        ({"ImageLaterality": "B"}, None),
        ({"ImageLaterality": None}, None),
        ({"ImageLaterality": None, "Laterality": "L"}, "OS"),
        ({"ImageLaterality": "R", "Laterality": "L"}, "OD"),
    ],
)
def test_laterality(elements: dict[str, str | None], laterality: str | None) -> None:
    assert decode.photograph(files.encoded(files.dataset(PICTURE, **elements))).laterality == laterality


@pytest.mark.parametrize(("said", "burned_in"), [("YES", True), ("NO", False), (None, None), ("MAYBE", None)])
def test_burned_in_annotation(said: str | None, burned_in: bool | None) -> None:
    photograph = decode.photograph(files.encoded(files.dataset(PICTURE, BurnedInAnnotation=said)))
    assert photograph.burned_in is burned_in
    assert photograph.dicom


SEVERAL = np.stack([PICTURE, 255 - PICTURE, PICTURE[::-1]])
STORED: dict[str, Callable[[], bytes]] = {
    "uncompressed": lambda: files.encoded(files.dataset(SEVERAL, frames=3)),
    "RLE": lambda: files.compressed(files.dataset(SEVERAL, frames=3), uid.RLELossless),
    "JPEG-LS": lambda: files.compressed(files.dataset(SEVERAL, frames=3), uid.JPEGLSLossless),
}


@pytest.mark.parametrize("data", STORED.values(), ids=STORED)
def test_a_frame_is_chosen(data: Callable[[], bytes]) -> None:
    stored = data()
    for number in (1, 2, 3):
        photograph = decode.photograph(stored, number)
        assert (photograph.frame, photograph.frames) == (number, 3)
        np.testing.assert_array_equal(photograph.image, SEVERAL[number - 1])
    np.testing.assert_array_equal(decode.read(stored), PICTURE)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_frame_that_is_not_there(number: int) -> None:
    with pytest.raises(ImageError, match=f"no frame {number}: the file holds 3"):
        decode.photograph(STORED["uncompressed"](), number)


def test_other_formats_are_one_frame(tmp_path: Path) -> None:
    path = tmp_path / "eye.png"
    Image.fromarray(PICTURE).save(path)
    photograph = decode.photograph(path)
    assert (photograph.frames, photograph.laterality, photograph.dicom) == (1, None, False)
    with pytest.raises(ImageError, match="no frame 2"):
        decode.photograph(path, 2)


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really_dicom.png"
    path.write_bytes(files.encoded(files.dataset(PICTURE)))
    np.testing.assert_array_equal(decode.read(path), PICTURE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_other_pictures_are_not_taken_for_dicom(kind: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, kind)
    assert not dicom.recognises(stream.getvalue())


def without_pixels(sop_class: str) -> bytes:
    made = files.dataset(PICTURE, SOPClassUID=sop_class)
    del made.PixelData
    return files.encoded(made)


def lying_about_size() -> bytes:
    """A data set of 180 x 140 pixels around a JPEG 2000 stream of 1800 x 1400: a bomb in small."""
    large = np.zeros((1400, 1800, 3), np.uint8)
    stream = next(files.get_encoder(uid.JPEG2000Lossless).iter_encode(files.dataset(large)))
    return files.encapsulated(files.dataset(PICTURE), [stream], uid.JPEG2000Lossless)


def large_jpeg() -> bytes:
    made = files.dataset(PICTURE)
    return files.jpeg(made, [np.zeros((1400, 1800, 3), np.uint8)])


def run_length_bomb() -> bytes:
    """One segment that repeats a byte for ever."""
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    return files.encapsulated(files.dataset(GREY, "MONOCHROME2"), [header + b"\x81\x07" * 200_000], uid.RLELossless)


PLAIN = files.encoded(files.dataset(PICTURE))
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut in the pixels": (lambda: PLAIN[:-5000], "damaged or cut short"),
    "cut in the header": (lambda: PLAIN[:400], "damaged or cut short"),
    "preamble only": (lambda: PLAIN[:132], "damaged or cut short"),
    "cut JPEG": (lambda: files.jpeg(files.dataset(PICTURE), [PICTURE])[:-2500], "damaged or cut short"),
    "nonsense after the preamble": (lambda: PLAIN[:132] + b"\xff\x00" * 4000, "damaged or cut short"),
    "nonsense as JPEG": (
        lambda: files.encapsulated(files.dataset(PICTURE), [b"\xff\xd8" + bytes(500)], uid.JPEGBaseline8Bit),
        "damaged or cut short",
    ),
    "another size inside, JPEG 2000": (lying_about_size, "damaged or cut short"),
    "another size inside, JPEG": (large_jpeg, "damaged or cut short"),
    "run lengths without end": (run_length_bomb, "damaged or cut short"),
    "pixels left out": (lambda: without_pixels(files.PHOTOGRAPHY_8), "its pixels were left out"),
    "a report": (lambda: without_pixels("1.2.840.10008.5.1.4.1.1.104.1"), "no photograph .Encapsulated PDF Storage"),
    "private kind": (lambda: without_pixels("1.3.6.1.4.1.5962.1.2"), "no photograph .a private kind"),
    "deflated": (
        lambda: files.encoded(files.dataset(PICTURE), uid.DeflatedExplicitVRLittleEndian),
        "compressed as Deflated Explicit VR Little Endian",
    ),
    "film": (lambda: files.encapsulated(files.dataset(PICTURE), [b"\0" * 99], uid.MPEG2MPML), "compressed as MPEG2"),
    "lossless JPEG of 16 bits": (
        lambda: files.encapsulated(files.dataset(DEEP), [files.lossless_jpeg(PICTURE)], uid.JPEGLosslessSV1),
        "JPEG of 16 bits",
    ),
    "hue and saturation": (lambda: files.encoded(files.dataset(PICTURE, "HSV")), "laid out as HSV"),
    "samples do not fit": (
        lambda: files.encoded(files.dataset(PICTURE, "MONOCHROME2")),
        "laid out as MONOCHROME2 with 3 samples",
    ),
    "signed": (lambda: files.encoded(files.dataset(GREY, "MONOCHROME2", PixelRepresentation=1)), "signed"),
    "levels in the upper bits": (
        lambda: files.encoded(files.dataset(TWELVE, bits_stored=12, HighBit=15)),
        "do not lie in the lowest 12 bits",
    ),
    "too small": (lambda: files.encoded(files.dataset(PICTURE[:100])), "180 x 100 pixels; each side"),
    "too large": (lambda: files.encoded(files.dataset(PICTURE, Rows=30000, Columns=30000)), "30000 x 30000 pixels"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused_with_its_own_sentence(data: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence) as refusal:
        decode.read(data())
    assert refusal.value.remedy.endswith(".")
    assert not any(secret in str(refusal.value) for secret in files.SECRETS)


def test_damage_anywhere_is_an_image_error() -> None:
    """Every byte of the header in turn is spoiled: a picture or a sentence, never another error."""
    whole = files.jpeg(files.dataset(PICTURE), [PICTURE])
    for place in range(128, 1200):
        spoiled = bytearray(whole)
        spoiled[place] ^= 0xFF
        with contextlib.suppress(ImageError):
            assert decode.read(bytes(spoiled)).dtype == np.uint8


def test_patient_fields_are_neither_kept_nor_logged(tmp_path: Path) -> None:
    """In a process of its own: pytest undoes the filters of warnings."""
    data = files.encoded(files.dataset(PICTURE, ImageLaterality=files.PATIENT, BurnedInAnnotation=files.PATIENT))
    (tmp_path / "study.dcm").write_bytes(data)
    script = """if True:
        import logging, sys
        from retinaregen_core.imaging import decode
        logging.basicConfig(level=logging.DEBUG)
        photograph = decode.photograph(sys.argv[1])
        print({name: value for name, value in vars(photograph).items() if name != "image"})
    """
    run = files.script(script, tmp_path / "study.dcm")
    assert "'dicom': True" in run.stdout
    assert not any(secret in run.stdout + run.stderr for secret in files.SECRETS)


@pytest.mark.parametrize("data", STORED.values(), ids=STORED)
def test_stripped_file_holds_the_pictures_and_nobody(data: Callable[[], bytes]) -> None:
    kept = dicom.stripped(data())
    assert not any(secret.encode() in kept for secret in files.SECRETS)
    photograph = decode.photograph(kept, 3)
    assert (photograph.frames, photograph.laterality) == (3, "OD")
    np.testing.assert_array_equal(photograph.image, SEVERAL[2])


def test_only_what_concerns_the_picture_is_parsed() -> None:
    names = {element.keyword for element in dicom._parsed(PLAIN)}
    assert names <= {*dicom.TAGS, "SpecificCharacterSet"}


@pytest.mark.parametrize("reader", [dicom.read, dicom.stripped])
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("Unable to decode: Unable to allocate 9.31 GiB")])
def test_a_lack_of_memory_is_not_called_damage(
    reader: Callable[[bytes], object], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(data: bytes) -> Dataset:
        raise error

    monkeypatch.setattr(dicom, "_parsed", exhausted)
    with pytest.raises(type(error)):
        reader(PLAIN)
