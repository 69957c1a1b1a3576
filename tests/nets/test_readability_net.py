from dataclasses import replace

import torch

from retinaregen_core.nets.readability import ReadabilityClassifier
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
