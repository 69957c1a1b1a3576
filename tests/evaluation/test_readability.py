"""The readability evaluation on drawn photographs: who is measured, what counts as refused, what the tables hold."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import datasets
from retinaregen_core.datasets import QUALITY_LABELS, Entry
from retinaregen_core.evaluation.readability import evaluate_entries, held_out, trained_on
from retinaregen_core.evaluation.readability_summary import summarise
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import LABELS
from retinaregen_core.weights import Checkpoint

pytestmark = pytest.mark.usefixtures("few_draws")


def entry(path: Path, dataset: str, quality: str, patient: str | None = None) -> Entry:
    return Entry(path, dataset, f"{dataset}/{patient or path.stem}", QUALITY_LABELS[quality], {"quality": quality})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, tiny_model: RetinaRegen) -> Path:
    """Eight photographs: four drawn eyes, two without an eye, one that is no picture, one of an unlisted grade."""
    folder = tmp_path_factory.mktemp("readability")
    entries = []
    for seed, quality in enumerate(("good", "reject")):
        Image.fromarray(draw(seed, 256).image).save(folder / f"eyeq{seed}.png")
        entries.append(entry(folder / f"eyeq{seed}.png", "eyepacs256", quality))
    for seed, quality in enumerate(("good", "bad", "outlier", "outlier")):
        picture = draw(seed, 256).image if quality != "outlier" else np.zeros((256, 256, 3), np.uint8)
        Image.fromarray(picture).save(folder / f"drimdb{seed}.png")
        entries.append(entry(folder / f"drimdb{seed}.png", "drimdb", quality))
    (folder / "text.png").write_text("no picture")
    entries.append(entry(folder / "text.png", "drimdb", "bad"))
    assert evaluate_entries(tiny_model, entries, folder / "out", exported=1) == folder / "out" / "readability.md"
    return folder / "out"


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    with (out / "readability.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_probabilities_are_the_pipelines(out: Path, tiny_model: RetinaRegen) -> None:
    score = tiny_model.assess(out.parent / "eyeq1.png")
    row = rows_of(out)["eyeq1.png"]
    assert [float(row[f"p_{label}"]) for label in LABELS] == pytest.approx(score.probabilities)
    assert float(row["lowest"]) == pytest.approx(min(score.probabilities))


def test_no_field_of_view_is_an_answer_refused(out: Path) -> None:
    row = rows_of(out)["drimdb2.png"]
    assert (row["refused"], row["readable"], row["p_fundus"], row["error"]) == ("True", "False", "0.0", "")


def test_a_file_that_cannot_be_read_is_named_and_left_out(out: Path) -> None:
    summary = json.loads((out / "readability.json").read_text())
    assert [row["file"] for row in summary["failures"]] == ["text.png"]
    (bad,) = (cell for cell in summary["verdicts"] if cell["grade"] == "bad")
    assert bad["n"] == 1


def test_all_photographs_and_each_data_set_have_their_numbers(out: Path) -> None:
    summary = json.loads((out / "readability.json").read_text())
    counts = {(cell["set"], cell["label"]): (cell["n"], cell["readable"]) for cell in summary["labels"]}
    assert counts["held_out", "macula"] == (6, 2)
    assert counts["drimdb", "macula"] == (4, 1)
    assert counts["eyepacs256", "macula"] == (2, 1)
    assert counts["eyepacs256", "optic_disc"] == (1, 1)  # a rejected photograph says nothing of the disc
    assert [cell["task"] for cell in summary["tasks"]] == ["DRIMDB, good or bad", "EyeQ, good or reject"]


def test_the_classical_baseline_stands_beside_every_label(out: Path) -> None:
    summary = json.loads((out / "readability.json").read_text())
    assert all({"auc", "ece", "auc of vessel contrast"} <= set(cell["measures"]) for cell in summary["labels"])


@pytest.mark.parametrize("name", ["held_out", "drimdb", "eyepacs256"])
def test_every_figure_has_its_points(out: Path, name: str) -> None:
    for figure in ("roc", "precision", "reliability", "confusion"):
        with Image.open(out / f"readability_{name}_{figure}.png") as picture:
            assert min(picture.size) > 300
        assert len((out / f"readability_{name}_{figure}.csv").read_text().splitlines()) > 1


def test_the_report_has_every_table(out: Path) -> None:
    report = (out / "readability.md").read_text()
    assert report.count("### ") == 4
    assert "vessel contrast" in report
    assert "| all versions | 1 |" in report


ENTRIES = [
    *(entry(Path(f"{i}.png"), "eyepacs256", "good") for i in range(50)),
    *(entry(Path(f"d{i}.png"), "drimdb", "bad") for i in range(50)),
    *(Entry(Path(f"u{i}.png"), "other", f"other/{i}") for i in range(50)),
]


def test_measured_are_labelled_test_patients() -> None:
    test = datasets.split_by_patient(ENTRIES)["test"]
    assert held_out(ENTRIES, None) == [e for e in test if e.dataset != "other"]


def test_every_patient_of_a_set_that_was_not_trained_on_is_measured() -> None:
    counts = Counter(e.dataset for e in held_out(ENTRIES, {"eyepacs256"}))
    assert counts["drimdb"] == 50
    assert 0 < counts["eyepacs256"] < 20


def test_copies_of_one_data_set_count_as_one() -> None:
    patients = [f"eyepacs/{i}" for i in range(50)]
    copies = [Entry(Path(f"{p}.png"), "eyepacscofe", p, QUALITY_LABELS["good"]) for p in patients]
    assert 0 < len(held_out(copies, {"eyepacs256"})) < 30


def test_the_record_beside_the_weights_says_what_was_trained_on(tmp_path: Path) -> None:
    checkpoint = Checkpoint("readability", tmp_path, None, None, "", "", False, "")
    assert trained_on(checkpoint) is None
    (tmp_path / "training.json").write_text('{"datasets": {"drimdb": 3}}')
    assert trained_on(checkpoint) == {"drimdb"}
    for start, seen in (({}, None), ({"datasets": None}, None), ({"datasets": ["srahim"]}, {"drimdb", "srahim"})):
        record = {"datasets": {"drimdb": 3}, "start": {"name": "readability", **start}}
        (tmp_path / "training.json").write_text(json.dumps(record))
        assert trained_on(checkpoint) == seen


def test_a_new_data_set_is_measured_as_a_whole_however_long_the_chain_of_starts(tmp_path: Path) -> None:
    record = {"datasets": {"eyepacs256": 9}, "start": {"name": "earlier", "datasets": ["drimdb"]}}
    (tmp_path / "training.json").write_text(json.dumps(record))
    checkpoint = Checkpoint("readability", tmp_path, None, None, "", "", False, "")
    clinic = [entry(Path(f"c{i}.png"), "clinic", "good") for i in range(50)]
    counts = Counter(e.dataset for e in held_out([*ENTRIES, *clinic], trained_on(checkpoint)))
    assert counts["clinic"] == 50
    assert 0 < counts["drimdb"] < 20 and 0 < counts["eyepacs256"] < 20


def assessed(i: int, good: bool, lowest: float, contrast: float, dataset: str = "drimdb") -> dict[str, object]:
    truths = {f"truth_{label}": float(good) for label in LABELS}
    probabilities = {f"p_{label}": lowest for label in LABELS}
    kind = {"dataset": dataset, "patient": f"{dataset}/{i}", "quality": "good" if good else "bad"}
    verdict = {"refused": not good, "readable": good}
    return {**kind, **truths, **probabilities, "lowest": lowest, "contrast": contrast, **verdict}


def test_summary_of_a_perfect_network_and_a_useless_baseline() -> None:
    rows = [assessed(i, i < 10, 0.9 if i < 10 else 0.1, 1.0) for i in range(20)]
    summary = summarise(rows, (0.5,) * 4, seed=0)
    (task,) = summary["tasks"]
    assert task["measures"]["lowest of the four"].value == 1
    assert task["measures"]["vessel contrast"].value == 0.5
    assert {cell["grade"]: cell["measures"]["refused"].value for cell in summary["verdicts"]} == {"good": 0, "bad": 1}
    assert all(cell["measures"]["accuracy"].value == 1 for cell in summary["labels"])


def test_every_graded_set_has_its_tasks() -> None:
    rows = [
        {**assessed(i, grade == "good", 0.9, 1.0, dataset), "quality": grade}
        for dataset, grades in {
            "eyepacs256": ("good", "usable", "reject"),
            "drimdb": ("good", "bad", "outlier"),
            "clinic": ("usable", "good"),
            "other": ("bad",),
        }.items()
        for i, grade in enumerate(grades)
    ]
    assert [(cell["task"], cell["n"]) for cell in summarise(rows, (0.5,) * 4, seed=0)["tasks"]] == [
        ("clinic, good or usable", 2),
        ("DRIMDB, good or bad", 2),
        ("EyeQ, good or reject", 2),
        ("EyeQ, good or usable", 2),
    ]
