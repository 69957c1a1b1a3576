"""Drawn lesions let more or less light back, inside the eye, and leave the vessels below them."""

import numpy as np
import pytest

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.training import lesions
from retinaregen_core.training.lesions import LESIONS, add_lesions

BRIGHT = tuple(name for name in LESIONS if name != "bleedings")


def only(name: str, monkeypatch: pytest.MonkeyPatch, phantom: Phantom, seed: int = 0) -> np.ndarray:
    monkeypatch.setattr(lesions, "LESIONS", {name: LESIONS[name], **dict.fromkeys("x", (LESIONS[name][0], 0))})
    monkeypatch.setattr(lesions, "KINDS_AT_ONCE", 1)
    return add_lesions(phantom.image, phantom.mask, np.random.default_rng(seed)).astype(int) - phantom.image


@pytest.mark.parametrize("name", LESIONS)
def test_each_kind_is_small_and_of_its_own_light(phantom: Phantom, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    change = only(name, monkeypatch, phantom)
    touched = np.abs(change).max(axis=-1) > 2
    assert 10 < touched.sum() < 0.05 * phantom.mask.sum()
    assert not touched[~phantom.mask].any()
    middle = change[..., 1][touched]
    assert middle.mean() > 3 if name in BRIGHT else middle.mean() < -3


def test_bright_lesions_are_yellow_where_dust_is_white(phantom: Phantom, monkeypatch: pytest.MonkeyPatch) -> None:
    change = only("exudates", monkeypatch, phantom)
    red, green, blue = (change[..., channel][change[..., 1] > 8].mean() for channel in range(3))
    assert blue < 0.6 * min(red, green)


@pytest.mark.parametrize("name", BRIGHT)
def test_what_is_dark_below_a_lesion_stays_darker_by_the_same_share(
    phantom: Phantom, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(lesions, "LESIONS", {name: LESIONS[name]})
    monkeypatch.setattr(lesions, "KINDS_AT_ONCE", 1)
    flat = np.full((512, 512, 3), 100, np.uint8)
    lined = flat.copy()
    lined[:, ::3] = 60  # as vessels would lie
    plain, crossed = (add_lesions(picture, phantom.mask, np.random.default_rng(2)) for picture in (flat, lined))
    lit = (plain[..., 1] > 110) & (plain[..., 1] < 255)
    lit[:, 1::3] = lit[:, 2::3] = False
    assert lit.any()
    np.testing.assert_allclose(crossed[lit] / plain[lit], 0.6, atol=0.02)


def test_same_seed_same_lesions_and_an_empty_eye_has_none(phantom: Phantom) -> None:
    first, again, other = (add_lesions(phantom.image, phantom.mask, np.random.default_rng(s)) for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    nothing = np.zeros_like(phantom.mask)
    assert np.array_equal(add_lesions(phantom.image, nothing, np.random.default_rng(0)), phantom.image)


def test_a_lesion_that_the_frame_cuts_off_is_the_rest_of_a_whole_one() -> None:
    outline = 9 * np.array([(1.0, 0.2), (0.2, 1.0), (-1.0, 0.4), (-0.3, -1.0), (0.8, -0.7)])
    centre, margin = np.array([3.0, 60.0]), 20
    cut, whole = np.ones((64, 64, 3), np.float32), np.ones((64 + 2 * margin, 64 + 2 * margin, 3), np.float32)
    for gain, place in ((cut, centre), (whole, centre + margin)):
        lesions._multiply(gain, place, outline, 1.0, np.array([1.5, 1.3, 0.7]), np.random.default_rng(0))
    assert (cut != 1).any()
    np.testing.assert_allclose(cut, whole[margin:-margin, margin:-margin], atol=1e-6)
