"""The local readability reads the classifier's layers, place by place, and knows where the regions lie."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.local_readability import REGIONS, LocalReadability, Told
from retinaregen_core.nets.reader import Reader
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import LocalSpec

IMAGES = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def local(tiny_model: RetinaRegen) -> LocalReadability:
    assert tiny_model.reader.local is not None
    return tiny_model.reader.local


def test_every_place_gets_a_calibrated_probability(tiny_model: RetinaRegen, local: LocalReadability) -> None:
    calibrated = LocalReadability(replace(local.spec, slope=2.0, intercept=-1.0)).eval()
    calibrated.load_state_dict(local.state_dict())
    with torch.no_grad():
        places = tiny_model.classifier.read(IMAGES).places
        told = local(places)
        probabilities = calibrated.probabilities(calibrated(places))
    assert places.shape == (2, local.spec.channels, *told.logits.shape[1:]) and told.logits.shape[1] > 1
    torch.testing.assert_close(probabilities, torch.sigmoid(2 * told.logits - 1))


def test_a_region_lies_somewhere_and_is_as_readable_as_its_places(
    tiny_model: RetinaRegen, local: LocalReadability
) -> None:
    with torch.no_grad():
        told = local(tiny_model.classifier.read(IMAGES).places)
    side = told.logits.shape[-1]
    assert told.where.shape == told.regions.shape == (2, len(REGIONS), side, side)
    torch.testing.assert_close(told.where.exp().sum(dim=(2, 3)), torch.ones(2, len(REGIONS)))
    here = torch.full((1, 1, 2, 2), -torch.inf)
    here[..., 1, 0] = 0.0
    regions = torch.tensor([[[[1.0, 2.0], [-3.0, 4.0]]]])
    known = Told(torch.zeros(1, 2, 2), here, regions)
    assert known.opinions.tolist() == [[-3.0]]
    torch.testing.assert_close(known.weighed.mean(dim=(2, 3)), known.opinions)


def test_the_maps_and_the_places_come_of_one_look(tiny_model: RetinaRegen) -> None:
    with torch.no_grad():
        (_, places), read = tiny_model.classifier.evidence(IMAGES), tiny_model.classifier.read(IMAGES)
    torch.testing.assert_close(places, read.places)


def test_places_keep_their_place() -> None:
    torch.manual_seed(0)
    local = LocalReadability(LocalSpec("a" * 64, channels=8)).eval()
    places = torch.randn(1, 8, 9, 9)
    changed = places.clone()
    changed[..., 0, 0] += 5
    with torch.no_grad():
        moved = (local(places).logits - local(changed).logits).abs()[0]
    assert moved[:4, :4].min() > 1e-3 and moved[4:].max() == moved[:, 4:].max() == 0  # seen from three places away


def test_evidence_has_the_map_and_none_without_the_network(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    (found,) = tiny_model.evidence(phantom.mask, phantom.image)
    assert found.readable is not None and found.readable.dtype == np.float32
    assert found.readable.ndim == 2 and 0 <= found.readable.min() <= found.readable.max() <= 1
    known = tiny_model.checkpoint, tiny_model.readability_checkpoint
    alone = RetinaRegen(tiny_model.restorer, Reader(tiny_model.classifier), *known)
    (without,) = alone.evidence(phantom.mask, phantom.image)
    assert without.readable is None
    np.testing.assert_allclose(without.maps.mean(axis=(1, 2)), found.maps.mean(axis=(1, 2)), atol=1e-5)
