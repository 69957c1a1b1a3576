"""Ranges of light and colour: drawings and grey copies lie inside; white, black and wrongly coloured ones do not."""

import numpy as np
import pytest

from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.phantom import Phantom, draw
from retinaregen_core.metrics.appearance import APPEARANCE, implausible


@pytest.mark.parametrize("seed", range(3))
def test_drawings_look_like_photographs(seed: int) -> None:
    phantom = draw(seed, 256)
    assert implausible(phantom.image, phantom.mask) == ()
    red_free = np.repeat(phantom.image[..., 1:2], 3, axis=2)
    assert implausible(red_free, phantom.mask) == ()


@pytest.mark.parametrize("kind", ["111", "cataract"])
def test_a_bad_photograph_is_still_a_photograph(phantom: Phantom, kind: str) -> None:
    assert implausible(degrade(phantom.image, phantom.mask, kind, 0), phantom.mask) == ()


@pytest.mark.parametrize("row", APPEARANCE)
def test_each_range_can_be_left(phantom: Phantom, row: str) -> None:
    image = phantom.image.astype(np.float32)
    spoiled = {
        "brightness": image * 0.1,
        "contrast": image * 0 + image[phantom.mask].mean(axis=0),
        "green_to_red": image * [0.5, 2, 1],
        "blue_to_red": image[..., ::-1],
        "white": image * 0 + 255,
        "black": np.where(np.arange(512)[:, None, None] < 200, 0, image),
    }[row]
    assert row in implausible(np.clip(spoiled, 0, 255).astype(np.uint8), phantom.mask)
