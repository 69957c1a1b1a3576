"""The disc detector's protocol on drawings with a known disc."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core import landmark_trial
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.landmark_trial import ALL, ALONE, DAMAGED, SHARP, TOLD, evaluate
from retinaregen_core.pipeline import RetinaRegen

pytestmark = pytest.mark.usefixtures("few_draws", "weights_in_place")


@pytest.fixture
def weights_in_place(tiny_model: RetinaRegen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small networks, which have seen no data set of this name."""
    monkeypatch.setattr(RetinaRegen, "from_pretrained", lambda: tiny_model)
    monkeypatch.setattr(landmark_trial, "trained_on", lambda checkpoint: ["other"])


def index(folder: Path, wrong: int, count: int = 3) -> Path:
    """Some drawings; of one, the index names a place where the disc is not."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "dataset", "licence", "source", "labels"])
        writer.writeheader()
        for seed in range(count):
            phantom = draw(seed)
            Image.fromarray(phantom.image).save(folder / f"{seed}.png")
            x, y = phantom.disc_centre
            labels = json.dumps({"quality": "good", "od_xy512": [512 - x if seed == wrong else x, y]})
            writer.writerow({"file": f"{seed}.png", "dataset": "drawn", "licence": "", "source": "", "labels": labels})
    return folder


def test_share_of_discs_within_half_a_diameter(tmp_path: Path) -> None:
    table = evaluate(index(tmp_path, wrong=1), tmp_path / "out").read_text()
    assert f"| {ALL} | 3 | {ALONE} | 0.667" in table
    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    alone = [row for row in rows if (row["of"], row["told by"]) == (ALL, ALONE)]
    assert [float(row["diameters"]) < 0.5 for row in alone] == [True, False, True]


def test_unseen_patients_are_measured_sharp_and_damaged_in_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(index(tmp_path, wrong=1, count=2), tmp_path / "out", seed=3)
    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = [(row["of"], row["told by"]) for row in rows]
    assert kinds == [(ALL, ALONE), *((of, how) for of in (SHARP, DAMAGED) for how in (ALONE, TOLD))] * 2
    assert rows[0]["diameters"] == rows[1]["diameters"]
    monkeypatch.setattr(landmark_trial, "trained_on", lambda checkpoint: ["drawn"])
    table = evaluate(tmp_path, tmp_path / "again").read_text()
    assert DAMAGED not in table  # two patients are too few for one of them to be kept from training


def test_a_picture_without_an_eye_is_passed_over_and_counted(tmp_path: Path) -> None:
    index(tmp_path, wrong=1)
    Image.new("RGB", (512, 512)).save(tmp_path / "1.png")
    table = evaluate(tmp_path, tmp_path / "out").read_text()
    assert f"| {ALL} | 2 | {ALONE} | 1.000" in table and "show no eye: 1." in table
    for name in ("0.png", "2.png"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ImageError, match="None of 3"):
        evaluate(tmp_path, tmp_path / "out")


def test_a_limit_spreads_over_the_whole_index(tmp_path: Path) -> None:
    evaluate(index(tmp_path, wrong=1, count=5), tmp_path / "out", limit=3)
    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        assert list(dict.fromkeys(row["file"] for row in csv.DictReader(file))) == ["0.png", "1.png", "3.png"]


def test_index_without_discs_is_an_error(tmp_path: Path) -> None:
    Image.fromarray(draw(0, 256).image).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="optic disc"):
        evaluate(tmp_path, tmp_path / "out")
