"""What is learned on pairs and measured elsewhere: on drawings with a tiny network, and on numbers that are known."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from retinaregen_core import manifest, weights
from retinaregen_core.calibration import FILE, Calibration, hashes, load
from retinaregen_core.errors import WeightsError
from retinaregen_core.evaluation import trust
from retinaregen_core.evaluation.pairs import Case, Pair
from retinaregen_core.evaluation.trust import PIXELS, choose, evaluate_cases, observe
from retinaregen_core.evaluation.trust_summary import CAUTION_MEASURES, ERROR_MEASURES, Observed, summarise
from retinaregen_core.expected_error import FEATURES, Sample, fit
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.verdict import CAUTIONS, Caution

pytestmark = pytest.mark.usefixtures("few_draws")


def dimmed(seed: int) -> Pair:
    sharp = draw(seed, 128)
    return Pair((sharp.image * 0.6).astype(np.uint8), sharp.image, sharp.mask)


def cases(*seeds: int) -> list[Case]:
    """Two data sets whose file names do not tell them apart."""
    return [Case(seed, f"{seed}.png", "001", partial(dimmed, seed), f"drawn{seed % 2}") for seed in seeds]


def test_learned_on_some_and_measured_on_others(tmp_path: Path, tiny_model: RetinaRegen) -> None:
    calibration, table = evaluate_cases(tiny_model, cases(0, 1), cases(2, 3), tmp_path, "tiny", seed=0)
    assert calibration.hashes == hashes(tiny_model.checkpoint, tiny_model.readability_checkpoint)
    assert calibration.limits.keys() == {name for name, rule in CAUTIONS.items() if rule.budget}
    summary = json.loads((tmp_path / "trust_tiny.json").read_text())
    assert summary["error"].keys() == ERROR_MEASURES.keys()
    assert summary["cautions"].keys() == CAUTION_MEASURES.keys()
    assert summary["measured on"] == 2
    assert {row.split(",")[0] for row in (tmp_path / "trust_tiny.csv").read_text().splitlines()[1:]} == {"2", "3"}
    assert all(name in table.read_text() for name in CAUTIONS)


def test_photographs_of_one_data_set_are_one_source(tiny_model: RetinaRegen) -> None:
    assert [one.sample.source for one in observe(tiny_model, cases(0, 1, 2), 0)] == ["drawn0", "drawn1", "drawn0"]


@pytest.fixture
def found(tmp_path: Path, tiny_checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of checkpoints: the first lists nothing, so the second one's are found."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    shutil.copytree(tiny_checkpoints, second)
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(first))
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", second)
    monkeypatch.setattr(trust, "find_cases", lambda folder, *_: cases(0) if folder.name == "data" else cases(1))
    return second


@pytest.mark.parametrize("by_folder", [False, True])
def test_what_was_learned_is_entered_where_the_checkpoint_came_from(
    found: Path, tmp_path: Path, by_folder: bool
) -> None:
    model = str(found / "flagship") if by_folder else "flagship"
    trust.evaluate(tmp_path / "data", tmp_path / "test", tmp_path / "out", model)
    checkpoint = weights.locate("flagship")  # which compares all hashes
    assert checkpoint.verified and checkpoint.folder == found / "flagship"
    assert FILE in manifest.read(found).checkpoints["flagship"].files
    assert not (tmp_path / "first" / manifest.MANIFEST).exists()
    assert load(checkpoint, weights.locate("readability")) is not None


def test_the_hubs_cache_is_not_written_to(found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    blobs, snapshot = tmp_path / "hub" / "blobs", tmp_path / "outside"
    shutil.copytree(found / "flagship", blobs)
    snapshot.mkdir()
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(file)
    with pytest.raises(WeightsError, match="cp -rL"):
        trust.evaluate(tmp_path / "data", tmp_path / "test", tmp_path / "out", str(snapshot))
    assert not list(tmp_path.rglob(FILE)) and not (tmp_path / "out").exists()


def test_a_limit_spends_its_budget_and_keeps_away_from_other_eyes() -> None:
    rule = Caution(lambda result: 0.0, "", limit=7.0, budget=0.02)
    unharmed = np.arange(100) / 100
    limit = choose(rule, unharmed, np.array([]))
    assert (unharmed > limit).mean() == pytest.approx(0.02, abs=0.01)
    assert choose(rule, unharmed, np.full(10, 3.0)) == pytest.approx((limit + 3) / 2)
    assert choose(rule, unharmed, np.full(10, 0.5)) == limit
    assert choose(rule, np.full(50, -np.inf), np.array([])) == choose(rule, unharmed[:5], np.array([])) == 7.0


def test_recall_and_false_alarms_are_counted_over_the_right_results() -> None:
    def observed(faded: float, fall: float) -> Observed:
        sample = Sample("one", np.tile(np.arange(PIXELS)[:, None] / PIXELS, len(FEATURES)), np.arange(float(PIXELS)))
        measures = dict.fromkeys(CAUTIONS, -1.0) | {"vessels_faded": faded}
        return Observed(0, "001", sample, measures, {}, {"psnr_fov": fall})

    results = [observed(0.9, 1.0), observed(0.1, 1.0), observed(0.9, -1.0), observed(0.1, -1.0), observed(0.2, -1.0)]
    calibration = Calibration(("a" * 64,), fit([results[0].sample]), {"vessels_faded": 0.5})
    summary = summarise(results, calibration, seed=0)
    measured = summary["cautions"]
    values = {name: interval.value for name, interval in measured.items()}
    expected = {"harmed": 2 / 5, "recall": 1 / 2, "false_alarm": 1 / 3, "precision": 1 / 2}
    assert values == pytest.approx(expected)
    assert summary["kinds"] == {"001": pytest.approx({"n": 5, **expected})}
