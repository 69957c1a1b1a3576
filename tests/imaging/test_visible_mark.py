"""The mark is there, readable, in the corner where it does least harm, and never in the way of the size."""

import numpy as np
import pytest

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.visible_mark import burn


def test_mark_leaves_the_retina_alone(phantom: Phantom) -> None:
    before = phantom.image.copy()
    marked = burn(phantom.image, phantom.mask)
    changed = (marked != phantom.image).any(axis=2)
    assert marked.shape == phantom.image.shape
    assert changed.any() and not (changed & phantom.mask).any()
    np.testing.assert_array_equal(phantom.image, before)


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_free_corner_is_chosen(corner: tuple[int, int]) -> None:
    retina = np.ones((400, 400), bool)
    half = tuple(slice(200 * at, 200 * (at + 1)) for at in corner)
    retina[half] = False
    picture = np.full((400, 400, 3), 90, np.uint8)
    changed = (burn(picture, retina) != picture).any(axis=2)
    assert changed[half].any() and not changed[retina].any()


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(128, 128), (130, 900), (1500, 1200)])
def test_letters_stand_out_on_any_ground(shape: tuple[int, int], level: int) -> None:
    picture = np.full((*shape, 3), level, np.uint8)
    marked = burn(picture).astype(int)
    assert marked.shape == picture.shape
    letters, edges = (marked > 180).all(axis=2), (marked < 60).all(axis=2)
    assert letters.sum() > 60 and edges.sum() > 60
