"""The two change maps keep light apart from detail."""

import numpy as np
import pytest

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics.change import change_maps


def test_nothing_changed_is_nothing(phantom: Phantom) -> None:
    maps = change_maps(phantom.image, phantom.image, phantom.mask)
    assert maps.light.shape == maps.detail.shape == phantom.image.shape[:2]
    assert not maps.light.any()
    assert not maps.detail.any()


def test_light_is_not_detail(phantom: Phantom) -> None:
    darker = (phantom.image * 0.6).astype(np.uint8)
    maps = change_maps(phantom.image, darker, phantom.mask)
    inside = phantom.mask
    assert np.median(maps.light[inside]) > 5 * np.median(maps.detail[inside])


def test_an_invented_vessel_is_detail_at_its_place(phantom: Phantom) -> None:
    drawn = phantom.image.copy()
    drawn[200:300, 254:258] = 20
    maps = change_maps(drawn, phantom.image, phantom.mask)
    row, column = np.unravel_index(maps.detail.argmax(), maps.detail.shape)
    assert 195 <= row <= 305 and 250 <= column <= 262
    assert maps.detail[250, 256] > 2 * maps.light[250, 256]
    assert maps.detail[100, 256] < 0.5


def test_nothing_outside_the_field_of_view_counts(phantom: Phantom) -> None:
    outside = phantom.image.copy()
    outside[~phantom.mask] = 255
    maps = change_maps(outside, phantom.image, phantom.mask)
    assert maps.light.max() == maps.detail.max() == 0


def test_the_order_does_not_matter(phantom: Phantom) -> None:
    other = (255 - phantom.image).astype(np.uint8)
    there = change_maps(phantom.image, other, phantom.mask)
    back = change_maps(other, phantom.image, phantom.mask)
    assert there.light == pytest.approx(back.light)
    assert there.detail == pytest.approx(back.detail)
