"""The error to expect: monotone, covering what it says, bound to its weights, and blind outside the eye."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retinaregen_core import WeightsError, calibration
from retinaregen_core.calibration import Calibration
from retinaregen_core.expected_error import FEATURES, Sample, estimate, features, fit, predict
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.records import Framed
from retinaregen_core.weights import Checkpoint


def drawn(source: str, seed: int, harder: float = 1.0) -> Sample:
    """Pixels whose error grows with the first feature and with nothing else."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 3, (4000, len(FEATURES)))
    return Sample(source, rows, np.abs(rng.normal(0, harder, len(rows))) * np.exp(rows[:, 0]))


def test_more_is_expected_where_more_went_wrong_and_the_interval_covers_it() -> None:
    model, held_out = fit([drawn("one", seed) for seed in range(4)]), drawn("one", 9)
    assert list(model.expected) == sorted(model.expected) and list(model.bounds) == sorted(model.bounds)
    expected, bounds = predict(model, held_out.features)
    assert (held_out.errors <= bounds).mean() == pytest.approx(0.9, abs=0.02)
    assert expected.mean() == pytest.approx(held_out.errors.mean(), rel=0.05)
    assert np.corrcoef(np.log(expected), held_out.features[:, 0])[0, 1] > 0.95


def test_what_looked_certain_and_was_wrong_does_not_set_what_is_expected_of_all() -> None:
    usual = drawn("one", 0)
    certain = usual.features[:, 0] < 0.1
    misled = usual._replace(errors=np.where(certain, 60.0, usual.errors))
    before, after = fit([usual]), fit([misled])
    assert after.expected[0] > 2 * before.expected[0]
    assert after.expected[-1] < 1.3 * before.expected[-1] and after.expected[0] < 0.5 * after.expected[-1]


def test_bounds_grow_until_they_hold_for_a_source_that_was_left_out() -> None:
    alike = [drawn("one", 0), drawn("two", 1)]
    strange = [drawn("one", 0), drawn("two", 1, harder=3.0)]
    assert fit(alike).bounds[-1] < fit(strange).bounds[-1]
    widened = predict(fit(strange), strange[1].features)[1]
    assert (strange[1].errors <= widened).mean() > 0.9


def test_features_answer_to_what_was_done_inside_the_eye(phantom: Phantom) -> None:
    brighter = np.clip(phantom.image.astype(int) + 20, 0, 255).astype(np.uint8)
    still, moved = (features(Framed(phantom.image, after, phantom.mask)) for after in (phantom.image, brighter))
    light = list(FEATURES).index("light")
    assert np.exp(still[..., light])[phantom.mask].max() < 0.5 < 15 < np.exp(moved[..., light])[phantom.mask].min()
    error = estimate(fit([drawn("one", 0)]), Framed(phantom.image, brighter, phantom.mask))
    for values in error:
        assert values.shape == phantom.mask.shape and values.dtype == np.float32
        assert not values[~phantom.mask].any() and values[phantom.mask].min() > 0


def test_a_calibration_belongs_to_its_networks(tmp_path: Path) -> None:
    restorer = Checkpoint("one", tmp_path, None, None, "a" * 64, "b" * 64, False, "")
    readability = replace(restorer, sha256="c" * 64, config_sha256="d" * 64)
    kept = Calibration(("a" * 64, "c" * 64, "d" * 64), fit([drawn("one", 0)]), {"vessels_lost": 0.3})
    calibration.save(kept, tmp_path)
    assert calibration.load(restorer, readability) == kept
    assert calibration.load(replace(restorer, sha256="e" * 64), readability) is None
    assert calibration.load(restorer, replace(readability, sha256="e" * 64)) is None
    assert calibration.load(restorer, replace(readability, config_sha256="e" * 64)) is None
    assert calibration.load(replace(restorer, folder=tmp_path / "empty"), readability) is None
    (tmp_path / calibration.FILE).write_text("{}")
    with pytest.raises(WeightsError, match="evaluate trust"):
        calibration.load(restorer, readability)
