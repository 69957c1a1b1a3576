"""The disc detector's protocol on drawings with a known disc."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.landmarks import evaluate
from retinaregen_core.imaging.phantom import draw

pytestmark = pytest.mark.usefixtures("few_draws")


def index(folder: Path, wrong: int, count: int = 3) -> Path:
    """Some drawings; of one, the index names a place where the disc is not."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "dataset", "licence", "source", "labels"])
        writer.writeheader()
        for seed in range(count):
            phantom = draw(seed)
            Image.fromarray(phantom.image).save(folder / f"{seed}.png")
            x, y = phantom.disc_centre
            labels = json.dumps({"od_xy512": [512 - x if seed == wrong else x, y]})
            writer.writerow({"file": f"{seed}.png", "dataset": "drawn", "licence": "", "source": "", "labels": labels})
    return folder


def test_share_of_discs_within_half_a_diameter(tmp_path: Path) -> None:
    table = evaluate(index(tmp_path, wrong=1), tmp_path / "out").read_text()
    assert "| 3 photographs | disc within half a diameter | 0.667" in table
    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        assert [float(row["diameters"]) < 0.5 for row in csv.DictReader(file)] == [True, False, True]


def test_a_picture_without_an_eye_is_passed_over_and_counted(tmp_path: Path) -> None:
    index(tmp_path, wrong=1)
    Image.new("RGB", (512, 512)).save(tmp_path / "1.png")
    table = evaluate(tmp_path, tmp_path / "out").read_text()
    assert "| 2 photographs | disc within half a diameter | 1.000" in table and "show no eye: 1." in table
    for name in ("0.png", "2.png"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ImageError, match="None of 3"):
        evaluate(tmp_path, tmp_path / "out")


def test_a_limit_spreads_over_the_whole_index(tmp_path: Path) -> None:
    evaluate(index(tmp_path, wrong=1, count=5), tmp_path / "out", limit=3)
    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == ["0.png", "1.png", "3.png"]


def test_index_without_discs_is_an_error(tmp_path: Path) -> None:
    Image.fromarray(draw(0, 256).image).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="optic disc"):
        evaluate(tmp_path, tmp_path / "out")
