"""From assessed photographs to the numbers that are quoted, with intervals over patients."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from retinaregen_core.evaluation.invariance import LIMIT
from retinaregen_core.evaluation.statistics import LEVEL, REPLICATES, Interval, bootstrap, mean
from retinaregen_core.evaluation.tables import Row, markdown
from retinaregen_core.metrics.classification import auc, classify, known
from retinaregen_core.specs import LABELS

HELD_OUT = "held_out"
TITLES_OF_SETS = {"drimdb": "DRIMDB", "eyepacs256": "EyeQ"}
"""Data sets that are not called by their names."""
READABLE, LESSER = "good", ("bad", "reject", "usable")
"""Whole-image grades: every lesser one of a data set is held against the readable one, see ``QUALITY_LABELS``."""

SCORES = {"lowest of the four": "lowest", **{label: f"p_{label}" for label in LABELS}, "vessel contrast": "contrast"}
"""What is tried on the tasks; the last one is the classical baseline, not the network."""


def column(rows: Sequence[Row], key: str) -> np.ndarray:
    """float ``[N]``."""
    return np.array([row[key] for row in rows], dtype=float)


def sets(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """All measured photographs, then each data set by itself that has both classes of some label."""
    names = dict.fromkeys(row["dataset"] for row in rows)
    parts = {name: [row for row in rows if row["dataset"] == name] for name in names if len(names) > 1}
    return {HELD_OUT: list(rows), **{name: part for name, part in parts.items() if labels_with_both_classes(part)}}


def labels_with_both_classes(rows: Sequence[Row]) -> list[str]:
    """Labels on which there is anything to tell apart."""
    truths = {label: known(column(rows, f"truth_{label}"), column(rows, "lowest"))[0] for label in LABELS}
    return [label for label, readable in truths.items() if readable.any() and not readable.all()]


def summarise(rows: Sequence[Row], thresholds: Sequence[float], seed: int) -> dict[str, list[dict[str, Any]]]:
    """Three tables: numbers per set and label, separation of whole-image grades, verdicts per grade."""
    return {
        "labels": [cell for name, part in sets(rows).items() for cell in _labels(name, part, thresholds, seed)],
        "tasks": list(_tasks(rows, seed)),
        "verdicts": list(_verdicts(rows, seed)),
    }


def _labels(name: str, rows: Sequence[Row], thresholds: Sequence[float], seed: int) -> Iterator[dict[str, Any]]:
    for label, threshold in zip(LABELS, thresholds, strict=True):
        truth, probability = column(rows, f"truth_{label}"), column(rows, f"p_{label}")
        statistic = partial(_classification, truth, probability, column(rows, "contrast"), threshold)
        labelled = int(np.sum(~np.isnan(truth)))
        counts = {"n": labelled, "readable": int(np.nansum(truth)), "threshold": round(threshold, 4)}
        yield {"set": name, "label": label, **counts, "measures": _intervals(statistic, rows, seed)}


def _tasks(rows: Sequence[Row], seed: int) -> Iterator[dict[str, Any]]:
    for dataset, lesser in product(sorted({row["dataset"] for row in rows}), LESSER):
        part = [row for row in rows if row["dataset"] == dataset and row["quality"] in (READABLE, lesser)]
        truth = np.array([row["quality"] == READABLE for row in part], dtype=float)
        if truth.any() and not truth.all():
            scores = {name: column(part, key) for name, key in SCORES.items()}
            measures = _intervals(partial(_separation, truth, scores), part, seed)
            title = f"{TITLES_OF_SETS.get(dataset, dataset)}, {READABLE} or {lesser}"
            yield {"task": title, "n": len(part), "readable": int(truth.sum()), "measures": measures}


def _verdicts(rows: Sequence[Row], seed: int) -> Iterator[dict[str, Any]]:
    grades = dict.fromkeys((row["dataset"], row["quality"]) for row in rows)
    for dataset, quality in grades:
        part = [row for row in rows if (row["dataset"], row["quality"]) == (dataset, quality)]
        verdicts = {name: column(part, name) for name in ("refused", "readable")}
        measures = _intervals(partial(_shares, verdicts), part, seed)
        yield {"dataset": dataset, "grade": quality or "ungraded", "n": len(part), "measures": measures}


def _classification(
    truth: np.ndarray, probability: np.ndarray, contrast: np.ndarray, threshold: float, rows: np.ndarray
) -> dict[str, float]:
    numbers = asdict(classify(truth[rows], probability[rows], threshold))
    return numbers | {"auc of vessel contrast": auc(truth[rows], contrast[rows])}


def _separation(truth: np.ndarray, scores: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, float]:
    return {name: auc(truth[rows], score[rows]) for name, score in scores.items()}


def _shares(verdicts: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, float]:
    return {name: mean(verdict[rows]) for name, verdict in verdicts.items()}


def _intervals(statistic: Any, rows: Sequence[Row], seed: int) -> dict[str, Interval]:
    return bootstrap(statistic, [row["patient"] for row in rows], np.random.default_rng(seed))


TITLES = {
    "labels": "Per label, at the checkpoint's own thresholds",
    "tasks": "Whole-image grades: area under the ROC curve, per score",
    "verdicts": "Verdicts: share refused as no fundus photograph, share called readable in all four labels",
    "invariance": "The same photograph at another size and JPEG quality: change of the probabilities",
}


def markdown_report(summary: Mapping[str, Sequence[Mapping[str, Any]]], unread: int) -> str:
    """The tables, then what their words mean."""
    parts = [f"### {TITLES[name]}\n\n{markdown(_flat(cells))}" for name, cells in summary.items() if cells]
    words = (
        f"Numbers with {LEVEL:.0%} bootstrap intervals over patients ({REPLICATES} draws). held_out: all measured "
        "photographs, of patients that training never saw; then each data set by itself. An interval without width at "
        "0 or 1 says that no photograph differed, not that none ever will. Refused: no field of view, below the "
        "threshold of the fundus label, unfamiliar, or symmetric. Vessel contrast: classical baseline, contrast at "
        "vessel scale over local brightness. Invariance: against the 512 px lossless version; moved too far: some "
        f"probability changed by more than {LIMIT}. Files that could not be read: {unread}.\n"
    )
    return "\n".join([*parts, words])


def _flat(cells: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        {**{key: value for key, value in cell.items() if key != "measures"}, **_formatted(cell["measures"])}
        for cell in cells
    ]


def _formatted(measures: Mapping[str, Interval]) -> dict[str, str]:
    return {name: f"{interval:.3f}" for name, interval in measures.items()}
