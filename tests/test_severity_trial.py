"""The severity trial: from sharp to worst, one damage at a time, and what the table says of the curves."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import severity_trial
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.severity_trial import STEPS, evaluate_entries
from retinaregen_core.specs import LABELS

pytestmark = pytest.mark.usefixtures("few_draws")


def test_every_step_of_every_damage_is_scored(
    tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(severity_trial, "GRADED", {name: severity_trial.GRADED[name] for name in ("haze", "defocus")})
    Image.fromarray(draw(0, 256).image).save(tmp_path / "eye.png")
    entry = Entry(tmp_path / "eye.png", "drawn", "drawn/1", SHARP_LABELS)
    table = evaluate_entries(tiny_model, [entry], tmp_path / "out", seed=0)
    with (tmp_path / "out" / "severity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [
        f"0_{name}_{s}.png" for name in ("haze", "defocus") for s in range(STEPS + 1)
    ]
    contrasts = np.array([float(row["contrast"]) for row in rows]).reshape(2, -1)
    assert contrasts[0, 0] == contrasts[1, 0]
    assert (np.diff(contrasts) < 0).all()
    cells = json.loads(table.with_suffix(".json").read_text())["damages"]
    assert [(cell["label"], cell["damage"]) for cell in cells] == [(p, n) for p in LABELS for n in ("haze", "defocus")]
    for haze in cells[::2]:
        curve = [float(row[f"p_{haze['label']}"]) for row in rows[: STEPS + 1]]
        assert haze["mean probability"] == pytest.approx(curve, abs=1e-3)
        assert haze["largest rise of a step"] == pytest.approx(max(np.diff(curve)), abs=1e-3)
    assert [line for line in table.read_text().splitlines() if "#" in line] == [f"### {label}" for label in LABELS]


def test_a_curve_that_comes_back_is_counted() -> None:
    falling, back = np.linspace(0.9, 0.1, STEPS + 1), np.linspace(0.9, 0.1, STEPS + 1)
    back[4] = 0.9
    rows = [
        {"p_macula": p, "contrast": p, "patient": patient}
        for patient, curve in enumerate((falling, back))
        for p in curve
    ]
    cell = severity_trial._cell("haze", "macula", rows, seed=0)
    measures = {name: interval.value for name, interval in cell["measures"].items()}
    assert measures["steps that rise by more than 0.05"] == pytest.approx(1 / (2 * STEPS))
    assert measures["follows vessel contrast (rank correlation)"] == pytest.approx(1)
    assert 0.8 < measures["falls with severity (rank correlation)"] < 1
    assert cell["largest rise of a step"] == pytest.approx(0.3)
