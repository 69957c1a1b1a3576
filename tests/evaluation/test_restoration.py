"""The restoration protocol on drawn photographs and a tiny network: every number is traced back to its definition."""

import csv
import json
from collections import Counter
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.evaluation import restoration
from retinaregen_core.evaluation.pairs import Case, Pair
from retinaregen_core.evaluation.restoration import evaluate_cases, titles
from retinaregen_core.evaluation.restoration_summary import summarise
from retinaregen_core.imaging import field_of_view
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.metrics.similarity import compare
from retinaregen_core.pipeline import RetinaRegen

pytestmark = pytest.mark.usefixtures("few_draws")

DIMMED = {"001": 0.6, "cataract": 0.8}
"""Stand-ins for the degradations, which need 512 px and so more time than a test should take."""
STEPS = [1, 2]


def dimmed(seed: int, share: float) -> Pair:
    """Dimmed, and black at the rim, so that less of the eye is found in it than there is."""
    sharp = draw(seed, 256)
    within = cv2.erode(sharp.mask.view(np.uint8), np.ones((5, 5), np.uint8))
    return Pair((sharp.image * share * within[..., None]).astype(np.uint8), sharp.image, sharp.mask)


def no_eye() -> Pair:
    sharp = draw(0, 256)
    return Pair(np.zeros((256, 256, 3), np.uint8), sharp.image, sharp.mask)


CASES = [
    Case(seed, f"{seed}.png", kind, partial(dimmed, seed, share), "drawn")
    for seed in range(2)
    for kind, share in DIMMED.items()
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, tiny_model: RetinaRegen) -> Path:
    """One evaluation of two photographs, and one case that cannot be measured."""
    folder = tmp_path_factory.mktemp("evaluation")
    cases = [*CASES, Case(2, "black.png", "001", no_eye, "drawn")]
    table = evaluate_cases({"tiny": tiny_model, "other": tiny_model}, cases, folder, STEPS)
    assert table == folder / "restoration_tiny.md"
    return folder


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "restoration_tiny.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_per_case_and_method(out: Path) -> None:
    methods = Counter((row["method"], row["steps"]) for row in rows_of(out) if not row["error"])
    assert methods == dict.fromkeys([("input", ""), ("CLAHE", ""), ("tiny", "1"), ("tiny", "2"), ("other", "3")], 4)


def test_what_cannot_be_measured_is_named_with_its_reason(out: Path) -> None:
    (failure,) = (row for row in rows_of(out) if row["error"])
    assert failure["file"] == "black.png"
    assert json.loads((out / "restoration_tiny.json").read_text())["failures"][0]["error"] == failure["error"]


def test_rows_are_comparisons_with_the_reference_where_that_shows_the_eye(out: Path, tiny_model: RetinaRegen) -> None:
    case = CASES[2]
    degraded, reference, mask = case.load()
    assert np.count_nonzero(field_of_view.find(degraded).mask) < 0.98 * np.count_nonzero(mask)
    restored = tiny_model.restore(degraded, steps=2, seed=0).restored
    rows = {
        (row["method"], row["steps"]): float(row["psnr_fov"])
        for row in rows_of(out)
        if row["file"] == case.file and row["type"] == case.kind
    }
    assert rows["input", ""] == pytest.approx(compare(degraded, reference, mask).psnr_fov)
    assert rows["tiny", "2"] == pytest.approx(compare(restored, reference, mask).psnr_fov)


def test_summary_has_every_type_and_all_of_them(out: Path) -> None:
    summary = json.loads((out / "restoration_tiny.json").read_text())
    assert {cell["type"] for cell in summary["results"]} == {*DIMMED, "all"}
    assert summary["protocol"]["restorers"]["tiny"]["sha256"] == "1" * 64
    doing_nothing = [cell["measures"]["psnr_gain"] for cell in summary["results"] if cell["method"] == "input"]
    assert doing_nothing == [{"value": 0.0, "low": 0.0, "high": 0.0}] * 3


def test_table_shows_input_baseline_and_every_number_of_steps_side_by_side(out: Path) -> None:
    head = (out / "restoration_tiny.md").read_text().splitlines()[0]
    assert head == "| type | n | measure | input | CLAHE | tiny, steps: 1 | tiny, steps: 2 | other, steps: 3 |"


def test_models_that_end_alike_keep_their_paths_apart() -> None:
    assert titles(["flagship", "paper"]) == ["flagship", "paper"]
    assert titles(["checkpoints/flagship", "runs/flagship"]) == ["checkpoints_flagship", "runs_flagship"]


def test_lpips_can_be_left_out_and_samples_averaged(
    tmp_path: Path, tiny_model: RetinaRegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoration, "_draw", lambda *_: None)
    evaluate_cases({"tiny": tiny_model}, CASES[:1], tmp_path, lpips=False, samples=2)
    *_, measured = rows_of(tmp_path)
    assert measured["lpips"] == "nan"
    degraded, reference, mask = CASES[0].load()
    restored = tiny_model.restore(degraded, lpips=False, samples=2).restored
    assert float(measured["psnr"]) == pytest.approx(compare(restored, reference, mask, lpips=False).psnr)
    assert json.loads((tmp_path / "restoration_tiny.json").read_text())["protocol"]["samples"] == 2


@pytest.mark.parametrize("kind", DIMMED)
def test_a_sheet_of_worst_median_and_best_per_type(out: Path, kind: str) -> None:
    with Image.open(out / f"restoration_tiny_{kind}.png") as sheet:
        assert min(sheet.size) > 1000


def test_nothing_measured_is_an_error_that_points_to_the_reasons(tmp_path: Path, tiny_model: RetinaRegen) -> None:
    with pytest.raises(RetinaRegenError, match=r"restoration_tiny\.csv"):
        evaluate_cases({"tiny": tiny_model}, [Case(0, "black.png", "001", no_eye, "drawn")], tmp_path)
    assert "black.png" in (tmp_path / "restoration_tiny.csv").read_text()


def row(photograph: int, method: str, psnr: float, before: bool, after: bool) -> dict[str, object]:
    measures = {
        "psnr": psnr,
        "psnr_fov": psnr - 1,
        "ssim": 0.5,
        "ssim_fov": 0.5,
        "lpips": float("nan"),
        "vessel_dice": 0.5,
    }
    readable = {"readable_before": before, "readable_after": after, "seconds": 1.0, "cautions": None}
    return {"photograph": photograph, "type": "111", "method": method, "steps": None, **measures, **readable}


def test_harm_and_conversion_are_the_shares_that_their_names_say() -> None:
    before = [False, False, True, False]
    inputs = [row(i, "input", 20, b, b) for i, b in enumerate(before)]
    psnrs, after = [19, 25, 25, 25], [True, False, True, True]
    outputs = [row(i, "ours", p, b, a) for i, (p, b, a) in enumerate(zip(psnrs, before, after, strict=True))]
    for output, warned in zip(outputs, ["vessels_lost", "", "vessels_faded implausible", ""], strict=True):
        output["cautions"] = warned
    _, cell = summarise([*inputs, *outputs], seed=0)
    assert (cell["n"], cell["n_unreadable"]) == (4, 3)
    assert cell["measures"]["psnr_gain"].value == 3.5
    assert cell["measures"]["harm"].value == 0.25
    assert cell["measures"]["conversion"].value == pytest.approx(2 / 3)
    assert (cell["measures"]["warned_harmed"].value, cell["measures"]["warned_unharmed"].value) == (1, 1 / 3)
    assert cell["cautions"] == {"vessels_lost": 1, "vessels_faded": 1, "implausible": 1}
    assert np.isnan(cell["measures"]["lpips"].value)
