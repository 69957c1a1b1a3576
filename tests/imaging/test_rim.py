"""A change ends at the rim of an eye, and fades where the eye goes on in the dark."""

import numpy as np
import pytest

from retinaregen_core.imaging import field_of_view
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.rim import fading

SIDE = 512


def shaded(phantom: Phantom, darkest: float) -> np.ndarray:
    """Light falls to ``darkest`` at its right edge."""
    light = np.interp(np.arange(SIDE), (150, 480), (1, darkest))[None, :, None]
    return (phantom.image * light).astype(np.uint8)


@pytest.mark.parametrize("size", [256, SIDE])
def test_an_eye_that_ends_at_its_rim_is_changed_up_to_there(phantom: Phantom, size: int) -> None:
    whole = Framing(SIDE, SIDE, 0, 0, SIDE)
    assert (fading(whole.crop(phantom.image, size), whole.crop_mask(phantom.mask, size)) == 1).all()


@pytest.mark.parametrize("around", [255, 60])
def test_a_page_around_the_eye_is_no_eye(phantom: Phantom, around: int) -> None:
    picture = phantom.image.copy()
    picture[~phantom.mask] = around
    assert (fading(picture, phantom.mask) == 1).all()


@pytest.mark.parametrize(("light", "frame"), [(0.2, (10, 10, 10)), (0.15, (13, 13, 13)), (1, (60, 20, 10))])
def test_a_frame_that_is_not_quite_black_is_no_eye(phantom: Phantom, light: float, frame: tuple[int, int, int]) -> None:
    picture = (phantom.image * light).astype(np.uint8)
    picture[~phantom.mask] = frame
    picture, mask = (np.pad(part, ((60, 60), (60, 60), (0, 0))[: part.ndim]) for part in (picture, phantom.mask))
    picture[~mask] = frame
    assert (fading(picture, mask) == 1).all()


def test_a_picture_that_is_all_eye_has_no_rim() -> None:
    assert (fading(np.full((SIDE, SIDE, 3), 90, np.uint8), np.ones((SIDE, SIDE), bool)) == 1).all()


def test_where_the_eye_goes_on_in_the_dark_no_edge_is_drawn(phantom: Phantom) -> None:
    picture = shaded(phantom, 0.01)
    mask = field_of_view.find(picture).mask
    mask[:, 440:] = False  # the dark part was not found
    shown = fading(picture, mask)
    columns = np.flatnonzero(mask[256])
    assert shown[256, columns[-3:]].max() < 0.3 and shown[256, columns[:200]].min() > 0.99


def test_a_brighter_retina_beyond_is_known_by_its_colour(phantom: Phantom) -> None:
    mask = phantom.mask.copy()
    mask[:, 400:] = False
    assert fading(phantom.image, mask)[256, 398] < 0.3
    assert fading(np.repeat(phantom.image[..., :1], 3, axis=2), mask)[256, 398] == 1  # as a grey frame would be
