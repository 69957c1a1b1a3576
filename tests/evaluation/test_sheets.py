"""Sheets of real photographs: every one is shown but those that cannot be restored; the table says what was seen."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.baselines import vessel_contrast
from retinaregen_core.evaluation.sheets import _words, draw_photographs, summarise
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import Readability, RetinaRegen


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    black = np.zeros((256, 256, 3), np.uint8)
    pictures = {"a.png": draw(0, 256).image, "black.png": black, "b.png": draw(1, 300).image}
    for name, picture in pictures.items():
        Image.fromarray(picture).save(tmp_path / name)
    return [tmp_path / name for name in pictures]


def test_every_photograph_has_its_row(photographs: list[Path], tmp_path: Path, tiny_model: RetinaRegen) -> None:
    sheets = draw_photographs(tiny_model, photographs, tmp_path / "out", rows=2, steps=1)
    assert [sheet.name for sheet in sheets] == ["sheet_001.png", "sheet_002.png"]
    for sheet in sheets:
        with Image.open(sheet) as picture:
            assert picture.width > 3 * 512
    with (tmp_path / "out" / "sheets.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["sheet"], row["file"]) for row in rows] == [("1", "a.png"), ("2", "b.png")]
    result = tiny_model.restore(photographs[0], steps=1, seed=0)
    assert float(rows[0]["after_macula"]) == pytest.approx(result.after.macula)
    assert float(rows[0]["change_psnr_fov"]) == pytest.approx(result.metrics.change.psnr_fov)
    contrast = vessel_contrast(result.restored, result.field_of_view)
    assert float(rows[0]["contrast_after"]) == pytest.approx(contrast)


def test_a_refused_picture_is_not_captioned_readable() -> None:
    eye = Readability(0.9, 0.9, 0.9, 0.9, (0.5, 0.5, 0.5, 0.5))
    assert _words(eye) == "readable" and _words(replace(eye, macula=0.1)) == "unreadable: macula"
    assert _words(replace(eye, symmetry=0.97)) == "refused: symmetric"


def test_the_summary_counts_by_what_was_readable() -> None:
    cases = [
        ("readable", True, 4.0, 3.0, 7, 0),
        ("unreadable", True, 1.0, 2.0, 5, 2),
        ("unreadable", False, 3.0, 3.1, 1, 0),
    ]
    keys = ("before", "readable_after", "contrast_before", "contrast_after", "spots", "spots_weakened")
    unreadable, readable = summarise([dict(zip(keys, case, strict=True)) for case in cases])
    assert list(unreadable.values()) == ["unreadable", 2, 1, "2.00 -> 2.55", 1, 0, 6, 2, 1]
    assert list(readable.values()) == ["readable", 1, 1, "4.00 -> 3.00", 0, 1, 7, 0, 0]


def test_no_sheet_is_an_error(photographs: list[Path], tmp_path: Path, tiny_model: RetinaRegen) -> None:
    with pytest.raises(ImageError, match="None of the photographs"):
        draw_photographs(tiny_model, photographs[1:2], tmp_path / "out", steps=1)
