"""The region-targeted test: same seed, same pictures; three kinds of them; the labels are the rule's."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core import region_trial
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.tables import write_csv
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.region_trial import CYCLE, evaluate, evaluate_entries

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


def test_sharp_test_patients_are_needed(tmp_path: Path) -> None:
    Image.fromarray(draw(0, 128).image).save(tmp_path / "eye.png")
    with pytest.raises(ImageError, match="sharp"):
        evaluate(tmp_path, tmp_path / "out")
