"""Rows to files: nothing lost, standard JSON, rows on disk as they come."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from retinaregen_core.evaluation.statistics import Interval
from retinaregen_core.evaluation.tables import markdown, write_csv, write_json


def test_csv_holds_every_row(tmp_path: Path) -> None:
    rows = [{"file": "a, b.png", "psnr": 25.5}, {"file": "c.png", "psnr": 20.0}]
    assert write_csv(rows, tmp_path / "new folder" / "rows.csv") == rows
    with (tmp_path / "new folder" / "rows.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [{"file": "a, b.png", "psnr": "25.5"}, {"file": "c.png", "psnr": "20.0"}]


def test_an_interrupted_run_keeps_the_rows_it_measured(tmp_path: Path) -> None:
    def stopped() -> Iterator[dict[str, int]]:
        yield {"n": 1}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(stopped(), tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().split() == ["n", "1"]


def test_markdown_has_head_rule_and_rows() -> None:
    assert markdown([{"type": "111", "n": 40}]).splitlines() == ["| type | n |", "| --- | --- |", "| 111 | 40 |"]


def test_json_is_standard_json(tmp_path: Path) -> None:
    write_json({"gain": Interval(1.0, math.nan, math.inf), "steps": (1, 2)}, tmp_path / "summary.json")
    assert json.loads((tmp_path / "summary.json").read_text()) == {
        "gain": {"value": 1.0, "low": None, "high": None},
        "steps": [1, 2],
    }
