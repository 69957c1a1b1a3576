"""A small comparison from end to end: trained, measured, beside the paper's numbers, and not done twice."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core import ablations
from retinaregen_core.ablations import RESULT, Budget, ablate, fingerprint, finished, key, trainable
from retinaregen_core.datasets import SHARP_LABELS, UNKNOWN, Entry
from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.evaluation.pairs import Case
from retinaregen_core.evaluation.paper_tables import BEST, PAPER, PAPER_TABLES, PaperRow, PaperTable
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.weights import Checkpoint

pytestmark = pytest.mark.usefixtures("few_draws")

NOISE = replace(PAPER, width=8, latent_dim=4, extractor="none", backbone="unet", prediction_type="epsilon")
ROWS = (PaperRow("published", NOISE, BEST), PaperRow("the same, unpublished", NOISE, None))
BUDGET = Budget(minutes=0.01, size=64, kind="100", photographs=1, seed=0, steps=3)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One sharp photograph to train on, one to measure."""
    (tmp_path / "data" / "pool512").mkdir(parents=True)
    (tmp_path / "test").mkdir()
    Image.fromarray(draw(0).image).save(tmp_path / "data" / "pool512" / "drawn_1.png")
    Image.fromarray(draw(1).image).save(tmp_path / "test" / "2.png")
    (tmp_path / "data" / "manifest.csv").write_text(
        "file,dataset,licence,source,labels\npool512/drawn_1.png,drawn,,,\n"
    )
    return tmp_path / "data"


def test_a_comparison_stands_beside_the_papers_and_is_not_done_twice(
    data: Path, tmp_path: Path, tiny_checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETINAREGEN_CHECKPOINTS", str(tiny_checkpoints))
    monkeypatch.setitem(PAPER_TABLES, "tiny", PaperTable("Tiny", "no paper", ROWS))
    (table,) = ablate(["tiny"], data, tmp_path / "out", BUDGET, tmp_path / "test")
    text, folder = table.read_text(), tmp_path / "out" / BUDGET.name
    assert "| published | 27.45 |" in text
    assert "| the same, unpublished | - |" in text
    assert "do nothing" in text and "0.01 minutes" in text and "restored in 3 steps" in text
    with table.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    result = json.loads((folder / key(ROWS[0].spec) / RESULT).read_text())
    assert float(rows[0]["psnr_value"]) == result["output"]["psnr"]["value"]
    assert int(rows[0]["images"]) == result["training"]["images"] > 0
    assert json.loads((folder / key(ROWS[0].spec) / "config.json").read_text())["spec"]["num_steps"] == BUDGET.steps
    assert not list(folder.rglob("state.pt"))

    (folder / key(ROWS[0].spec) / "state.pt").write_bytes(b"of the same inputs, it would be read")
    (tmp_path / "test" / "2.png").rename(tmp_path / "test" / "3.png")
    ablate(["tiny"], data, tmp_path / "out", BUDGET, tmp_path / "test")
    again = json.loads((folder / key(ROWS[0].spec) / RESULT).read_text())
    assert again["inputs"] != result["inputs"]

    monkeypatch.setattr(ablations, "run", lambda *_: pytest.fail("a finished row was done again"))
    text = table.read_text()
    assert ablate(["tiny"], data, tmp_path / "out", BUDGET, tmp_path / "test")[0].read_text() == text


def test_a_row_is_known_by_what_it_was_trained_and_measured_on_and_judged_by(tmp_path: Path) -> None:
    entries = [Entry(Path("a.png"), "x", "x/a", SHARP_LABELS)]
    cases = [Case(0, "b.png", "111", lambda: pytest.fail("nothing is read"), "y")]
    judge = Checkpoint("readability", tmp_path, None, None, "1" * 64, "2" * 64, False, "for tests")
    inputs = [
        fingerprint(entries, cases, judge),
        fingerprint([replace(entries[0], dataset="z")], cases, judge),
        fingerprint(entries * 2, cases, judge),
        fingerprint(entries, [replace(cases[0], dataset="z")], judge),
        fingerprint(entries, [replace(cases[0], kind="001")], judge),
        fingerprint(entries, cases, replace(judge, sha256="3" * 64)),
        fingerprint(entries, cases, replace(judge, config_sha256="3" * 64)),
    ]
    assert len(set(inputs)) == len(inputs)
    place = tmp_path / key(NOISE)
    place.mkdir()
    for content, known in (({"inputs": inputs[0]}, False), ({"inputs": inputs[0], "output": {}}, True)):
        (place / RESULT).write_text(json.dumps(content))
        assert (finished(tmp_path, NOISE, inputs[0]) is not None) == known
        assert finished(tmp_path, NOISE, inputs[1]) is None


def test_rows_have_names_of_their_own() -> None:
    specs = {row.spec for table in PAPER_TABLES.values() for row in table.rows}
    assert len({key(spec) for spec in specs}) == len(specs)


def test_unknown_comparisons_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="Did you mean 'fusion'"):
        ablate(["fussion"], tmp_path, tmp_path, BUDGET)


def test_a_size_that_the_networks_cannot_halve_is_refused() -> None:
    with pytest.raises(SpecError, match="100 px"):
        replace(BUDGET, size=100)


def test_graded_and_test_patients_photographs_are_not_trained_on() -> None:
    sharp = [Entry(Path(f"{i}.png"), "x", f"x/{i}", SHARP_LABELS) for i in range(60)]
    graded = [Entry(Path("g.png"), "y", "y/1", SHARP_LABELS, {"quality": "good"})]
    found = trainable([*sharp, *graded])
    assert 35 < len(found) < 58
    assert {entry.dataset for entry in found} == {"x"}
    with pytest.raises(ImageError, match="sharp"):
        trainable([Entry(Path("u.png"), "x", "x/1", UNKNOWN)])
