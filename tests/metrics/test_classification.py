"""Per-label numbers against hand-counted examples; unknown labels count nowhere."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from retinaregen_core.metrics import classification as c

UNKNOWN = float("nan")
TRUTH = np.array([1, 1, 1, 0, 0, UNKNOWN])
PROBABILITY = np.array([0.9, 0.8, 0.3, 0.6, 0.1, 0.99])


def test_confusion_counts_each_decision_once_and_skips_unknown_labels() -> None:
    assert c.confusion(TRUTH, PROBABILITY, 0.5) == c.Confusion(2, 1, 1, 1)


def test_a_probability_at_the_threshold_is_called_readable() -> None:
    assert c.confusion(TRUTH, PROBABILITY, 0.8).true_positive == 2


def test_numbers_of_a_hand_counted_example() -> None:
    numbers = c.classify(TRUTH, PROBABILITY, 0.5)
    assert numbers.accuracy == pytest.approx(3 / 5)
    assert numbers.precision == numbers.recall == numbers.f1 == pytest.approx(2 / 3)
    assert numbers.auc == pytest.approx(5 / 6)  # of six readable-unreadable pairs only (0.3, 0.6) is in wrong order


def test_auc_is_scikit_learns_also_with_ties() -> None:
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, 200).astype(float), rng.integers(0, 10, 200) / 10
    assert c.auc(truth, score) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


def test_auc_only_sees_the_order() -> None:
    assert c.auc(TRUTH, PROBABILITY) == c.auc(TRUTH, 1000 * PROBABILITY - 7)


@pytest.mark.parametrize(
    "truth", [np.ones(4), np.zeros(4), np.full(4, UNKNOWN)], ids=["readable", "unreadable", "unknown"]
)
def test_one_class_has_no_auc(truth: np.ndarray) -> None:
    assert math.isnan(c.classify(truth, np.linspace(0, 1, 4), 0.5).auc)


def test_precision_without_a_positive_decision_is_unknown_not_zero() -> None:
    assert math.isnan(c.classify(TRUTH, PROBABILITY, 1.0).precision)


def test_calibration_error_of_a_calibrated_and_of_a_boastful_classifier() -> None:
    truth = np.array([1, 1, 1, 0] * 25, dtype=float)
    assert c.calibration_error(truth, np.full(100, 0.75)) == pytest.approx(0)
    assert c.calibration_error(truth, np.full(100, 1.0)) == pytest.approx(0.25)


def test_calibration_error_weighs_bins_by_their_photographs() -> None:
    truth = np.array([1, 1, 1, 0], dtype=float)
    probability = np.array([1.0, 1.0, 1.0, 0.4])
    assert c.calibration_error(truth, probability) == pytest.approx(0.1)


def test_reliability_keeps_the_non_empty_bins() -> None:
    bins = c.reliability(TRUTH, PROBABILITY)
    assert bins.photographs.sum() == 5
    assert np.all(bins.photographs > 0)
    assert np.all((bins.frequency >= 0) & (bins.frequency <= 1))


def test_area_under_the_roc_points_is_the_auc() -> None:
    curve = c.roc(TRUTH, PROBABILITY)
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(c.auc(TRUTH, PROBABILITY))


def test_each_precision_recall_point_is_what_its_threshold_gives() -> None:
    curve = c.precision_recall(TRUTH, PROBABILITY)
    for recall, precision, threshold in zip(curve.x[:-1], curve.y[:-1], curve.threshold[:-1], strict=True):
        numbers = c.classify(TRUTH, PROBABILITY, float(threshold))
        assert (numbers.recall, numbers.precision) == pytest.approx((recall, precision))
