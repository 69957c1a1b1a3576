"""What is served: labels that heed a second opinion, and maps whose means are these labels."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from retinaregen_core.errors import SpecError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.reader import Reader
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import ReadabilitySpec

IMAGES = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture(scope="module")
def classifier(tiny_model: RetinaRegen) -> ReadabilityClassifier:
    """Calibrated by hand."""
    network = copy.deepcopy(tiny_model.classifier)
    network.spec = replace(network.spec, slopes=(1.5, 0.5, 1.0, 2.0), intercepts=(0.1, -0.2, 0.3, 0.0))
    return network


@pytest.fixture(scope="module")
def local(tiny_model: RetinaRegen) -> LocalReadability:
    assert tiny_model.reader.local is not None
    return tiny_model.reader.local


@pytest.fixture(scope="module")
def heeding(classifier: ReadabilityClassifier, local: LocalReadability) -> Reader:
    """The same, and what the places say counts."""
    network = copy.deepcopy(classifier)
    network.spec = replace(classifier.spec, local="a" * 64, opinions=(3.0, 2.0, 0.0))
    return Reader(network, local)


@pytest.fixture(params=["alone", "beside", "heeding"])
def reader(
    request: pytest.FixtureRequest, classifier: ReadabilityClassifier, local: LocalReadability, heeding: Reader
) -> Reader:
    return {"alone": Reader(classifier), "beside": Reader(classifier, local), "heeding": heeding}[request.param]


def test_mean_of_a_map_is_the_labels_logit(reader: Reader) -> None:
    with torch.no_grad():
        maps, probabilities = reader.evidence(IMAGES).maps, reader(IMAGES)
    assert maps.shape[:2] == (2, 4) and maps.shape[2] > 1
    torch.testing.assert_close(torch.sigmoid(maps.mean(dim=(2, 3))), probabilities, atol=1e-5, rtol=1e-4)


def test_an_opinion_moves_its_own_label_alone(
    classifier: ReadabilityClassifier, local: LocalReadability, heeding: Reader
) -> None:
    with torch.no_grad():
        alone, heard = Reader(classifier, local).assess(IMAGES), heeding.assess(IMAGES)
        opinions = local(classifier.read(IMAGES).places).opinions
    moved = torch.logit(heard.probabilities) - torch.logit(alone.probabilities)
    expected = torch.stack([torch.zeros(2), 3 * opinions[:, 0], 2 * opinions[:, 1], torch.zeros(2)], dim=1)
    torch.testing.assert_close(moved, expected, atol=1e-3, rtol=1e-3)
    assert heard.readable is not None and alone.readable is not None and heard.where is not None
    torch.testing.assert_close(heard.readable, alone.readable)
    assert heard.where.shape[:2] == (2, 2)  # macula and disc; the retina is everywhere
    torch.testing.assert_close(heard.where.sum(dim=(2, 3)), torch.ones(2, 2))


def test_a_second_opinion_needs_somebody_to_give_it(classifier: ReadabilityClassifier) -> None:
    deaf = copy.deepcopy(classifier)
    deaf.spec = replace(classifier.spec, local="a" * 64, opinions=(0.0, 1.0, 0.0))
    with pytest.raises(SpecError, match="no local readability to give it"):
        Reader(deaf)
    with pytest.raises(SpecError, match="nothing says whose"):
        ReadabilitySpec(opinions=(0.0, 1.0, 0.0))


def test_asking_for_evidence_leaves_the_network_as_it_was(reader: Reader) -> None:
    with torch.no_grad():
        before = reader.classifier(IMAGES)
        reader.evidence(IMAGES)
        assert torch.equal(reader.classifier(IMAGES), before)
    assert isinstance(reader.classifier.network.fc, torch.nn.Linear)


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
