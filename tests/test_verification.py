"""A statement that survives the file, and pixels that no longer fit it."""

import io
import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import dicom_files as files
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.provenance import Origin, hash_of
from retinaregen_core.report import as_dicom, as_png, exported
from retinaregen_core.verification import verify

MOMENT = datetime(2026, 3, 1, 12, 30, 45, 678, UTC)


@pytest.fixture(scope="module")
def result(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    return tiny_model.restore(phantom.image, seed=4)


def as_derived(result: Restoration) -> bytes:
    source = files.encoded(files.dataset(result.photograph))
    return as_dicom(result, decode.photograph(source), source)


def saved(picture: np.ndarray, text: str) -> bytes:
    """What another program makes of it that keeps the metadata."""
    chunks, stream = PngInfo(), io.BytesIO()
    chunks.add_text("RetinaRegen", text)
    Image.fromarray(picture).save(stream, "PNG", pnginfo=chunks)
    return stream.getvalue()


@pytest.mark.parametrize("visible_mark", [True, False])
def test_png_verifies(result: Restoration, visible_mark: bool) -> None:
    found = verify(as_png(result, visible_mark=visible_mark))
    assert found.unchanged
    assert found.origin == Origin.of(result.provenance, exported(result, visible_mark), visible_mark)
    assert (found.origin.seed, found.origin.steps, found.origin.time) == (4, 3, None)


def test_several_samples_are_stated(result: Restoration) -> None:
    several = replace(result, provenance=replace(result.provenance, samples=4))
    for data in (as_png(several), as_derived(several)):
        found = verify(data)
        assert found.origin is not None and found.origin.samples == 4
    assert '"samples"' not in Origin.of(result.provenance, result.restored, True).text
    assert b"mean of 4 samples" in as_derived(several) and b"mean of" not in as_derived(result)


def test_damage_to_a_derived_image_is_told(result: Restoration) -> None:
    data = bytearray(as_derived(result))
    place = data.index(b"\x11\x00\x10\x00")  # (0011,0010), whose kind of value follows
    data[place + 4 : place + 6] = b"Z?"
    with pytest.raises(ImageError, match="damaged"):
        verify(bytes(data))


def test_dicom_verifies(result: Restoration) -> None:
    found = verify(as_derived(result))
    assert found.unchanged
    assert found.origin == Origin.of(result.provenance, exported(result), True)


def test_one_changed_level_is_seen(result: Restoration) -> None:
    picture = exported(result).copy()
    text = Origin.of(result.provenance, picture, True).text
    assert verify(saved(picture, text)).unchanged
    picture[256, 256, 1] ^= 1
    found = verify(saved(picture, text))
    assert found.origin is not None and not found.unchanged


def test_a_picture_of_another_shape_has_another_hash() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    assert hash_of(picture) != hash_of(picture.reshape(300, 200, 3))


def test_time_is_stated_only_on_request(result: Restoration) -> None:
    assert as_png(result) == as_png(result)
    found = verify(as_png(result, time=MOMENT))
    assert found.origin is not None and found.origin.time == "2026-03-01T12:30:45+00:00"


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"software": 1}', "{", "7", "[" * 100_000])
def test_what_is_no_statement(result: Restoration, text: str) -> None:
    found = verify(saved(result.photograph, text))
    assert found.origin is None and not found.unchanged


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("software", 1),
        ("model", "\x1b[2J"),
        ("model", "\ud800"),
        ("sha256", None),
        ("seed", "0"),
        ("steps", True),
        ("visible_mark", 1),
        ("time", 5),
        ("strength", "x"),
        ("strength", math.nan),
        ("strength", 10**400),
        ("samples", [4]),
    ],
)
def test_a_statement_of_wrong_types_is_none(result: Restoration, name: str, value: object) -> None:
    origin = Origin.of(result.provenance, result.restored, True, MOMENT)
    assert Origin.parse(origin.text) == origin
    assert Origin.parse(json.dumps(json.loads(origin.text) | {name: value})) is None


def test_files_without_a_statement(result: Restoration) -> None:
    stream = io.BytesIO()
    Image.fromarray(result.photograph).save(stream, "JPEG")
    for data in (stream.getvalue(), files.encoded(files.dataset(result.photograph))):
        assert verify(data).origin is None
    with pytest.raises(ImageError):
        verify(b"not a picture")
