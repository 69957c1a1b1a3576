"""The region-targeted test: same seed, same pictures; three kinds of them; the labels are the rule's."""

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from retinaregen_core import datasets, region_trial, severity_trial
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.tables import write_csv
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.manifest import write_training_record
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.region_trial import CYCLE, evaluate, evaluate_entries, sharp_held_out

pytestmark = pytest.mark.usefixtures("few_draws")

SAMPLES = 2 * len(CYCLE)


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "readability.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    phantom, folder = draw(0), tmp_path_factory.mktemp("regions")
    Image.fromarray(phantom.image).save(folder / "eye.png")
    return [Entry(folder / "eye.png", "drawn", "drawn/1", SHARP_LABELS, {"od_xy512": list(phantom.disc_centre)})]


def test_damaged_sharp_and_other_pictures_are_scored(
    entries: list[Entry], tiny_model: RetinaRegen, tmp_path: Path
) -> None:
    table = evaluate_entries(tiny_model, entries, tmp_path, SAMPLES, seed=0)
    rows = rows_of(tmp_path)
    assert [row["dataset"] for row in rows] == [*CYCLE, *CYCLE]
    assert {row["truth_fundus"] for row in rows if row["dataset"] == "other"} == {"0.0"}
    assert {row["truth_macula"] for row in rows if row["dataset"] == "sharp"} == {"1.0"}
    assert {row["truth_retina"] for row in rows if row["dataset"] == "damaged"} > {"0.0"}
    verdicts = json.loads(table.with_suffix(".json").read_text())["verdicts"]
    assert {cell["dataset"]: cell["n"] for cell in verdicts} == {"damaged": 6, "sharp": 2, "other": 2}


def test_the_same_seed_makes_the_same_pictures(
    entries: list[Entry], tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region_trial, "report", lambda model, rows, out, seed: write_csv(rows, out / "readability.csv"))
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        evaluate_entries(tiny_model, entries, tmp_path / folder, 3, seed)
    first, again, other = (rows_of(tmp_path / folder) for folder in "abc")
    assert first == again != other


def test_photographs_of_the_whole_index_are_taken_and_damaged_where_the_disc_is_known(
    entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    located = [replace(entries[0], patient=f"known/{i}") for i in range(4)]
    index = [replace(entries[0], patient=f"unknown/{i}", facts={}) for i in range(40)] + located
    monkeypatch.setattr(region_trial, "opened", lambda entry, image: entry)
    shown = list(region_trial._pictures(index, 4 * len(CYCLE), seed=0))
    patients = {kind: [entry.patient for entry in shown if entry.dataset == kind] for kind in ("damaged", "sharp")}
    assert Counter(patients["damaged"]) == {entry.patient: 3 for entry in located}
    assert len(set(patients["sharp"])) == 4 and not set(patients["sharp"]) <= {e.patient for e in index[:20]}
    (first, *_) = region_trial._pictures(index[:40], 1, seed=0)
    assert first.patient.startswith("unknown/")  # none is known: any of them


def test_every_sharp_photograph_of_a_data_set_that_was_not_trained_on_is_used() -> None:
    index = [
        Entry(Path(f"{i}.png"), name, f"{name}/{i}", SHARP_LABELS, facts)
        for name, facts in (("clinic", {}), ("srahim", {}), ("drimdb", {"quality": "good"}))
        for i in range(50)
    ]
    counts = Counter(entry.dataset for entry in sharp_held_out(index, {"srahim"}))
    assert counts["clinic"] == 50
    assert 0 < counts["srahim"] < 20
    assert "drimdb" not in counts  # graded as good, not chosen for its sharpness


@pytest.mark.parametrize("trial", [region_trial, severity_trial])
def test_the_record_beside_the_weights_says_who_is_held_out(
    trial: ModuleType, tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = [Entry(Path(f"{i}.png"), "clinic", f"clinic/{i}", SHARP_LABELS) for i in range(50)]
    used: list[Entry] = []
    monkeypatch.setattr(datasets, "read_index", lambda data: index)
    monkeypatch.setattr(RetinaRegen, "from_pretrained", lambda: tiny_model)
    monkeypatch.setattr(trial, "evaluate_entries", lambda model, entries, *_: used.extend(entries))
    beside = replace(tiny_model.readability_checkpoint, folder=tmp_path)
    monkeypatch.setattr(tiny_model, "readability_checkpoint", beside)
    write_training_record(tmp_path, {"datasets": {"srahim": 3}})
    trial.evaluate(tmp_path, tmp_path)
    assert used == index


def test_sharp_photographs_of_held_out_patients_are_needed(
    tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RetinaRegen, "from_pretrained", lambda: tiny_model)
    Image.fromarray(draw(0, 128).image).save(tmp_path / "eye.png")
    with pytest.raises(ImageError, match=r"held-out patient is known to be sharp.*manifest\.csv"):
        evaluate(tmp_path, tmp_path / "out")
