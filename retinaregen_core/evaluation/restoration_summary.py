"""From the restoration rows to the numbers that are quoted: means, gains, harm and conversion with intervals."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from retinaregen_core.evaluation.baselines import CLAHE_CLIP_LIMIT, CLAHE_TILES
from retinaregen_core.evaluation.statistics import LEVEL, REPLICATES, Interval, Statistic, bootstrap, mean
from retinaregen_core.evaluation.tables import Row, markdown
from retinaregen_core.metrics.similarity import SIMILARITIES

INPUT, CLAHE = "input", "CLAHE"
ALL = "all"
"""The row over every evaluated type; says little where easy types (spots, blur) are among them."""

VESSELS = "vessel_dice"
"""Overlap of a picture's vessels with the sharp photograph's."""
MEASURES = (*SIMILARITIES, VESSELS)

WARNED_HARMED, WARNED_UNHARMED = "warned_harmed", "warned_unharmed"
"""Shares of the results with and without harm that ``verdict.cautions`` warns of."""

Method = tuple[str, int | None]
"""Name and, for a restorer, number of steps."""


def summarise(rows: Sequence[Row], seed: int) -> list[dict[str, Any]]:
    """One cell per type and method: counts and named intervals over photographs.

    Besides the measures and their gains over the input: ``harm`` is the share with a lower PSNR than the input,
    ``conversion`` the share of the inputs called unreadable that are called readable afterwards.
    """
    kinds = list(dict.fromkeys(row["type"] for row in rows))
    scopes = {kind: [row for row in rows if row["type"] == kind] for kind in kinds}
    if len(kinds) > 1:
        scopes[ALL] = list(rows)
    return [cell for kind, scope in scopes.items() for cell in _cells(kind, scope, seed)]


def _cells(kind: str, rows: Sequence[Row], seed: int) -> Iterator[dict[str, Any]]:
    methods: dict[Method, list[Row]] = {}
    for row in rows:
        methods.setdefault((row["method"], row["steps"]), []).append(row)
    inputs = methods[INPUT, None]
    for (method, steps), measured in methods.items():
        groups = [row["photograph"] for row in measured]
        yield {
            "type": kind,
            "method": method,
            "steps": steps,
            "n": len(measured),
            "n_unreadable": sum(not row["readable_before"] for row in measured),
            "measures": bootstrap(_statistic(measured, inputs), groups, np.random.default_rng(seed)),
            "cautions": Counter(name for row in measured for name in (row["cautions"] or "").split()),
            "seconds": mean(np.array([row["seconds"] for row in measured])),
        }


def _statistic(rows: Sequence[Row], inputs: Sequence[Row]) -> Statistic:
    """The means of a method's columns; ``inputs`` are the same cases in the same order."""
    values = {measure: np.array([row[measure] for row in rows]) for measure in MEASURES}
    with np.errstate(invalid="ignore"):  # a pair of identical pictures: infinity minus infinity is no gain to average
        gains = {f"{m}_gain": values[m] - np.array([row[m] for row in inputs]) for m in MEASURES}
    harm = np.array([row["psnr"] < start["psnr"] for row, start in zip(rows, inputs, strict=True)], dtype=float)
    readable_before = np.array([row["readable_before"] for row in rows], dtype=bool)
    readable_after = np.array([row["readable_after"] for row in rows], dtype=float)
    conversion = np.where(readable_before, np.nan, readable_after)
    warned = np.array([np.nan if row["cautions"] is None else bool(row["cautions"]) for row in rows])
    warnings = {WARNED_HARMED: np.where(harm > 0, warned, np.nan), WARNED_UNHARMED: np.where(harm > 0, np.nan, warned)}
    columns = {**values, **gains, "harm": harm, "conversion": conversion, **warnings}
    return lambda chosen: {name: mean(column[chosen]) for name, column in columns.items()}


SHOWN = {
    "psnr": ("PSNR frame (dB)", ".2f"),
    "psnr_fov": ("PSNR FOV (dB)", ".2f"),
    "ssim": ("SSIM frame", ".4f"),
    "ssim_fov": ("SSIM FOV", ".4f"),
    "lpips": ("LPIPS (lower is better)", ".4f"),
    VESSELS: ("vessel Dice", ".3f"),
}
"""Measure -> table title and number format."""


def markdown_report(cells: Sequence[Mapping[str, Any]], failed: int) -> str:
    """One line per type and measure, one column per method, then what each word means."""
    return markdown(_table(cells)) + _definitions(failed)


def _table(cells: Sequence[Mapping[str, Any]]) -> list[Row]:
    kinds = dict.fromkeys(cell["type"] for cell in cells)
    return [line for kind in kinds for line in _lines([cell for cell in cells if cell["type"] == kind])]


def _lines(cells: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    first = cells[0]
    lines: dict[str, dict[str, str]] = {}
    for cell in cells:
        method = cell["method"] if cell["steps"] is None else f"{cell['method']}, steps: {cell['steps']}"
        measures: Mapping[str, Interval] = cell["measures"]
        for measure, (title, spec) in SHOWN.items():
            value, gain = measures[measure], measures[f"{measure}_gain"]
            shows_gain = cell["method"] != INPUT and not np.isnan(gain.value)
            lines.setdefault(title, {})[method] = f"{value:{spec}}" + (f"<br>gain {gain:+{spec}}" if shows_gain else "")
        lines.setdefault("harmed", {})[method] = f"{measures['harm']:.1%}"
        for warned, title in ((WARNED_HARMED, "warned of, harmed"), (WARNED_UNHARMED, "warned of, not harmed")):
            lines.setdefault(title, {})[method] = f"{measures[warned]:.1%}"
        converted = f"made readable, of {first['n_unreadable']} unreadable"
        lines.setdefault(converted, {})[method] = f"{measures['conversion']:.1%}"
    for title, by_method in lines.items():
        yield {"type": first["type"], "n": first["n"], "measure": title, **by_method}


def _definitions(failed: int) -> str:
    lines = [
        *(f"{SHOWN[name][0]}: {measure.definition}" for name, measure in SIMILARITIES.items()),
        f"{SHOWN[VESSELS][0]}: overlap of the vessels with those of the sharp photograph, in [0, 1], found at 512 px.",
        f"Numbers: means with {LEVEL:.0%} bootstrap intervals over photographs ({REPLICATES} draws).",
        "An interval without width at 0 % or 100 % says that no photograph differed, not that none ever will.",
        "gain: over the input, which is the score of doing nothing. harmed: share with a lower PSNR than the input.",
        "warned of: share of the harmed, and of the other, results that carry a caution.",
        f"CLAHE: L of Lab, clip limit {CLAHE_CLIP_LIMIT}, {CLAHE_TILES[0]} x {CLAHE_TILES[1]} tiles.",
        f"Cases that could not be measured: {failed}.",
    ]
    return "\n" + "\n".join(f"- {line}" for line in lines) + "\n"
