from dataclasses import replace

import torch

from retinaregen_core.nets.familiarity import COMPONENTS, NEIGHBOURS, Familiarity
from retinaregen_core.nets.readability import ReadabilityClassifier, folded, low_pass
from retinaregen_core.specs import LABELS, ReadabilitySpec


def test_four_logits_and_calibrated_probabilities() -> None:
    classifier = ReadabilityClassifier(ReadabilitySpec()).eval()
    images = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        logits = classifier(images)
        assert logits.shape == (2, len(LABELS))
        torch.testing.assert_close(classifier.probabilities(images), torch.sigmoid(logits))
        classifier.spec = replace(classifier.spec, slopes=(2.0,) * 4, intercepts=(0.5,) * 4)
        torch.testing.assert_close(classifier.probabilities(images), torch.sigmoid(2 * logits + 0.5))


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


def test_what_lies_apart_from_the_remembered_photographs_is_unfamiliar() -> None:
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(60, 32, generator=generator)
    familiarity = Familiarity(32, 60)
    familiarity.remember(known)
    assert familiarity.basis.shape == (COMPONENTS, 32)
    projected = (known - known.mean(0)) @ familiarity.basis.T
    expected = (projected[0] - projected).norm(dim=1).sort().values[NEIGHBOURS - 1]
    torch.testing.assert_close(familiarity(known[:1])[0], expected, atol=1e-4, rtol=1e-4)
    assert familiarity(10 * known).min() > familiarity(known).max()


def test_unfamiliarity_is_measured_in_units_of_the_limit() -> None:
    classifier = ReadabilityClassifier(ReadabilitySpec(known_photographs=20, familiar_within=2.0)).eval()
    images = torch.rand(20, 3, 80, 80, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        features = classifier.features(images)
        assert classifier.familiarity is not None
        classifier.familiarity.remember(features)
        probabilities, unfamiliarity = classifier.assess(images)
        torch.testing.assert_close(probabilities, torch.sigmoid(classifier.network.fc(features)))
        torch.testing.assert_close(unfamiliarity, classifier.familiarity(features) / 2)
