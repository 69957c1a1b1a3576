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


def test_vessels_below_a_lesion_stay_darker_than_their_sides(phantom: Phantom) -> None:
    lit = add_lesions(phantom.image, phantom.mask, np.random.default_rng(1))
    touched = (np.abs(lit.astype(int) - phantom.image).max(axis=-1) > 2) & (phantom.image[..., 1] > 0)
    ratio = (lit[..., 1] / np.maximum(phantom.image[..., 1], 1))[touched]
    assert ratio.min() > 0.2 and ratio.max() < 4  # in proportion: nothing is painted over


def test_same_seed_same_lesions_and_an_empty_eye_has_none(phantom: Phantom) -> None:
    first, again, other = (add_lesions(phantom.image, phantom.mask, np.random.default_rng(s)) for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    nothing = np.zeros_like(phantom.mask)
    assert np.array_equal(add_lesions(phantom.image, nothing, np.random.default_rng(0)), phantom.image)


@pytest.mark.parametrize("corner", [(0, 0), (0, 511), (511, 0), (511, 511)])
def test_a_lesion_at_the_edge_of_the_frame_is_cut_off(corner: tuple[int, int]) -> None:
    mask = np.zeros((512, 512), bool)
    mask[corner] = True
    picture = np.full((512, 512, 3), 90, np.uint8)
    for seed in range(12):
        changed = (add_lesions(picture, mask, np.random.default_rng(seed)) != picture).any(axis=-1)
        assert not changed[~mask].any()
