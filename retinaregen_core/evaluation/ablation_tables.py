"""Our numbers beside the paper's, row by row."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retinaregen_core.evaluation.paper_tables import PaperRow, PaperTable, Range
from retinaregen_core.evaluation.statistics import LEVEL, Interval
from retinaregen_core.evaluation.tables import Row, markdown, write_csv
from retinaregen_core.metrics.similarity import SIMILARITIES
from retinaregen_core.specs import RestorerSpec

COMPARED = ("psnr", "ssim", "lpips")
FORMATS = {"psnr": ".2f", "ssim": ".3f", "lpips": ".3f"}

Results = Mapping[RestorerSpec, Mapping[str, Any]]


def write(name: str, table: PaperTable, results: Results, folder: Path) -> Path:
    """Write ``ablation_<name>.csv`` and ``.md``; returns the latter.

    Args:
        name: of the comparison.
        table: the paper's side.
        results: ours, for every spec of the table: the contents of ``result.json``.
        folder: for the two files.
    """
    stem = folder / f"ablation_{name}"
    write_csv(_csv_rows(table, results), stem.with_suffix(".csv"))
    shown = [_nothing(next(iter(results.values()))), *(_shown(row, results[row.spec]) for row in table.rows)]
    text = f"### {table.title} (paper: {table.source})\n\n{markdown(shown)}\n{_words(next(iter(results.values())))}"
    stem.with_suffix(".md").write_text(text, encoding="utf-8")
    return stem.with_suffix(".md")


def _csv_rows(table: PaperTable, results: Results) -> Iterator[Row]:
    for row in table.rows:
        result, published = results[row.spec], row.published
        paper = {
            f"paper_{m}_{end}": getattr(published, m)[side] if published else ""
            for m in COMPARED
            for side, end in enumerate(("low", "high"))
        }
        ours = {f"{m}_{end}": result["output"][m][end] for m in COMPARED for end in ("value", "low", "high")}
        gain = {f"psnr_gain_{end}": value for end, value in result["output"]["psnr_gain"].items()}
        yield {"row": row.title, "key": result["key"], **paper, **ours, **gain, "n": result["n"], **result["training"]}


def _nothing(result: Mapping[str, Any]) -> Row:
    """The first line: what doing nothing scores on the same pairs."""
    return _line("do nothing (the input)", None, result["input"]) | {"photographs seen": "-", "parameters": "-"}


def _shown(row: PaperRow, result: Mapping[str, Any]) -> Row:
    training = result["training"]
    counts = {"photographs seen": training["images"], "parameters": f"{training['parameters'] / 1e6:.1f} M"}
    return _line(row.title, row, result["output"]) | counts


def _line(title: str, row: PaperRow | None, measures: Mapping[str, Any]) -> dict[str, Any]:
    published = row.published if row else None
    columns = {}
    for measure in COMPARED:
        name, spec = measure.upper(), FORMATS[measure]
        columns[f"{name}, paper"] = _range(getattr(published, measure), spec) if published else "-"
        columns[f"{name}, ours"] = f"{_interval(measures[measure]):{spec}}"
    gain = f"{_interval(measures['psnr_gain']):+.2f}" if row else "-"
    return {"row": title, **columns, "gain in PSNR, ours": gain}


def _range(values: Range, spec: str) -> str:
    low, high = values
    return f"{low:{spec}}" if low == high else f"{low:{spec}} to {high:{spec}}"


def _interval(cell: Mapping[str, float | None]) -> Interval:
    """From JSON, where a missing number is null."""
    numbers = [math.nan if number is None else number for number in (cell["value"], cell["low"], cell["high"])]
    return Interval(*numbers)


def _words(result: Mapping[str, Any]) -> str:
    budget = result["budget"]
    definitions = " ".join(f"{measure.upper()}: {SIMILARITIES[measure].definition}" for measure in COMPARED)
    return (
        f"Ours: {budget['minutes']:g} minutes of training per row on one {result['training']['hardware']}, "
        f"{budget['size']} px, seed {budget['seed']}; measured on {result['n']} photographs that no row has seen, "
        f"degraded by type {budget['kind']} at 512 px, restored in {budget['steps']} steps and put back at that size, "
        f"with {LEVEL:.0%} bootstrap intervals. "
        "Parameters: of what restores; what made a static condition is not kept. "
        f"{definitions} The paper does not say against what, on how many photographs, at what size or with which LPIPS "
        "network it measured: compare the order of the rows, not the columns.\n"
    )
