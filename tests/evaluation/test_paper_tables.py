"""The paper's rows are the code's tables, each with its own spec, and its numbers are those that it prints."""

from retinaregen_core.evaluation.paper_tables import BEST, PAPER, PAPER_TABLES, rows_of
from retinaregen_core.nets.backbones import BACKBONES
from retinaregen_core.nets.extractor import TRUNKS
from retinaregen_core.nets.fusion import RESIZERS, WEIGHTINGS


def test_every_entry_of_the_code_has_its_row() -> None:
    rows = {name: [row.spec for row in table.rows] for name, table in PAPER_TABLES.items()}
    assert {spec.backbone for spec in rows["backbone"]} == set(BACKBONES)
    assert {spec.extractor for spec in rows["extractor"]} == set(TRUNKS)
    assert {(s.resize, s.weighting) for s in rows["fusion"]} >= {
        (r, w) for r in RESIZERS for w in ("static", "dynamic")
    }
    assert {spec.weighting for spec in rows["fusion"]} == set(WEIGHTINGS)
    assert [spec.condition for spec in rows["fusion"]].count("dynamic") == 1


def test_shared_rows_are_trained_once() -> None:
    total = sum(len(table.rows) for table in PAPER_TABLES.values())
    assert len(list(rows_of(PAPER_TABLES))) == total - 2  # the paper's choice stands in all three


def test_the_papers_choice_is_the_best_psnr_of_every_table() -> None:
    for table in PAPER_TABLES.values():
        published = {row.spec: row.published for row in table.rows if row.published}
        assert published[PAPER] == BEST
        assert max(numbers.psnr[1] for numbers in published.values()) == BEST.psnr[0]


def test_only_the_vae_predicts_the_picture() -> None:
    predictions = {row.spec.backbone: row.spec.prediction_type for row in PAPER_TABLES["backbone"].rows}
    assert {name for name, prediction in predictions.items() if prediction == "sample"} == {"vae"}
