"""The paper's figure 2 for one set of photographs: every curve as a picture and as the points it was drawn from."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from retinaregen_core.evaluation import figures
from retinaregen_core.evaluation.readability_summary import column, labels_with_both_classes
from retinaregen_core.evaluation.tables import Row, write_csv
from retinaregen_core.metrics import classification
from retinaregen_core.metrics.classification import Confusion, Curve, Reliability
from retinaregen_core.specs import LABELS


def draw(name: str, rows: Sequence[Row], thresholds: Sequence[float], out: Path) -> None:
    """Write ``readability_<name>_{roc,precision,reliability,confusion}`` as ``.png`` and ``.csv``.

    Labels that lack one of the two classes have no curve; without any label nothing is written.
    """
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
    write_csv(_counts(counts), out / f"{stem}_confusion.csv")
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


def _counts(counts: Mapping[str, Confusion]) -> Iterator[Row]:
    for label, count in counts.items():
        yield {"label": label, **count._asdict()}
