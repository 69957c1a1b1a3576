from dataclasses import replace

import pytest
import torch

from retinaregen_core.nets.familiarity import LAYERS, Gaussian, statistics
from retinaregen_core.nets.readability import ReadabilityClassifier, folded, low_pass, soften_colour
from retinaregen_core.nets.reader import Reader
from retinaregen_core.specs import LABELS, ReadabilitySpec


def test_four_logits_and_calibrated_probabilities() -> None:
    classifier = ReadabilityClassifier(ReadabilitySpec()).eval()
    images = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        logits = classifier(images)
        assert logits.shape == (2, len(LABELS))
        torch.testing.assert_close(Reader(classifier)(images), torch.sigmoid(logits))
        classifier.spec = replace(classifier.spec, slopes=(2.0,) * 4, intercepts=(0.5,) * 4)
        torch.testing.assert_close(Reader(classifier)(images), torch.sigmoid(2 * logits + 0.5))


def test_size_is_the_one_that_the_house_states() -> None:
    classifier = ReadabilityClassifier(ReadabilitySpec())
    assert sum(p.numel() for p in classifier.parameters()) == 21_793_764


def test_the_folded_copy_scores_alike_and_leaves_the_original_as_it_was() -> None:
    torch.manual_seed(0)
    classifier = ReadabilityClassifier(ReadabilitySpec())
    images = torch.rand(4, 3, 96, 96) * 2 - 1
    with torch.no_grad():
        classifier.train()(images)  # statistics that are not those of a fresh network
        fast = folded(classifier)
        assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in fast.modules())
        torch.testing.assert_close(fast(images), classifier.eval()(images), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(fast.evidence(images), classifier.evidence(images), atol=1e-4, rtol=1e-4)


def test_low_pass_takes_the_finest_detail_alone() -> None:
    flat, stripes = torch.full((1, 3, 16, 16), 0.3), torch.ones(1, 3, 16, 16)
    stripes[..., ::2] = -1
    torch.testing.assert_close(low_pass(flat, 0.7), flat)
    assert low_pass(stripes, 0.7).abs().max() < 0.2
    assert low_pass(stripes, 0.0) is stripes


def test_colour_is_softened_and_brightness_is_not() -> None:
    grey = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).expand(1, 3, 32, 32)
    torch.testing.assert_close(soften_colour(grey, 2.0), grey)
    spot = torch.zeros(1, 3, 32, 32)
    spot[0, :, 16, 16] = torch.tensor([1.0, -0.299 / 0.587, 0.0])  # red against green, without brightness
    assert soften_colour(spot, 2.0).abs().max() < 0.1
    assert soften_colour(spot, 0.0) is spot


def test_what_lies_apart_from_the_remembered_photographs_is_unfamiliar() -> None:
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(200, 80, generator=generator) * torch.linspace(0.1, 2, 80)
    layer = Gaussian(80)
    layer.remember(known)
    assert layer(known).mean() == pytest.approx(1, abs=1e-3)
    far, outside = known.clone(), known.clone()
    far[:, 79] += 20
    outside[:, 0] += 20 * 0.1
    assert layer(far).min() > layer(known).max()
    assert layer(outside).mean() > 1.5


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_layer_is_told_by_its_channels_means_and_deviations(layout: torch.memory_format) -> None:
    generator = torch.Generator().manual_seed(0)
    output = (torch.randn(3, 16, 9, 7, generator=generator) * 0.3 + 5).contiguous(memory_format=layout)
    deviations, means = torch.std_mean(output, dim=(2, 3))
    torch.testing.assert_close(statistics(output), torch.cat([means, deviations], dim=1))


def test_few_photographs_are_remembered_too() -> None:
    layer = Gaussian(32)
    layer.remember(torch.randn(5, 32, generator=torch.Generator().manual_seed(0)))
    assert torch.isfinite(layer(torch.zeros(1, 32))).all()


def test_unfamiliarity_is_measured_in_units_of_the_limit() -> None:
    classifier = ReadabilityClassifier(ReadabilitySpec(known_photographs=20, familiar_within=2.0)).eval()
    images = torch.rand(20, 3, 80, 80, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        features, statistics, _ = classifier.read(images)
        assert [layer.shape for layer in statistics] == [(20, 2 * channels) for channels in LAYERS.values()]
        assert classifier.familiarity is not None
        classifier.familiarity.remember(statistics)
        probabilities, unfamiliarity, *_ = Reader(classifier).assess(images)
        torch.testing.assert_close(probabilities, torch.sigmoid(classifier.network.fc(features)))
        torch.testing.assert_close(unfamiliarity, classifier.familiarity(statistics) / 2)


def test_doubt_of_what_is_far_costs_the_first_label_alone() -> None:
    spec = ReadabilitySpec(known_photographs=20, familiar_within=2.0, doubt=3.0)
    classifier = ReadabilityClassifier(spec).eval()
    images = torch.rand(20, 3, 80, 80, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        assert classifier.familiarity is not None
        classifier.familiarity.remember(classifier.read(images).statistics)
        strange = torch.cat([images[:2], torch.full_like(images[:1], -1.0)])
        certain = torch.sigmoid(classifier.network.fc(classifier.features(strange)))
        probabilities, unfamiliarity, *_ = Reader(classifier).assess(strange)
        maps, _ = classifier.evidence(strange)
    assert unfamiliarity is not None and unfamiliarity[2] > 0.5
    assert probabilities[2, 0] < certain[2, 0]
    torch.testing.assert_close(probabilities[:, 1:], certain[:, 1:])
    doubt = 3 * (2 * unfamiliarity).clamp(min=1).log()
    torch.testing.assert_close(torch.logit(probabilities[:, 0]), torch.logit(certain[:, 0]) - doubt, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.sigmoid(maps.mean(dim=(2, 3))), probabilities, atol=1e-5, rtol=1e-4)
