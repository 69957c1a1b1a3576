"""The degradation model: each type by its code, its numbers, its chance, and what it must never do."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.imaging.degrade import DEGRADATIONS, KINDS, degrade
from retinaregen_core.imaging.degrade.blur import motion_blur
from retinaregen_core.imaging.degrade.cataract import cloud
from retinaregen_core.imaging.degrade.coding import as_jpeg
from retinaregen_core.imaging.degrade.light import odd
from retinaregen_core.imaging.degrade.spots import add_spot, add_spots
from retinaregen_core.imaging.phantom import Phantom

SEEDS = range(4)
WITHOUT_BLUR = 3
"""A seed whose first blur kernel is 1 x 1, which leaves the picture as it is."""

GOLDEN: dict[str, tuple[tuple[float, float, float], tuple[int, int, int]]] = {
    "001": ((75.22, 49.85, 31.88), (121, 79, 57)),
    "010": ((113.20, 57.43, 22.70), (155, 76, 32)),
    "100": ((112.35, 56.68, 22.01), (155, 79, 29)),
    "011": ((75.49, 50.12, 32.15), (121, 79, 57)),
    "101": ((75.14, 49.79, 31.83), (121, 80, 56)),
    "110": ((112.46, 56.87, 22.26), (154, 79, 30)),
    "111": ((75.30, 49.98, 32.05), (122, 82, 56)),
    "cataract": ((104.47, 66.26, 34.56), (138, 83, 41)),
}
"""Mean of each channel and the pixel at row 100, column 150 of phantom 0 degraded with seed 0."""

PSNR_RANGE: dict[str, tuple[float, float]] = {
    "001": (12, 22),
    "010": (30, 50),
    "100": (30, 50),
    "011": (12, 22),
    "101": (12, 22),
    "110": (30, 50),
    "111": (12, 22),
    "cataract": (12, 24),
}
"""Decibels of the degraded phantom against the sharp one, whole frame."""


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return cv2.PSNR(a, b)


def test_every_type_is_covered() -> None:
    assert set(DEGRADATIONS) == set(GOLDEN) == set(PSNR_RANGE) == set(KINDS) - {"clinic", "focus"}


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_golden_numbers(kind: str, phantom: Phantom) -> None:
    degraded = degrade(phantom.image, phantom.mask, kind, 0)
    means, pixel = GOLDEN[kind]
    assert degraded.mean(axis=(0, 1)) == pytest.approx(means, abs=0.1)
    assert np.abs(degraded[100, 150].astype(int) - pixel).max() <= 2


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_strength_is_that_of_the_published_model(kind: str, phantom: Phantom) -> None:
    low, high = PSNR_RANGE[kind]
    for seed in SEEDS:
        assert low < psnr(degrade(phantom.image, phantom.mask, kind, seed), phantom.image) < high


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_one_seed_one_picture_of_the_same_layout_and_black_outside(kind: str, phantom: Phantom) -> None:
    sharp = phantom.image.copy()
    first, second = (degrade(phantom.image, phantom.mask, kind, 1) for _ in range(2))
    assert np.array_equal(first, second)
    assert (first.dtype, first.shape) == (np.uint8, phantom.image.shape)
    assert (first[~phantom.mask] == 0).all()
    assert np.array_equal(phantom.image, sharp)


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_every_seed_another_picture(kind: str, phantom: Phantom) -> None:
    pictures = [degrade(phantom.image, phantom.mask, kind, seed) for seed in (0, 2, 7)]
    for index, picture in enumerate(pictures):
        assert all(not np.array_equal(picture, other) for other in pictures[:index])


def test_mask_is_applied_to_a_picture_that_is_bright_outside_it(phantom: Phantom) -> None:
    bright = np.full_like(phantom.image, 200)
    for kind in DEGRADATIONS:
        assert (degrade(bright, phantom.mask, kind, 0)[~phantom.mask] == 0).all()


def test_a_pair_that_comes_out_identical_is_drawn_again(phantom: Phantom) -> None:
    once = DEGRADATIONS["100"](phantom.image, phantom.mask, np.random.default_rng(WITHOUT_BLUR))
    assert np.array_equal(once, phantom.image)
    again = degrade(phantom.image, phantom.mask, "100", WITHOUT_BLUR)
    assert not np.array_equal(again, phantom.image)


@pytest.mark.parametrize("kind", ["100", "cataract"])
def test_what_nothing_changes_is_refused(phantom: Phantom, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retinaregen_core.imaging.degrade.PATIENCE", 5)
    with pytest.raises(ImageError, match="Nothing in this photograph could be degraded"):
        degrade(np.zeros_like(phantom.image), phantom.mask, kind, 0)


@pytest.mark.parametrize("shape", [(256, 256, 3), (512, 640, 3), (1024, 1024, 3), (512, 512)])
def test_other_sizes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match=f"512 x 512 px only, not {shape[1]} x {shape[0]}"):
        degrade(np.zeros(shape, np.uint8), np.ones(shape[:2], bool), "111", 0)


def test_unknown_type_is_refused_with_the_known_ones(phantom: Phantom) -> None:
    with pytest.raises(SpecError, match=r"Unknown degradation '112'\. Did you mean '111'"):
        degrade(phantom.image, phantom.mask, "112", 0)


def test_spots_are_bright_wherever_and_however_large() -> None:
    rng = np.random.default_rng(0)
    dark = np.full((512, 512, 3), 0.2, np.float32)
    brightest = []
    for _ in range(60):
        spotted = add_spot(dark, rng)
        assert (spotted >= dark).all()
        brightest.append(float((spotted - dark).max()))
    assert min(brightest) > 0.002
    assert 0.1 < max(brightest) < 0.5


def test_five_to_ten_spots_never_darken_the_photograph(phantom: Phantom) -> None:
    sharp = phantom.image.astype(np.float32) / 255
    for seed in SEEDS:
        spotted = add_spots(sharp, phantom.mask, np.random.default_rng(seed))
        assert (spotted >= sharp).all()
        assert spotted.max() <= 1
        assert 0.002 < (spotted > sharp).any(axis=2).mean() < 0.15


def test_blur_takes_detail_and_keeps_light(phantom: Phantom) -> None:
    def detail(image: np.ndarray) -> float:
        return float(cv2.Laplacian(image, cv2.CV_32F)[200:300, 200:300].std())

    blurred = degrade(phantom.image, phantom.mask, "100", 0)
    assert detail(blurred) < 0.6 * detail(phantom.image)
    assert blurred.mean() == pytest.approx(phantom.image.mean(), rel=0.02)


def test_a_cataract_takes_contrast(phantom: Phantom) -> None:
    inside = phantom.mask & ~phantom.vessels
    contrast = [
        float(np.median(image[inside, 1]) / max(np.median(image[phantom.vessels, 1]), 1))
        for image in (phantom.image, degrade(phantom.image, phantom.mask, "cataract", 0))
    ]
    assert contrast[1] < 0.95 * contrast[0]


def test_a_cataract_takes_blue_for_red_as_the_published_code_does(phantom: Phantom) -> None:
    swapped = cloud(phantom.image[..., ::-1].copy(), phantom.mask, np.random.default_rng(5))[..., ::-1]
    degraded = degrade(phantom.image, phantom.mask, "cataract", 5)
    assert np.array_equal(degraded[phantom.mask], swapped[phantom.mask])


@pytest.mark.parametrize("length", [3, 4, 8, 9])
def test_a_shaken_picture_stays_where_it_is(length: int) -> None:
    point = np.zeros((41, 41, 3), np.float32)
    point[20, 20] = 1
    for seed in SEEDS:
        smeared = motion_blur(point, length, np.random.default_rng(seed))[..., 0]
        weights = smeared / smeared.sum()
        middle = [(weights.sum(axis=1 - axis) * np.arange(41)).sum() for axis in (0, 1)]
        assert middle == pytest.approx([20, 20], abs=0.05)
        assert np.count_nonzero(smeared > 0) > 2


def test_kernel_sizes_are_odd() -> None:
    assert [odd(value) for value in (1, 1.9, 2, 2.5, 3, 6)] == [1, 1, 3, 3, 3, 7]


@pytest.mark.parametrize("seed", range(8))
def test_mishaps_of_a_clinic_spoil_the_picture_inside_its_field_of_view(phantom: Phantom, seed: int) -> None:
    spoiled = degrade(phantom.image, phantom.mask, "clinic", seed)
    assert np.array_equal(spoiled, degrade(phantom.image, phantom.mask, "clinic", seed))
    assert not spoiled[~phantom.mask].any()
    assert 1 < np.abs(spoiled[phantom.mask].astype(int) - phantom.image[phantom.mask]).mean() < 120


@pytest.mark.parametrize("seed", range(8))
def test_a_photograph_out_of_focus_keeps_its_light(phantom: Phantom, seed: int) -> None:
    spoiled = degrade(phantom.image, phantom.mask, "focus", seed)
    assert np.array_equal(spoiled, degrade(phantom.image, phantom.mask, "focus", seed))
    before, after = (
        cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 16)[phantom.mask] for picture in (phantom.image, spoiled)
    )
    assert np.abs(spoiled[phantom.mask].astype(int) - phantom.image[phantom.mask]).max() > 5
    assert np.abs(after - before).mean() < 1.5


def test_jpeg_loses_what_a_camera_s_file_loses(phantom: Phantom) -> None:
    """Red must be coded as red: another encoder agrees within what two encoders may differ by."""
    file = io.BytesIO()
    Image.fromarray(phantom.image).save(file, "JPEG", quality=75)
    theirs, ours = np.asarray(Image.open(file)), as_jpeg(phantom.image, 75)
    swapped = as_jpeg(phantom.image[..., ::-1], 75)[..., ::-1]
    distances = [np.abs(theirs.astype(int) - coded).mean() for coded in (ours, swapped)]
    assert distances[0] < 0.5 < distances[1]
