"""Drawn discs, whole, cut, marked, noisy and dark: found within 1 % of the radius. And what is no disc."""

import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from retinaregen_core.errors import FieldOfViewError
from retinaregen_core.imaging.field_of_view import FieldOfView, find
from retinaregen_core.imaging.phantom import FIELD, Phantom

SIDE = 512
MIDDLE, RADIUS = SIDE / 2 - 0.5, SIDE * FIELD

Truth = tuple[np.ndarray, float, float, float]
"""A picture, and the x, y and radius of the disc in it."""


def padded(image: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    return cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def with_marks(image: np.ndarray) -> np.ndarray:
    """A date in a corner, a logo in another, and a notch that says which way is up."""
    image = cv2.putText(image.copy(), "03.09.2008", (2, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    cv2.rectangle(image, (480, 490), (508, 508), (40, 200, 40), -1)
    return cv2.rectangle(image, (440, 60), (455, 75), (0, 0, 0), -1)


def noisy(image: np.ndarray) -> np.ndarray:
    noise = np.abs(np.random.default_rng(3).normal(0, 3, image.shape))
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def darkened(image: np.ndarray, share: float) -> np.ndarray:
    return (image * share).astype(np.uint8)


def with_shadow(image: np.ndarray) -> np.ndarray:
    """The shadow of a lid over a fifth of the disc."""
    image = image.copy()
    image[410:] = image[410:] * np.linspace(1, 0.15, 102)[:, None, None]
    return image


def equalised(image: np.ndarray) -> np.ndarray:
    """The sensor's frame, speckled as equalising contrast leaves it, in a letterbox."""
    speckled = padded(image, 0, 0, 90, 90)
    dots = np.random.default_rng(4).random(speckled.shape[:2]) < 0.35
    noise = np.where(dots, 90, 0)[..., None].astype(np.uint8)
    return padded(np.maximum(speckled, noise), 80, 80, 0, 0)


def on_grey(image: np.ndarray) -> np.ndarray:
    """A scanned slide: the mask is not black, the letterbox is."""
    return padded(np.maximum(padded(image, 0, 0, 40, 40), 50), 60, 60, 0, 0)


CASES: dict[str, Callable[[np.ndarray], Truth]] = {
    "as drawn": lambda p: (p, MIDDLE, MIDDLE, RADIUS),
    "cut top and bottom": lambda p: (p[60:-60], MIDDLE, MIDDLE - 60, RADIUS),
    "cut left and right": lambda p: (p[:, 70:-70], MIDDLE - 70, MIDDLE, RADIUS),
    "cut at the top": lambda p: (p[90:], MIDDLE, MIDDLE - 90, RADIUS),
    "letterboxed": lambda p: (padded(p, 0, 0, 200, 200), MIDDLE + 200, MIDDLE, RADIUS),
    "cut, then padded to a square": lambda p: (padded(p[60:-60], 60, 60, 0, 0), MIDDLE, MIDDLE, RADIUS),
    "off the middle": lambda p: (padded(p, 10, 150, 240, 0), MIDDLE + 240, MIDDLE + 10, RADIUS),
    "small": lambda p: (padded(p, 400, 400, 500, 500), MIDDLE + 500, MIDDLE + 400, RADIUS),
    "marks in the corners": lambda p: (with_marks(p), MIDDLE, MIDDLE, RADIUS),
    "JPEG of quality 30": lambda p: (jpeg(p, 30), MIDDLE, MIDDLE, RADIUS),
    "noise in the black": lambda p: (noisy(p), MIDDLE, MIDDLE, RADIUS),
    "raised black": lambda p: (np.maximum(p, 20), MIDDLE, MIDDLE, RADIUS),
    "frame full of noise": lambda p: (equalised(p), MIDDLE + 90, MIDDLE + 80, RADIUS),
    "grey frame": lambda p: (on_grey(p), MIDDLE + 40, MIDDLE + 60, RADIUS),
    "shadow of a lid": lambda p: (with_shadow(p), MIDDLE, MIDDLE, RADIUS),
    "darkened to 10 %": lambda p: (darkened(p, 0.1), MIDDLE, MIDDLE, RADIUS),
    "darkened to 10 %, then JPEG": lambda p: (jpeg(darkened(p, 0.1), 90), MIDDLE, MIDDLE, RADIUS),
    "grey": lambda p: (np.stack([p[..., 1]] * 3, 2), MIDDLE, MIDDLE, RADIUS),
    "enlarged": lambda p: (cv2.resize(p, (1537, 1537)), 768, 768, RADIUS * 1537 / SIDE),
    "shrunk": lambda p: (cv2.resize(p, (160, 160), interpolation=cv2.INTER_AREA), 79.5, 79.5, RADIUS * 160 / SIDE),
}


def visible(shape: tuple[int, ...], x: float, y: float, radius: float) -> np.ndarray:
    yy, xx = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(xx - x, yy - y) <= radius


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_disc_is_found_within_one_percent(case: Callable[[np.ndarray], Truth], phantom: Phantom) -> None:
    image, x, y, radius = case(phantom.image)
    found = find(image)
    assert np.hypot(found.centre[0] - x, found.centre[1] - y) < 0.01 * radius
    assert abs(found.radius - radius) < 0.01 * radius


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mask_and_coverage_are_the_visible_part_of_the_disc(
    case: Callable[[np.ndarray], Truth], phantom: Phantom
) -> None:
    image, x, y, radius = case(phantom.image)
    found = find(image)
    assert found.mask.dtype == bool
    assert found.mask.shape == image.shape[:2]
    assert found.coverage == found.mask.mean()
    extent = image.max(axis=2) > image.min() + 2  # the sensor's own edges inside a padded picture
    expected = visible(image.shape, x, y, radius) & extent.any(axis=1)[:, None] & extent.any(axis=0)
    assert (found.mask ^ expected).sum() < 0.02 * expected.sum()


def test_mask_is_exactly_the_circle_that_is_reported(phantom: Phantom) -> None:
    found = find(phantom.image)
    assert np.array_equal(found.mask, visible(phantom.image.shape, *found.centre, found.radius))


def test_an_eye_cut_out_of_its_photograph_is_found_again_whole() -> None:
    cut = visible((512, 512), 255.5, 255.5, 256)
    found = find(cut[..., None] * np.array((150, 80, 30), np.uint8))
    assert found.radius == pytest.approx(256, abs=0.15)
    assert np.count_nonzero(cut ^ found.mask) < 0.002 * np.count_nonzero(cut)


@pytest.mark.parametrize("shape", [(200, 300), (300, 200), (128, 6000)])
def test_picture_without_a_black_frame_is_all_field_of_view(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(60, 200, (*shape, 3), dtype=np.uint8)
    found = find(image)
    assert found.mask.all()
    assert found.coverage == 1
    assert found.centre == pytest.approx(((shape[1] - 1) / 2, (shape[0] - 1) / 2))
    assert found.radius == max(shape) / 2


@pytest.mark.parametrize("share", [1.0, 0.5, 0.25])
def test_a_photograph_cropped_inside_the_retina_is_all_field_of_view(phantom: Phantom, share: float) -> None:
    assert find(darkened(phantom.image[130:380, 100:410], share)).mask.all()


def test_a_bright_disc_in_the_retina_is_no_field_of_view() -> None:
    image = np.full((300, 400, 3), 90, np.uint8)
    cv2.circle(image, (250, 150), 60, (230, 230, 230), -1)  # an optic disc, in a photograph cropped inside the retina
    assert find(image).mask.all()


def test_rectangle_on_black_is_taken_as_it_is() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[100:300, 50:350] = 120
    found = find(image)
    assert found.coverage == pytest.approx(200 * 300 / 400**2, rel=0.02)
    assert found.centre == pytest.approx((199.5, 199.5), abs=1.5)


BLACK: dict[str, np.ndarray] = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "noise": np.random.default_rng(2).integers(0, 9, (300, 400, 3), dtype=np.uint8),
    "a date on black": cv2.putText(np.zeros((300, 400, 3), np.uint8), "2008", (9, 40), 0, 1, (255, 255, 255), 2),
}


@pytest.mark.parametrize("image", BLACK.values(), ids=BLACK)
def test_black_is_refused_in_plain_words(image: np.ndarray) -> None:
    with pytest.raises(FieldOfViewError, match="No bright disc was found") as refusal:
        find(image)
    assert "flash" in refusal.value.remedy


def test_an_upload_of_fifty_megapixels_is_quick(phantom: Phantom) -> None:
    upload = cv2.resize(phantom.image, (7100, 7100), interpolation=cv2.INTER_NEAREST)
    began = time.process_time()
    found: FieldOfView = find(upload)
    assert time.process_time() - began < 1.5  # 0.4 s on an idle core
    assert found.radius == pytest.approx(RADIUS * 7100 / SIDE, rel=0.01)
    assert found.centre == pytest.approx((3549.5, 3549.5), abs=30)
