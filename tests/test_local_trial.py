"""The trial of the local readability: damage of known place, and graded photographs."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import local_trial
from retinaregen_core.datasets import SHARP_LABELS, UNKNOWN, Entry
from retinaregen_core.errors import WeightsError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.local_trial import CONTRAST, LABEL, LOCAL, evaluate_entries
from retinaregen_core.nets.reader import Reader
from retinaregen_core.pipeline import RetinaRegen

pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder = tmp_path_factory.mktemp("eyes")
    found = []
    for number in range(3):
        path = folder / f"{number}.png"
        Image.fromarray(draw(number, 256).image).save(path)
        found.append(Entry(path, "drawn", f"drawn/{number}", SHARP_LABELS))
    return found


def test_damaged_and_graded_photographs_are_told_apart_by_their_places(
    tiny_model: RetinaRegen, entries: list[Entry], tmp_path: Path
) -> None:
    grades = ("good", "good", "bad")
    graded = [replace(entry, facts={"quality": grade}) for entry, grade in zip(entries, grades, strict=True)]
    broken = Entry(tmp_path / "none.png", "drawn", "drawn/9", UNKNOWN, {"quality": "bad"})
    table = evaluate_entries(tiny_model, entries, [*graded, broken], tmp_path, samples=8, seed=1)
    with (tmp_path / "local.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 and sum(int(row["places"]) for row in rows) > 40
    with (tmp_path / "local_graded.csv").open(newline="") as file:
        shares = [float(row["readable"]) for row in csv.DictReader(file)]
    assert len(shares) == 3 and all(0 <= share <= 1 for share in shares)
    summary = json.loads((tmp_path / "local.json").read_text())
    assert list(summary["damaged"]) == [LOCAL, LABEL, CONTRAST]
    assert summary["damaged"][LOCAL]["ece"]["value"] is not None
    assert summary["damaged"][CONTRAST]["ece"]["value"] is None  # no probability
    (task,) = summary["graded"]
    assert task["task"] == "drawn, good or bad" and task["n"] == 3
    assert task["measures"]["readable of good"]["value"] == pytest.approx(np.mean(shares[:2]), abs=1e-3)
    assert "good or bad" in table.read_text() and "n = 8" in table.read_text()


def test_the_same_seed_measures_the_same_places(tiny_model: RetinaRegen, entries: list[Entry], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        evaluate_entries(tiny_model, entries, [], tmp_path / folder, samples=2, seed=3)
    assert (tmp_path / "a" / "local.csv").read_bytes() == (tmp_path / "b" / "local.csv").read_bytes()


def test_who_knows_the_truth_has_no_error(entries: list[Entry]) -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((6, 30)) < 0.5).astype(float)
    found = [(f"p{i}", {"truth": t, LOCAL: t, LABEL: rng.random(30)}) for i, t in enumerate(truth)]
    known, guessed = (local_trial._measured(name, found, seed=0) for name in (LOCAL, LABEL))
    assert known["auc"].value == known["auc within a photograph"].value == 1
    assert known["ece"].value == 0
    assert 0.3 < guessed["auc within a photograph"].value < 0.7


def test_without_the_network_nothing_is_measured(tiny_model: RetinaRegen, tmp_path: Path) -> None:
    known = tiny_model.checkpoint, tiny_model.readability_checkpoint
    alone = RetinaRegen(tiny_model.restorer, Reader(tiny_model.classifier), *known)
    with pytest.raises(WeightsError, match="train local-readability"):
        evaluate_entries(alone, [], [], tmp_path, samples=1, seed=0)
