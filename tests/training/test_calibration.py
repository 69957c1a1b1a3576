"""Probabilities that mean what they say, told by the classifier and by the opinions of the local readability."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from retinaregen_core.nets.familiarity import Familiarity
from retinaregen_core.nets.reader import Reader
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import ReadabilitySpec
from retinaregen_core.training import calibration
from retinaregen_core.training.calibration import Seen, calibrated, look, measured


def seen(opinions: np.ndarray, rng: np.random.Generator) -> Seen:
    """1,000 pictures whose regions are told by ``opinions`` as well as by logits of as much noise as truth."""
    labels = (rng.random((1000, 4)) < 0.6).astype(np.float32)
    labels[:50, 1] = np.nan
    logits = (2 * np.nan_to_num(labels, nan=0.5) - 1 + rng.normal(size=labels.shape)).astype(np.float32)
    return Seen(logits, labels, rng.gamma(2, 1, size=1000).astype(np.float32), opinions, "a" * 64)


def test_the_limit_of_what_is_familiar_leaves_room_for_other_cameras() -> None:
    distances = np.random.default_rng(0).gamma(2, 1, size=1000)
    found = calibration._familiar(distances)
    narrow = found["familiar_within"] / calibration.OTHER_CAMERAS
    assert np.mean(distances > narrow) == pytest.approx(calibration.FALSE_ALARMS, abs=0.002)
    assert found["false_alarms"] == np.mean(distances > found["familiar_within"]) < calibration.FALSE_ALARMS


def test_opinions_are_heeded_as_much_as_they_know() -> None:
    rng = np.random.default_rng(1)
    given = seen(np.zeros((1000, 3), np.float32), rng)
    truth = np.nan_to_num(given.labels[:, 1:], nan=0.5)
    knows, guesses, lies = truth[:, 0] * 4 - 2 + rng.normal(size=1000), rng.normal(size=1000), -truth[:, 2] * 4
    found = calibrated(
        ReadabilitySpec(known_photographs=9), given._replace(opinions=np.stack([knows, guesses, lies], 1))
    )
    assert found.local == "a" * 64
    assert found.opinions[0] > 1 and found.opinions[0] > 5 * found.opinions[1]
    assert found.opinions[2] == 0  # what speaks against the truth is left out
    assert len(found.thresholds) == 4 and all(0.3 <= threshold <= 0.97 for threshold in found.thresholds)


def test_regions_alone_leave_what_is_refused_as_it_was() -> None:
    given = seen(np.ones((1000, 3), np.float32), np.random.default_rng(4))
    before = ReadabilitySpec(slopes=(3.0,) * 4, thresholds=(0.9,) * 4, known_photographs=9, familiar_within=7, doubt=2)
    found = calibrated(before, given, regions_only=True)
    assert (found.slopes[0], found.thresholds[0], found.familiar_within, found.doubt) == (3.0, 0.9, 7, 2)
    assert found.local == "a" * 64 and 3.0 not in found.slopes[1:]
    assert calibrated(before, given).slopes[0] != 3.0


def test_without_a_local_readability_nothing_is_heeded() -> None:
    alone = seen(np.empty((1000, 0), np.float32), np.random.default_rng(2))._replace(local=None)
    found = calibrated(ReadabilitySpec(known_photographs=9), alone)
    assert found.local is None and found.opinions == (0.0, 0.0, 0.0)


def test_what_was_seen_is_what_is_served(tiny_model: RetinaRegen) -> None:
    network, local = copy.deepcopy(tiny_model.classifier), tiny_model.reader.local
    assert local is not None
    images = torch.rand(4, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        network.familiarity = Familiarity()
        network.familiarity.remember(network.read(images).statistics)
        network.spec = replace(network.spec, known_photographs=4)
        found = look(network, [(images[:2], torch.ones(2, 4)), (images[2:], torch.zeros(2, 4))], ("b" * 64, local))
        network.spec = replace(network.spec, doubt=0.5, local="b" * 64, opinions=(1.0, 2.0, 3.0))
        served = Reader(network, local)(images)
    assert found.labels.tolist() == [[1.0] * 4] * 2 + [[0.0] * 4] * 2 and found.local == "b" * 64
    logits = network.calibrated(torch.from_numpy(found.logits), torch.from_numpy(found.distances))
    logits[:, 1:] += torch.tensor([1.0, 2.0, 3.0]) * torch.from_numpy(found.opinions)
    torch.testing.assert_close(torch.sigmoid(logits), served, atol=1e-5, rtol=1e-4)


def test_areas_are_those_of_the_labels_as_served(tiny_model: RetinaRegen) -> None:
    given = seen(np.zeros((1000, 3), np.float32), np.random.default_rng(3))
    told = np.nan_to_num(given.labels[:, 1:], nan=0.5)
    network = copy.deepcopy(tiny_model.classifier)
    network.spec = replace(network.spec, local="a" * 64, opinions=(50.0, 50.0, 0.0))
    numbers = measured(network, given._replace(opinions=told))
    assert numbers["auc"]["macula"] == numbers["auc"]["optic_disc"] == 1 > numbers["auc"]["retina"]
    assert numbers["n"] == 1000


def test_calibration_doubts_what_is_strange() -> None:
    rng = np.random.default_rng(0)
    readable = rng.random(400) < 0.5
    strange = np.where(readable, 0.0, rng.exponential(1, size=400))
    evidence = np.stack([rng.normal(np.where(readable, 1, -1), 2), -strange], axis=1)
    plain, doubting = (
        calibration._platt(columns, readable.astype(float), readable, 0.95, 0.95)
        for columns in (evidence[:, :1], evidence)
    )
    assert doubting["besides"] > 1 and doubting["sensitivities"] > plain["sensitivities"] + 0.1
    evidence[:, 1] *= -1  # now what is strange is readable: no reason for doubt
    assert calibration._platt(evidence, readable.astype(float), readable, 0.95, 0.95) == plain


def test_labels_that_are_all_alike_have_no_area() -> None:
    assert calibration.area(np.array([0.1, 0.9, 0.5]), np.array([1.0, 1.0, np.nan])) is None
    assert calibration.area(np.array([0.1, 0.9, 0.5]), np.array([0.0, 1.0, np.nan])) == 1
