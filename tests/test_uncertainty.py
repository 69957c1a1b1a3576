"""Spread over samples that should agree: what it answers to."""

import cv2
import numpy as np
import pytest

from retinaregen_core import SpecError, uncertainty
from retinaregen_core.imaging.phantom import Phantom, draw
from retinaregen_core.pipeline import RetinaRegen

EYE = draw(3, 128)


def test_a_restorer_that_always_agrees_with_itself_has_no_spread() -> None:
    constant = uncertainty.spread(lambda square, seed: np.full_like(square, 90), EYE.image, EYE.mask, 4, 0)
    assert constant.shape == (128, 128) and constant.dtype == np.float32
    assert constant.max() == 0


def test_mirrorings_are_undone() -> None:
    """What follows the mirrored picture exactly has no spread; what does not, has one."""
    followed = uncertainty.spread(lambda square, seed: square, EYE.image, EYE.mask, 4, 0)
    assert followed.max() == 0
    ramp = np.tile(np.arange(128, dtype=np.uint8)[:, None, None], (1, 128, 3))
    fixed = uncertainty.spread(lambda square, seed: ramp, EYE.image, EYE.mask, 4, 0)
    assert fixed[20, 64] > 4 * fixed[64, 64] > 0  # the ramp and its mirror image agree in the middle only
    assert not fixed[~EYE.mask].any()


def test_seeds_reach_the_restorer_and_decide_the_map() -> None:
    seen: list[int] = []

    def noisy(square: np.ndarray, seed: int) -> np.ndarray:
        seen.append(seed)
        return np.random.default_rng(seed).integers(0, 255, square.shape).astype(np.uint8)

    first = uncertainty.spread(noisy, EYE.image, EYE.mask, 3, 7)
    assert seen == [7, 8, 9]
    assert np.array_equal(first, uncertainty.spread(noisy, EYE.image, EYE.mask, 3, 7))
    assert not np.array_equal(first, uncertainty.spread(noisy, EYE.image, EYE.mask, 3, 8))


def test_one_sample_is_refused() -> None:
    with pytest.raises(SpecError, match="1 samples"):
        uncertainty.spread(lambda square, seed: square, EYE.image, EYE.mask, 1, 0)


def test_the_products_map_has_the_uploads_size(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    wide = cv2.copyMakeBorder(phantom.image, 0, 0, 40, 90, cv2.BORDER_CONSTANT)
    values = tiny_model.uncertainty(wide, samples=2, steps=1, seed=1)
    assert values.shape == wide.shape[:2] and values.dtype == np.float32
    assert values.max() > 0 and not values[:, :30].any()
    assert np.array_equal(values, tiny_model.uncertainty(wide, samples=2, steps=1, seed=1))
