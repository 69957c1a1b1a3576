"""Coarse maps of the framed square."""

import numpy as np
import pytest

from retinaregen_core.imaging.places import enlarge, share


def test_a_map_is_enlarged_where_it_lies() -> None:
    values = np.zeros((12, 12), np.float32)
    values[:, 6:] = 1
    large = enlarge(values, 240)
    assert large.shape == (240, 240) and not large[:, :105].any() and (large[:, 135:] == 1).all()


def test_the_share_is_that_of_the_eye_alone() -> None:
    values = np.zeros((4, 4), np.float32)
    values[:, 2:] = 1
    mask = np.zeros((64, 64), bool)
    mask[16:48, 16:48] = True
    assert share(values, mask) == pytest.approx(0.5, abs=0.01)
    mask[:, 32:] = False
    assert share(values, mask) < 0.2
