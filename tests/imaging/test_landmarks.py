"""Disc and macula of drawings against the drawings' own truth, and of photographs against published positions."""

import csv
import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from retinaregen_core.imaging import decode, field_of_view, landmarks
from retinaregen_core.imaging.landmarks import DISC_RADIUS
from retinaregen_core.imaging.phantom import Phantom, draw

PHOTOGRAPHS = 12


def away(place: landmarks.Landmark, x: float, y: float) -> float:
    """Distance in disc diameters."""
    return math.hypot(place.x - x, place.y - y) / (2 * DISC_RADIUS)


@pytest.mark.parametrize("seed", range(4))
def test_disc_and_macula_of_a_drawing_are_found(seed: int) -> None:
    phantom = draw(seed)
    found = landmarks.locate(phantom.image, phantom.mask)
    assert away(found.disc, *(value / 512 for value in phantom.disc_centre)) < 0.5
    assert away(found.macula, *(value / 512 for value in phantom.macula_centre)) < 0.75
    assert found.disc.confidence > 0.2


def hints(phantom: Phantom, grid: int = 12) -> np.ndarray:
    """What a network that knows the truth would say."""
    middles = (np.arange(grid) + 0.5) / grid * 512
    maps = []
    for x, y in (phantom.macula_centre, phantom.disc_centre):
        there = np.outer(np.exp(-(((middles - y) / 40) ** 2)), np.exp(-(((middles - x) / 40) ** 2)))
        maps.append(there / there.sum())
    return np.array(maps, np.float32)


def test_what_a_network_knows_finds_what_nobody_sees() -> None:
    phantom = draw(0)
    veiled = phantom.image.copy()
    for x, y in (phantom.disc_centre, phantom.macula_centre):
        cv2.circle(veiled, (round(x), round(y)), 90, (90, 60, 40), -1)
    alone, told = (landmarks.locate(veiled, phantom.mask, likely) for likely in (None, hints(phantom)))
    places = [(x / 512, y / 512) for x, y in (phantom.disc_centre, phantom.macula_centre)]
    assert away(alone.disc, *places[0]) > 0.75
    assert away(told.disc, *places[0]) < 0.75 and away(told.macula, *places[1]) < 0.75


def test_what_can_be_seen_counts_beside_a_coarse_idea_of_it() -> None:
    phantom = draw(2)
    found = landmarks.locate(phantom.image, phantom.mask, hints(phantom))
    assert away(found.disc, *(value / 512 for value in phantom.disc_centre)) < 0.3
    assert away(found.macula, *(value / 512 for value in phantom.macula_centre)) < 0.5
    even = np.full((2, 12, 12), 1 / 144, np.float32)
    assert (
        landmarks.locate(phantom.image, phantom.mask, even).disc.x
        == landmarks.locate(phantom.image, phantom.mask).disc.x
    )


def test_mirrored_eye_has_mirrored_landmarks() -> None:
    phantom = draw(1)
    found = landmarks.locate(phantom.image, phantom.mask)
    flipped = landmarks.locate(np.ascontiguousarray(phantom.image[:, ::-1]), phantom.mask[:, ::-1])
    assert away(flipped.disc, 1 - found.disc.x, found.disc.y) < 0.2


def test_noise_gives_less_confidence_than_an_eye() -> None:
    phantom = draw(0)
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(110, 60, (512, 512, 3)), (0, 0), 4)
    seen = landmarks.locate(np.clip(noise, 0, 255).astype(np.uint8), phantom.mask)
    assert seen.disc.confidence < landmarks.locate(phantom.image, phantom.mask).disc.confidence


def test_a_macula_that_was_painted_over_is_not_relied_on() -> None:
    phantom = draw(0)
    seen = landmarks.locate(phantom.image, phantom.mask)
    x, y = (round(value) for value in phantom.macula_centre)
    painted = phantom.image.copy()
    cv2.circle(painted, (x, y), 80, tuple(map(int, phantom.image[y - 85, x])), -1)
    hidden = landmarks.locate(cv2.GaussianBlur(painted, (0, 0), 8), phantom.mask)
    assert seen.macula.confidence > landmarks.CONFIDENT
    assert hidden.macula.confidence < 0.3 * seen.macula.confidence
    assert hidden.macula.confidence / max(hidden.disc.confidence, 1e-6) < landmarks.CONFIDENT


def test_empty_field_of_view_is_answered() -> None:
    nothing = np.zeros((512, 512), bool)
    assert landmarks.locate(draw(0).image, nothing).disc.confidence == 0


@pytest.mark.parametrize("turn", range(landmarks.DIRECTIONS))
def test_a_mean_along_a_line_is_that_of_a_window_that_holds_the_line_alone(turn: int) -> None:
    side, angle = 2 * landmarks.REACH + 1, math.pi * turn / landmarks.DIRECTIONS
    point = np.zeros((2 * side + 1, 2 * side + 1), np.float32)
    point[side, side] = 1.0
    line = landmarks._mean_along(point, angle)
    values = np.random.default_rng(turn).random((landmarks.SIDE, landmarks.SIDE)).astype(np.float32)
    window = line[
        side - landmarks.REACH : side + landmarks.REACH + 1, side - landmarks.REACH : side + landmarks.REACH + 1
    ]
    assert window.sum() == pytest.approx(1)
    assert line.sum() == pytest.approx(1)  # nothing outside the window
    np.testing.assert_allclose(
        landmarks._mean_along(values, angle), cv2.filter2D(values, -1, window[::-1, ::-1]), atol=1e-5
    )


def test_most_published_discs_are_found(data_root: Path) -> None:
    with (data_root / "manifest.csv").open(newline="") as file:
        known = [row for row in csv.DictReader(file) if "od_xy512" in row["labels"]]
    distances = []
    for row in known[:: len(known) // PHOTOGRAPHS][:PHOTOGRAPHS]:
        image = decode.read(data_root / row["file"])
        found = landmarks.locate(image, field_of_view.find(image).mask)
        distances.append(away(found.disc, *(value / 512 for value in json.loads(row["labels"])["od_xy512"])))
    assert np.mean(np.array(distances) < 0.5) > 0.6
