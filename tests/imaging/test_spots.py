"""Small bright spots are found where they were drawn; lines, rims, wide ones and noise are none."""

import cv2
import numpy as np
import pytest

from retinaregen_core.imaging import spots
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.phantom import Phantom
from spotted import PLACES, spotted


def found(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return spots.find(spots.prominence(picture, mask).relative)


def test_spots_are_found_where_they_were_drawn(phantom: Phantom) -> None:
    labels = found(spotted(phantom), phantom.mask)
    assert labels.max() == len(PLACES)
    for x, y, radius in PLACES:
        rows, columns = np.nonzero(labels == labels[y, x])
        assert labels[y, x]
        assert np.hypot(columns.mean() - x, rows.mean() - y) < 1
        assert np.sqrt(len(rows) / np.pi) == pytest.approx(radius, abs=2.5)


def test_half_the_light_finds_the_same_spots(phantom: Phantom) -> None:
    picture = spotted(phantom)
    bright, dim = (spots.prominence(p, phantom.mask) for p in (picture, picture // 2))
    inside = found(picture, phantom.mask) > 0
    assert dim.relative[inside].mean() == pytest.approx(bright.relative[inside].mean(), rel=0.05)
    assert dim.absolute[inside].mean() == pytest.approx(bright.absolute[inside].mean() / 2, rel=0.05)


def test_what_is_long_wide_or_at_the_rim_is_no_spot(phantom: Phantom) -> None:
    ground = np.full((512, 512, 3), 90, np.uint8)
    cv2.line(ground, (150, 150), (220, 170), (160, 160, 160), 4)
    cv2.circle(ground, (300, 300), 40, (160, 160, 160), -1)
    cv2.circle(ground, (256, 12), 5, (160, 160, 160), -1)
    assert not found(ground * phantom.mask[..., None].astype(np.uint8), phantom.mask).any()
    cv2.circle(ground, (200, 330), 6, (160, 160, 160), -1)
    assert found(ground * phantom.mask[..., None].astype(np.uint8), phantom.mask).max() == 1


@pytest.mark.parametrize("grain", [0.0, 6.0])
def test_noise_is_no_spot(phantom: Phantom, grain: float) -> None:
    noise = np.random.default_rng(0).normal(0, max(grain, 1e-6), (512, 512, 3))
    flat = np.clip(100 + noise, 0, 255).astype(np.uint8)
    assert found(flat, phantom.mask).max() <= 1


def test_the_published_dust_is_found(phantom: Phantom) -> None:
    ground = np.full((512, 512, 3), 80, np.uint8) * phantom.mask[..., None].astype(np.uint8)
    assert found(degrade(ground, phantom.mask, "010", 3), phantom.mask).max() >= 3


def test_an_empty_field_of_view_has_none(phantom: Phantom) -> None:
    assert not found(phantom.image, np.zeros_like(phantom.mask)).any()
