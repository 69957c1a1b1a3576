"""The drawn eye: what is in the picture is where its truth says."""

import numpy as np
import pytest

from retinaregen_core.imaging.phantom import FIELD, Phantom, draw

SEEDS = range(6)


@pytest.fixture(scope="module")
def eyes() -> list[Phantom]:
    """Six eyes at 256 px."""
    return [draw(seed, 256) for seed in SEEDS]


def within(eye: Phantom, centre: tuple[float, float], radius: float) -> np.ndarray:
    y, x = np.indices(eye.mask.shape)
    return np.hypot(x - centre[0], y - centre[1]) <= radius


def dark_centre(eye: Phantom) -> np.ndarray:
    """Centre of mass of the darkest green pixels near the macula that are no vessel."""
    near = within(eye, eye.macula_centre, 2 * eye.macula_radius) & ~eye.vessels
    green = np.where(near, eye.image[..., 1], 255).astype(float)
    rows, columns = np.nonzero(green <= np.percentile(green[near], 5))
    return np.array([columns.mean(), rows.mean()])


def test_shapes_types_and_ranges(eyes: list[Phantom]) -> None:
    for eye in eyes:
        assert (eye.image.shape, eye.image.dtype) == ((256, 256, 3), np.uint8)
        assert eye.mask.shape == eye.vessels.shape == (256, 256)
        assert eye.mask.dtype == eye.vessels.dtype == bool


def test_same_seed_same_eye_and_other_seed_other_eye(eyes: list[Phantom]) -> None:
    again = draw(0, 256)
    assert np.array_equal(again.image, eyes[0].image)
    assert np.array_equal(again.vessels, eyes[0].vessels)
    assert again.disc_centre == eyes[0].disc_centre
    assert len({eye.image.tobytes() for eye in eyes}) == len(eyes)


def test_field_of_view_is_a_bright_disc_on_black(eyes: list[Phantom]) -> None:
    for eye in eyes:
        assert np.array_equal(eye.mask, within(eye, (127.5, 127.5), 256 * FIELD))
        assert (eye.image[~eye.mask] == 0).all()
        assert np.median(eye.image[eye.mask].max(axis=1)) > 100


def test_disc_is_the_brightest_part_and_where_it_should_be(eyes: list[Phantom]) -> None:
    for eye in eyes:
        inside = within(eye, eye.disc_centre, eye.disc_radius) & ~eye.vessels
        around = within(eye, eye.disc_centre, 2 * eye.disc_radius) & eye.mask & ~eye.vessels & ~inside
        assert eye.image[inside, 1].mean() > 1.3 * eye.image[around, 1].mean()
        rows, columns = np.nonzero(inside & (eye.image[..., 1] > np.percentile(eye.image[around, 1], 99)))
        assert np.hypot(columns.mean() - eye.disc_centre[0], rows.mean() - eye.disc_centre[1]) < 0.3 * eye.disc_radius


def test_macula_is_dark_and_where_it_should_be(eyes: list[Phantom]) -> None:
    for eye in eyes:
        assert np.hypot(*(dark_centre(eye) - eye.macula_centre)) < 0.3 * eye.macula_radius


def test_vessels_are_darker_than_the_retina_beside_them(eyes: list[Phantom]) -> None:
    for eye in eyes:
        padded = np.pad(eye.vessels, 3)
        beside = sum(padded[dy : dy + 256, dx : dx + 256].astype(int) for dy in (0, 6) for dx in (0, 6)) > 0
        beside &= ~eye.vessels & eye.mask & ~within(eye, eye.disc_centre, 1.2 * eye.disc_radius)
        vessels = eye.vessels & ~within(eye, eye.disc_centre, 1.2 * eye.disc_radius)
        assert eye.image[vessels, 1].mean() < 0.88 * eye.image[beside, 1].mean()


def test_vessels_leave_the_disc_in_all_directions_and_spare_the_fovea(eyes: list[Phantom]) -> None:
    for eye in eyes:
        assert 0.04 < eye.vessels.sum() / eye.mask.sum() < 0.25
        assert not (eye.vessels & within(eye, eye.macula_centre, 0.85 * eye.macula_radius)).any()
        assert not (eye.vessels & ~eye.mask).any()
        middle = round(eye.disc_centre[1])
        above, below = eye.vessels[:middle].sum(), eye.vessels[middle:].sum()
        assert 0.4 < above / below < 2.5


def test_disc_lies_on_the_nasal_side_two_and_a_half_disc_diameters_away(eyes: list[Phantom]) -> None:
    sides = set()
    for eye in eyes:
        dx, dy = np.subtract(eye.disc_centre, eye.macula_centre)
        assert 2.0 < np.hypot(dx, dy) / (2 * eye.disc_radius) < 2.9  # anatomy: about 2.5
        assert dy < 0  # the fovea lies a little lower than the disc
        sides.add(np.sign(dx))
    assert sides == {-1, 1}


def test_truth_scales_with_the_picture(phantom: Phantom, eyes: list[Phantom]) -> None:
    small = eyes[0]
    assert np.array(phantom.disc_centre) == pytest.approx(2 * np.array(small.disc_centre), rel=0.02)
    assert np.array(phantom.macula_centre) == pytest.approx(2 * np.array(small.macula_centre), rel=0.02)
    assert phantom.disc_radius == pytest.approx(2 * small.disc_radius)
    assert phantom.macula_radius == pytest.approx(2 * small.macula_radius)
