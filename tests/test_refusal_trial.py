"""Refusal: other pictures of both sorts and real ones stand in one table, each with the rule that refused it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import refusal_trial
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.evaluation import unseen_pictures as unseen
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training import other_pictures as other

pytestmark = pytest.mark.usefixtures("few_draws")


def test_other_pictures_and_photographs_are_scored_apart(
    tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other, "MAKERS", {"ball": other.MAKERS["ball"]})
    monkeypatch.setattr(unseen, "DRAWN", {"leaf": unseen.leaf})
    monkeypatch.setattr(unseen, "BUNDLED", {})
    Image.fromarray(draw(0, 256).image).save(tmp_path / "eye.png")
    entry = Entry(tmp_path / "eye.png", "drawn", "drawn/1", SHARP_LABELS)
    table = refusal_trial.evaluate_entries(tiny_model, [entry], tmp_path, samples=1, seed=0)
    with (tmp_path / "refusal.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["group"], row["kind"]) for row in rows} >= {
        (refusal_trial.REAL, "drawn sharp"),
        (refusal_trial.COLOURLESS, "grey"),
        (refusal_trial.COLOURLESS, "red-free"),
        (refusal_trial.SEEN, "ball"),
        (refusal_trial.UNSEEN, "leaf"),
        (refusal_trial.UNSEEN, "polar"),
    }
    cells = {cell["set"]: cell for cell in json.loads(table.with_suffix(".json").read_text())["refused"]}
    assert cells[refusal_trial.UNSEEN]["n"] == sum(row["group"] == refusal_trial.UNSEEN for row in rows)
    share = np.mean([row["refused"] == "True" for row in rows if row["group"] == refusal_trial.SEEN])
    assert cells[refusal_trial.SEEN]["measures"]["refused"]["value"] == pytest.approx(share)


def test_training_never_draws_what_the_trial_keeps_for_itself() -> None:
    kinds = set(unseen.DRAWN) | set(unseen.BUNDLED) | set(unseen.TAKEN_APART)
    assert not kinds & (set(other.MAKERS) | set(other.BUNDLED) | set(other.TAKEN_APART))
    taught = [other._bundled(name) for name in other.BUNDLED]
    assert not any(np.array_equal(unseen.bundled(name), picture) for name in unseen.BUNDLED for picture in taught)


@pytest.mark.parametrize("name", unseen.DRAWN)
def test_every_unseen_maker_draws(name: str) -> None:
    picture = unseen.DRAWN[name](np.random.default_rng(0))
    assert picture.shape == (unseen.SIDE, unseen.SIDE, 3)
    assert np.isfinite(picture).all() and np.std(picture) > 0
