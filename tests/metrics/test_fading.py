"""Bright spots that are fainter after than before, by hand and on pictures whose light, haze or dust was taken away."""

import math

import numpy as np
import pytest

from retinaregen_core.comparison import compare_spots
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics.spots import WEAKENED, Spots, Weakened, fading
from spotted import PLACES, ground, spotted

ONE = pytest.approx(math.sqrt(1 / math.pi))
"""Radius of a single pixel."""


def test_the_share_that_is_left_is_measured_at_each_spot_and_the_weakest_comes_first() -> None:
    before, after = np.full((2, 8, 8), 0.4, np.float32)
    after[0, 0], after[4, 4] = 0.2, 0.1
    labels = np.zeros((8, 8), np.int32)
    labels[0, 0], labels[4, 4], labels[6, 2] = 1, 2, 3
    result = fading(labels, [before], [after])
    assert result.found == 3
    assert result.weakened == (
        Weakened(4, 4, ONE, pytest.approx(0.25)),
        Weakened(0, 0, ONE, pytest.approx(0.5)),
    )


def test_without_spots_nothing_was_weakened() -> None:
    assert fading(np.zeros((8, 8), np.int32), [], []) == Spots(0, ())


def test_what_any_measure_shows_as_before_was_not_weakened() -> None:
    labels = np.ones((8, 8), np.int32)
    before, after = [np.full((8, 8), 0.4), np.full((8, 8), 10.0)], [np.full((8, 8), 0.1), np.full((8, 8), 9.0)]
    assert fading(labels, before, after) == Spots(1, ())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_texture_that_comes_back_from_the_dark_was_not_weakened(phantom: Phantom, seed: int) -> None:
    dark = degrade(phantom.image, phantom.mask, "001", seed)
    assert len(compare_spots(dark, phantom.image, phantom.mask).weakened) <= 2


def test_a_wiped_spot_is_told_and_the_others_are_not(phantom: Phantom) -> None:
    picture = spotted(phantom)
    x, y, radius = PLACES[1]
    wiped = picture.copy()
    window = np.s_[y - 2 * radius : y + 2 * radius, x - 2 * radius : x + 2 * radius]
    wiped[window] = ground(phantom)[window]
    (told,) = compare_spots(picture, wiped, phantom.mask).weakened
    assert np.hypot(told.x - x, told.y - y) < 3 and told.left < 0.3


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.2])
def test_other_light_weakens_nothing(phantom: Phantom, gain: float) -> None:
    picture = spotted(phantom, 40)
    assert not compare_spots(picture, (picture * gain).clip(0, 255).astype(np.uint8), phantom.mask).weakened


def test_haze_weakens_all_of_them(phantom: Phantom) -> None:
    picture = spotted(phantom)
    hazy = (0.3 * picture + 0.7 * 160 * phantom.mask[..., None]).astype(np.uint8)
    result = compare_spots(picture, hazy, phantom.mask)
    assert len(result.weakened) == result.found >= len(PLACES)
    assert all(0 <= spot.left < WEAKENED for spot in result.weakened)
