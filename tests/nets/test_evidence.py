"""Class activation maps: their mean is the calibrated logit, and they stand where the answer comes from."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.pipeline import RetinaRegen


@pytest.fixture(scope="module")
def classifier(tiny_model: RetinaRegen) -> ReadabilityClassifier:
    network = ReadabilityClassifier(
        replace(tiny_model.classifier.spec, slopes=(1.5, 0.5, 1.0, 2.0), intercepts=(0.1, -0.2, 0.3, 0.0))
    ).eval()
    network.load_state_dict(tiny_model.classifier.state_dict())
    return network


def test_mean_of_a_map_is_the_calibrated_logit(classifier: ReadabilityClassifier) -> None:
    images = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        maps, probabilities = classifier.evidence(images).maps, classifier.probabilities(images)
    assert maps.shape[:2] == (2, 4) and maps.shape[2] > 1
    torch.testing.assert_close(torch.sigmoid(maps.mean(dim=(2, 3))), probabilities, atol=1e-5, rtol=1e-4)


def test_asking_for_evidence_leaves_the_network_as_it_was(classifier: ReadabilityClassifier) -> None:
    images = torch.zeros(1, 3, 96, 96)
    with torch.no_grad():
        before = classifier(images)
        classifier.evidence(images)
        assert torch.equal(classifier(images), before)
    assert isinstance(classifier.network.fc, torch.nn.Linear)


def test_evidence_of_the_product_belongs_to_its_scores(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    before, after = tiny_model.evidence(phantom.mask, phantom.image, phantom.image[:, ::-1])
    assert before.maps.shape[0] == 4 and before.maps.dtype == np.float32
    for picture, evidence in ((phantom.image, before), (phantom.image[:, ::-1], after)):
        logits = evidence.maps.mean(axis=(1, 2))
        assert 1 / (1 + np.exp(-logits)) == pytest.approx(np.array(tiny_model.assess(picture).probabilities), abs=1e-4)
    assert after.landmarks.disc.x == pytest.approx(1 - before.landmarks.disc.x, abs=0.03)


def test_a_photograph_alone_gets_what_it_would_get_beside_its_restoration(
    tiny_model: RetinaRegen, phantom: Phantom
) -> None:
    (alone,) = tiny_model.evidence(phantom.mask, phantom.image)
    beside, _ = tiny_model.evidence(phantom.mask, phantom.image, phantom.image[:, ::-1])
    np.testing.assert_array_equal(alone.maps, beside.maps)
    assert alone.landmarks == beside.landmarks
