"""How well readable photographs are told from unreadable ones, on patients that training never saw.

Two sets of held-out patients (``datasets.split_by_patient``) are kept apart: those of DRIMDB, whose quality grades and
natural colours come from a clinic of their own, and all others.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from retinaregen_core import datasets
from retinaregen_core.datasets import Entry
from retinaregen_core.errors import FieldOfViewError, ImageError
from retinaregen_core.evaluation import figures
from retinaregen_core.evaluation.baselines import vessel_contrast
from retinaregen_core.evaluation.readability_summary import (
    column,
    labels_with_both_classes,
    markdown_report,
    sets,
    summarise,
)
from retinaregen_core.evaluation.tables import Row, identity, write_csv, write_json
from retinaregen_core.imaging import decode
from retinaregen_core.metrics import classification
from retinaregen_core.metrics.classification import Curve, Reliability
from retinaregen_core.pipeline import RetinaRegen, versions
from retinaregen_core.specs import LABELS

logger = logging.getLogger(__name__)


def evaluate(data: Path, out: Path) -> Path:
    """Measure the readability classifier and write ``readability*`` tables and figures (csv, json, md, png).

    Args:
        data: a folder with labels: ``manifest.csv`` or SynFundus-1M's annotation file.
        out: folder for the results.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no held-out photograph has a label.
        WeightsError: the weights are missing or altered.
    """
    entries = held_out(datasets.read_index(data))
    if not entries:
        raise ImageError(
            f"No photograph of a held-out patient in {data} has a readability label.",
            "Name a folder with a manifest.csv or an annotation file that labels its photographs.",
        )
    return evaluate_entries(RetinaRegen.from_pretrained(), entries, out)


def held_out(entries: Sequence[Entry]) -> list[Entry]:
    """The labelled photographs of the test patients, which no training sees."""
    return [e for e in datasets.split_by_patient(entries)["test"] if e.labels != datasets.UNKNOWN]


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, seed: int = 0) -> Path:
    """:func:`evaluate` with a loaded model and photographs at hand."""
    rows = write_csv(_assess_all(model, entries), out / "readability.csv")
    measured = [row for row in rows if not row["error"]]
    thresholds = model.classifier.spec.thresholds
    summary = summarise(measured, thresholds, seed)
    unread = [row for row in rows if row["error"]]
    provenance = {"readability": identity(model.readability_checkpoint), "versions": versions(), "seed": seed}
    write_json({"protocol": provenance, **summary, "failures": unread}, out / "readability.json")
    for name, scope in sets(measured).items():
        _draw(name, scope, thresholds, out)
    table = out / "readability.md"
    table.write_text(markdown_report(summary, len(unread)), encoding="utf-8")
    return table


def _assess_all(model: RetinaRegen, entries: Sequence[Entry]) -> Iterator[Row]:
    for number, entry in enumerate(entries, start=1):
        logger.info("%d/%d: %s", number, len(entries), entry.path.name)
        yield _assess(model, entry)


def _assess(model: RetinaRegen, entry: Entry) -> Row:
    """One csv row. No field of view is an answer (refused, all probabilities 0); an unreadable file is none."""
    image, error = None, ""
    probabilities: Sequence[float] = (0.0,) * len(LABELS)
    readable, refused = False, True
    try:
        image = decode.read(entry.path)
        score = model.assess(image)
        probabilities, readable, refused = score.probabilities, score.readable, not score.readable_labels[0]
    except FieldOfViewError:
        pass
    except ImageError as reason:
        error = str(reason)
    return {
        "file": entry.path.name,
        "dataset": entry.dataset,
        "patient": entry.patient,
        "quality": entry.facts.get("quality", entry.facts.get("eyeq", "")),
        **{f"truth_{label}": _truth(value) for label, value in zip(LABELS, entry.labels, strict=True)},
        **{f"p_{label}": value for label, value in zip(LABELS, probabilities, strict=True)},
        "lowest": min(probabilities),
        "contrast": 0.0 if image is None else vessel_contrast(image),
        "refused": refused,
        "readable": readable,
        "error": error,
    }


def _truth(label: float | None) -> float:
    return float("nan") if label is None else float(label)


def _draw(name: str, rows: Sequence[Row], thresholds: Sequence[float], out: Path) -> None:
    """Curves of every label that has both classes, as figures and as points."""
    limits = dict(zip(LABELS, thresholds, strict=True))
    labels = labels_with_both_classes(rows)
    if not labels:
        return
    pairs = {label: (column(rows, f"truth_{label}"), column(rows, f"p_{label}")) for label in labels}
    roc = {label: classification.roc(*pair) for label, pair in pairs.items()}
    precision = {label: classification.precision_recall(*pair) for label, pair in pairs.items()}
    bins = {label: classification.reliability(*pair) for label, pair in pairs.items()}
    counts = {label: classification.confusion(*pair, limits[label]) for label, pair in pairs.items()}
    stem = f"readability_{name}"
    write_csv(_points(roc), out / f"{stem}_roc.csv")
    write_csv(_points(precision), out / f"{stem}_precision.csv")
    write_csv(_points(bins), out / f"{stem}_reliability.csv")
    axes = ("unreadable called readable", "readable called readable")
    figures.curves(roc, axes, f"ROC, {name}", out / f"{stem}_roc.png")
    figures.curves(precision, ("recall", "precision"), f"Precision and recall, {name}", out / f"{stem}_precision.png")
    figures.reliability_diagrams(bins, f"Reliability, {name}", out / f"{stem}_reliability.png")
    figures.confusion_matrices(counts, f"Decisions, {name}", out / f"{stem}_confusion.png")


def _points(lines: Mapping[str, Curve | Reliability]) -> Iterator[Row]:
    """One csv row per point of each label's line; the columns are the line's own fields."""
    for label, line in lines.items():
        for point in zip(*line, strict=True):
            yield {"label": label, **{field: float(value) for field, value in zip(line._fields, point, strict=True)}}
