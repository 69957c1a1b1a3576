"""Photographs without colour are told from coloured ones, however dark or hazy these are."""

import io

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.grey import GREEN, coloured, is_grey, red_free
from retinaregen_core.imaging.phantom import Phantom


def as_jpeg(picture: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=70)
    return np.asarray(Image.open(stream))


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_a_red_free_photograph_has_no_colour(phantom: Phantom, share: float) -> None:
    picture = (red_free(phantom.image) * share).astype(np.uint8)
    assert is_grey(picture, phantom.mask) and is_grey(as_jpeg(picture), phantom.mask)


def test_a_name_in_colour_beside_or_on_the_eye_gives_it_none(phantom: Phantom) -> None:
    picture = red_free(phantom.image)
    picture[~phantom.mask] = (200, 20, 20)
    picture[240:250, 100:300] = (255, 255, 0)
    assert is_grey(picture, phantom.mask)


@pytest.mark.parametrize("share", [1.0, 0.08])
@pytest.mark.parametrize("kind", ["none", "111", "cataract", "clinic"])
def test_a_coloured_photograph_has_colour(phantom: Phantom, kind: str, share: float) -> None:
    picture = phantom.image if kind == "none" else degrade(phantom.image, phantom.mask, kind, 0)
    assert not is_grey((picture * share).astype(np.uint8), phantom.mask)


def test_usual_colours_are_an_eyes_and_green_stays(phantom: Phantom) -> None:
    shown = coloured(red_free(phantom.image))
    assert np.array_equal(shown[..., GREEN], phantom.image[..., GREEN])
    red, green, blue = shown[phantom.mask].mean(axis=0)
    assert red > 1.5 * green > 2.5 * blue
