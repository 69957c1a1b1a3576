"""The square around the field of view and the way back: identity, cuts by the sensor, both directions of resampling."""

import numpy as np
import pytest

from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing


def disc(height: int, width: int, x: float, y: float, radius: float) -> FieldOfView:
    yy, xx = np.ogrid[:height, :width]
    mask = (xx - x) ** 2 + (yy - y) ** 2 <= radius**2
    return FieldOfView(mask, (x, y), radius, float(mask.mean()))


def waves(height: int, width: int) -> np.ndarray:
    """A smooth colour picture: uint8 [H, W, 3] in 60..180."""
    yy, xx = np.mgrid[:height, :width] / max(height, width)
    return np.stack([120 + 60 * np.sin(5 * xx + c) * np.cos(4 * yy - c) for c in range(3)], axis=2).astype(np.uint8)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


FRAMES = {
    "inside": (disc(300, 400, 210.0, 140.0, 120.0), (20, 90, 241)),
    "cut top and bottom": (disc(200, 400, 199.5, 99.5, 150.0), (-50, 50, 300)),
    "cut bottom": (disc(220, 400, 200.0, 150.0, 140.0), (10, 60, 281)),
    "cut left and right": (disc(400, 200, 99.5, 199.5, 150.0), (50, -50, 300)),
    "larger than the frame": (disc(256, 256, 127.5, 127.5, 170.0), (0, 0, 256)),
    "framed already": (disc(256, 256, 127.5, 127.5, 127.0), (0, 0, 256)),
}


@pytest.mark.parametrize(("fov", "square"), FRAMES.values(), ids=FRAMES)
def test_square_is_where_the_disc_is_and_holds_all_of_it(fov: FieldOfView, square: tuple[int, int, int]) -> None:
    framing = Framing.around(fov)
    assert (framing.top, framing.left, framing.side) == square
    assert framing.point(0, 0) == square[1::-1] and framing.point(0.5, 0)[0] == square[1] + square[2] / 2
    rows, columns = np.nonzero(fov.mask)
    assert framing.top <= rows.min() and rows.max() < framing.top + framing.side
    assert framing.left <= columns.min() and columns.max() < framing.left + framing.side


@pytest.mark.parametrize(("fov", "square"), FRAMES.values(), ids=FRAMES)
def test_without_resampling_the_restored_square_arrives_exactly(fov: FieldOfView, square: tuple[int, int, int]) -> None:
    framing, upload = Framing.around(fov), noise(*fov.mask.shape)
    restored = 255 - framing.crop(upload, framing.side)
    pasted = framing.paste(restored, upload, fov.mask)
    assert np.array_equal(pasted[fov.mask], 255 - upload[fov.mask])
    assert np.array_equal(pasted[~fov.mask], upload[~fov.mask])


@pytest.mark.parametrize("size", [64, 200, 512])
@pytest.mark.parametrize(("fov", "square"), FRAMES.values(), ids=FRAMES)
def test_unchanged_square_leaves_the_upload_bit_identical(fov: FieldOfView, square: object, size: int) -> None:
    framing, upload = Framing.around(fov), noise(*fov.mask.shape)
    original = upload.copy()
    assert np.array_equal(framing.paste(framing.crop(upload, size), upload, fov.mask), original)
    assert np.array_equal(upload, original)


@pytest.mark.parametrize("size", [128, 512], ids=["upload larger than the square", "upload smaller"])
def test_change_is_carried_over_and_fine_detail_survives(size: int) -> None:
    fov = disc(300, 400, 210.0, 140.0, 120.0)
    framing, upload = Framing.around(fov), waves(300, 400)
    upload[::2, ::2] += 20  # finer than a 128 px square can hold
    restored = framing.crop(upload, size) + np.uint8(30)
    pasted = framing.paste(restored, upload, fov.mask)
    assert np.array_equal(pasted[fov.mask], upload[fov.mask] + 30)
    assert np.array_equal(pasted[~fov.mask], upload[~fov.mask])


@pytest.mark.parametrize("brighter", [0, 40])
@pytest.mark.parametrize("height", [500, 560], ids=["cut above and below", "whole"])
def test_black_around_the_restored_eye_does_not_reach_into_it(height: int, brighter: int) -> None:
    fov = disc(height, 600, 300.0, height / 2, 270.0)
    framing, upload = Framing.around(fov), waves(height, 600)
    inside = framing.crop_mask(fov.mask, 128)
    restored = (framing.crop(upload, 128) + np.uint8(brighter)) * inside[..., None]
    pasted = framing.paste(restored, upload, fov.mask)
    assert np.array_equal(pasted[fov.mask], upload[fov.mask] + brighter)


def test_a_restoration_of_a_larger_upload_is_found_again_when_cropped() -> None:
    fov = disc(600, 600, 299.5, 299.5, 299.0)
    framing, upload = Framing.around(fov), waves(600, 600)
    restored = np.roll(framing.crop(upload, 200), 1, axis=2)
    again = framing.crop(framing.paste(restored, upload, np.ones_like(fov.mask)), 200)
    assert np.abs(again.astype(int) - restored).max() <= 2


def test_sums_saturate_instead_of_wrapping() -> None:
    fov = disc(160, 160, 79.5, 79.5, 79.0)
    framing, upload = Framing.around(fov), np.full((160, 160, 3), 200, np.uint8)
    upload[80, 80] = 255
    restored = np.full((80, 80, 3), 250, np.uint8)
    assert framing.paste(restored, upload, fov.mask)[80, 80].tolist() == [255, 255, 255]


def test_outside_the_sensor_is_black_and_not_in_the_mask() -> None:
    fov, _ = FRAMES["cut top and bottom"]
    framing, upload = Framing.around(fov), np.full((200, 400, 3), 90, np.uint8)
    square, mask = framing.crop(upload, 300), framing.crop_mask(fov.mask, 300)
    assert not square[:50].any() and not square[250:].any() and (square[50:250] == 90).all()
    assert mask.dtype == np.bool_ and not mask[:50].any() and mask[150, 150]
    assert framing.crop_mask(fov.mask, 150).mean() == pytest.approx(mask.mean(), abs=0.005)


def test_identity_when_the_square_is_the_frame() -> None:
    fov, _ = FRAMES["framed already"]
    upload = noise(256, 256)
    square = Framing.around(fov).crop(upload, 256)
    assert np.array_equal(square, upload) and not np.shares_memory(square, upload)
    assert np.array_equal(Framing.around(fov).crop_mask(fov.mask, 256), fov.mask)
