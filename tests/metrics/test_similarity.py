"""Similarity equals its reference implementations, and its masked forms mean what they say."""

import math
from pathlib import Path

import cv2
import lpips
import numpy as np
import pytest
import torch
from skimage.data import retina
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from retinaregen_core.errors import FieldOfViewError, ImageError
from retinaregen_core.metrics import similarity
from retinaregen_core.metrics.similarity import COMPARED_SIDE, SIMILARITIES, check_comparable, compare

SIDE = 160


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    """scikit-image's CC0 fundus photograph, uint8 ``[160, 160, 3]``."""
    return cv2.resize(retina(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def worse(photograph: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 4, photograph.shape)
    return np.clip(cv2.GaussianBlur(photograph, (5, 5), 1.5) * 0.9 + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def disc() -> np.ndarray:
    return cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (SIDE // 2, SIDE // 2), 70, 1, -1) > 0


def skimage_ssim_map(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return structural_similarity(a, b, channel_axis=2, full=True, **settings)[1].mean(axis=2)


def test_psnr_is_scikit_images(photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray) -> None:
    result = compare(worse, photograph, disc)
    assert result.psnr == pytest.approx(peak_signal_noise_ratio(photograph, worse, data_range=255), abs=1e-5)
    inside = peak_signal_noise_ratio(photograph[disc], worse[disc], data_range=255)
    assert result.psnr_fov == pytest.approx(inside, abs=1e-5)


def test_ssim_is_scikit_images_without_the_padded_border(
    photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray
) -> None:
    result = compare(worse, photograph, disc)
    expected = skimage_ssim_map(photograph, worse)
    assert result.ssim == pytest.approx(expected[5:-5, 5:-5].mean(), abs=3e-5)  # torchmetrics convolves in float32
    assert abs(result.ssim - expected.mean()) > 1e-4  # the border does matter here
    shrunk = cv2.erode(disc.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert result.ssim_fov == pytest.approx(expected[shrunk].mean(), abs=3e-5)


@pytest.mark.filterwarnings("ignore:The parameter 'pretrained'", "ignore:Arguments other than a weight")
def test_lpips_is_the_lpips_packages(
    backbone: None, photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray
) -> None:
    reference = lpips.LPIPS(net="squeeze", version="0.1", verbose=False)
    a, b = (torch.tensor(x * disc[..., None]).permute(2, 0, 1)[None] / 127.5 - 1 for x in (photograph, worse))
    with torch.no_grad():
        assert compare(photograph, worse, disc).lpips == pytest.approx(float(reference(a, b)), abs=1e-6)


def test_without_its_backbone_lpips_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert compare(photograph, worse, disc).lpips is None
    assert not list(tmp_path.iterdir())


def test_full_mask_is_the_whole_frame(photograph: np.ndarray, worse: np.ndarray) -> None:
    result = compare(photograph, worse, np.ones((SIDE, SIDE), bool))
    assert (result.psnr_fov, result.ssim_fov) == (result.psnr, pytest.approx(result.ssim, abs=1e-12))


def test_identical_pictures(photograph: np.ndarray, disc: np.ndarray) -> None:
    result = compare(photograph, photograph, disc)
    assert result.psnr == result.psnr_fov == math.inf
    assert result.ssim == result.ssim_fov == pytest.approx(1, abs=1e-6)


def test_what_lies_outside_does_not_count_inside(photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray) -> None:
    elsewhere = np.where(disc[..., None], photograph, worse)
    result = compare(photograph, elsewhere, disc)
    assert result.psnr_fov == math.inf and result.psnr < 60
    assert result.ssim_fov == pytest.approx(1, abs=1e-6) and result.ssim < 0.999
    assert result.lpips in (None, 0)


@pytest.mark.parametrize("name", SIMILARITIES)
def test_every_row_prefers_the_picture_that_is_nearer(
    request: pytest.FixtureRequest, name: str, photograph: np.ndarray, worse: np.ndarray, disc: np.ndarray
) -> None:
    if name == "lpips":
        request.getfixturevalue("backbone")
    nearer = (photograph / 2 + worse / 2).astype(np.uint8)
    near, far = (getattr(compare(picture, photograph, disc), name) for picture in (nearer, worse))
    assert (near > far) == SIMILARITIES[name].higher_is_better


def test_large_pictures_are_compared_at_the_stated_size(photograph: np.ndarray, worse: np.ndarray) -> None:
    size = (2 * COMPARED_SIDE, COMPARED_SIDE)
    a, b = (cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC) for picture in (photograph, worse))
    small_a, small_b = (
        cv2.resize(x, (COMPARED_SIDE, COMPARED_SIDE // 2), interpolation=cv2.INTER_AREA) for x in (a, b)
    )
    full, small = np.ones(a.shape[:2], bool), np.ones(small_a.shape[:2], bool)
    assert compare(a, b, full) == compare(small_a, small_b, small)


def test_reduced_mask_keeps_only_pixels_that_lie_inside_entirely() -> None:
    mask = np.zeros((2 * COMPARED_SIDE, 2 * COMPARED_SIDE), bool)
    mask[101:601, 101:601] = True  # odd edges: the first and last reduced pixels are half outside
    blank = np.zeros((*mask.shape, 3), np.uint8)
    reduced = similarity._at_compared_size(similarity.Pair(blank, blank, mask)).mask
    assert reduced.sum() == 249 * 249


@pytest.mark.parametrize(
    ("height", "width", "bar"), [(SIDE, SIDE, 10), (2 * COMPARED_SIDE, SIDE, 20), (SIDE, 9000, 80)]
)
def test_a_field_of_view_without_room_for_the_window_is_refused(height: int, width: int, bar: int) -> None:
    picture, mask = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool)
    mask[:, 40 : 40 + bar] = True
    for refused in (lambda: compare(picture, picture, mask, lpips=False), lambda: check_comparable(mask)):
        with pytest.raises(FieldOfViewError, match="too narrow"):
            refused()
    if width < 1000:
        mask[:, 40 : 40 + bar + 4] = True
        check_comparable(mask)
        assert math.isfinite(compare(picture, picture, mask, lpips=False).ssim_fov)


def test_different_sizes_are_refused(photograph: np.ndarray, disc: np.ndarray) -> None:
    with pytest.raises(ImageError, match="80"):
        compare(photograph, photograph[:80], disc)
