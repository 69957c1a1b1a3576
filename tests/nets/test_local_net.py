"""The local readability reads the classifier's layers, place by place."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.pipeline import RetinaRegen

IMAGES = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def local(tiny_model: RetinaRegen) -> LocalReadability:
    assert tiny_model.local is not None
    return tiny_model.local


def test_every_place_gets_a_calibrated_probability(tiny_model: RetinaRegen, local: LocalReadability) -> None:
    calibrated = LocalReadability(replace(local.spec, slope=2.0, intercept=-1.0)).eval()
    calibrated.load_state_dict(local.state_dict())
    with torch.no_grad():
        places = tiny_model.classifier.read(IMAGES).places
        logits, probabilities = local(places), calibrated.probabilities(places)
    assert places.shape == (2, local.spec.channels, *logits.shape[1:]) and logits.shape[1] > 1
    torch.testing.assert_close(probabilities, torch.sigmoid(2 * logits - 1))


def test_the_maps_and_the_places_come_of_one_look(tiny_model: RetinaRegen) -> None:
    with torch.no_grad():
        looked, read = tiny_model.classifier.evidence(IMAGES), tiny_model.classifier.read(IMAGES)
    torch.testing.assert_close(looked.places, read.places)


def test_places_keep_their_place(tiny_model: RetinaRegen, local: LocalReadability) -> None:
    changed = IMAGES[:1].clone()
    changed[..., :40, :40] = 0
    with torch.no_grad():
        before, after = (tiny_model.classifier.read(images).places for images in (IMAGES[:1], changed))
        moved = (local(before) - local(after)).abs()[0]
    assert moved[0, 0] > 3 * moved[-1, -1]


def test_evidence_has_the_map_and_none_without_the_network(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    (found,) = tiny_model.evidence(phantom.mask, phantom.image)
    assert found.readable is not None and found.readable.dtype == np.float32
    assert found.readable.ndim == 2 and 0 <= found.readable.min() <= found.readable.max() <= 1
    known = tiny_model.checkpoint, tiny_model.readability_checkpoint
    (without,) = RetinaRegen(tiny_model.restorer, tiny_model.classifier, *known).evidence(phantom.mask, phantom.image)
    assert without.readable is None
    np.testing.assert_array_equal(without.maps, found.maps)
