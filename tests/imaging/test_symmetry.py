import cv2
import numpy as np
import pytest

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.symmetry import symmetry
from retinaregen_core.records import SYMMETRIC
from retinaregen_core.training.other_pictures import SIZE, TAKEN_APART

SIDE = 224


def small(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    middle = (SIDE - 1) / 2
    return cv2.warpAffine(image, cv2.getRotationMatrix2D((middle, middle), degrees, 1), (SIDE, SIDE))


def test_an_eye_is_not_its_own_mirror_image(phantom: Phantom) -> None:
    assert symmetry(small(phantom.image)) < 0.7


@pytest.mark.parametrize("degrees", [0, 17, 90])
@pytest.mark.parametrize("seed", range(4))
def test_a_kaleidoscope_is_about_whatever_axis(phantom: Phantom, seed: int, degrees: float) -> None:
    whole = cv2.resize(phantom.image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    kaleidoscope = small(TAKEN_APART["kaleidoscope"](whole, np.random.default_rng(seed)))
    assert symmetry(turned(kaleidoscope, degrees)) > SYMMETRIC


def test_half_an_eye_and_its_mirror_image_is(phantom: Phantom) -> None:
    half = small(phantom.image)[:, : SIDE // 2]
    assert symmetry(np.hstack([half, half[:, ::-1]])) > SYMMETRIC


def test_a_round_disc_alone_does_not_make_an_eye_symmetric() -> None:
    """All but the disc is faint texture: the disc is its own mirror image, the eye is not."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.normal(0, 8, (SIDE, SIDE)), (0, 0), 3) * 4
    y, x = np.mgrid[:SIDE, :SIDE]
    disc = 90.0 * (np.hypot(x - 160, y - 100) < 16)
    inside = np.hypot(x - SIDE / 2, y - SIDE / 2) < 0.48 * SIDE
    eye = np.clip(100 + texture + disc, 20, 255) * inside
    assert symmetry(np.repeat(eye[..., None], 3, axis=-1).astype(np.uint8)) < 0.7


@pytest.mark.parametrize("level", [0, 90])
def test_where_there_is_no_detail_there_is_no_symmetry(level: int) -> None:
    assert symmetry(np.full((SIDE, SIDE, 3), level, np.uint8)) == pytest.approx(0, abs=0.01)
