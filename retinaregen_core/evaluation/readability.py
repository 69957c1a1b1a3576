"""How well readable photographs are told from unreadable ones, on patients that training never saw.

Accuracy, precision, recall, F1, AUC and calibration per label, with the paper's curves (its figure 2), over all of
these patients and over each data set by itself; a classical contrast score in the same tables; and how far the scores
move when the same photograph is exported otherwise.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter

from retinaregen_core import datasets
from retinaregen_core.datasets import Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation import invariance
from retinaregen_core.evaluation.readability_figures import draw
from retinaregen_core.evaluation.readability_rows import assess_entries
from retinaregen_core.evaluation.readability_summary import markdown_report, sets, summarise
from retinaregen_core.evaluation.tables import Row, protocol, spread, write_csv, write_json
from retinaregen_core.manifest import datasets_seen, training_record
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.weights import Checkpoint


def evaluate(
    data: Path, out: Path, annotation: Path | None = None, limit: int | None = None, exported: int = 0, seed: int = 0
) -> Path:
    """Measure the readability classifier and write ``readability*`` tables and figures (csv, json, md, png).

    Args:
        data: a folder with labels: ``manifest.csv`` or SynFundus-1M's annotation file.
        out: folder for the results.
        annotation: SynFundus-1M's annotation file, when it lies elsewhere.
        limit: at most so many photographs, spread evenly over the folder.
        exported: how many photographs are also scored at other sizes and JPEG qualities.
        seed: of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no held-out photograph has a label.
        WeightsError: the weights are missing or altered.
    """
    entries = datasets.read_index(data, annotation)
    model = RetinaRegen.from_pretrained()
    measured = held_out(entries, trained_on(model.readability_checkpoint))
    if not measured:
        raise ImageError(
            f"No photograph of a held-out patient in {data} has a readability label.",
            "Name a folder with a manifest.csv or an annotation file that labels its photographs.",
        )
    return evaluate_entries(model, spread(measured, limit), out, exported, seed)


def trained_on(checkpoint: Checkpoint) -> frozenset[str] | None:
    """The data sets that the checkpoint ever saw, see :func:`datasets_seen`; None when its record does not tell."""
    return datasets_seen(training_record(checkpoint.folder))


def held_out(entries: Sequence[Entry], trained: Iterable[str] | None) -> list[Entry]:
    """The labelled photographs of patients that no training saw.

    Args:
        entries: of one folder.
        trained: names of the data sets that were trained on, of which (copies included) the test patients are left;
            None when that is not known: then of every data set.
    """
    families = {datasets.family(name) for name in (trained if trained is not None else {e.dataset for e in entries})}
    test = {e.patient for e in datasets.split_by_patient(entries)["test"]}
    labelled = [e for e in entries if e.labels != datasets.UNKNOWN]
    return [e for e in labelled if e.patient in test or datasets.family(e.dataset) not in families]


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, exported: int = 0, seed: int = 0) -> Path:
    """:func:`evaluate` with a loaded model and photographs at hand."""
    paths = [entry.path for entry in spread(entries, exported)] if exported else []
    return report(model, assess_entries(model, entries), out, seed, invariance.measure(model, paths) if paths else ())


def report(model: RetinaRegen, photographs: Iterable[Row], out: Path, seed: int, exported: Iterable[Row] = ()) -> Path:
    """Write the tables and figures of assessed photographs; the rows may still be on their way.

    Returns:
        The Markdown table.
    """
    started = perf_counter()
    rows = write_csv(photographs, out / "readability.csv")
    speed = len(rows) / (perf_counter() - started)
    measured = [row for row in rows if not row["error"]]
    thresholds = model.classifier.spec.thresholds
    summary = summarise(measured, thresholds, seed)
    if exported:
        moved = write_csv(exported, out / "readability_invariance.csv")
        summary["invariance"] = invariance.summarise(moved, seed)
    unread = [row for row in rows if row["error"]]
    measured_by = {
        **protocol(seed, readability=model.readability_checkpoint),
        "photographs_per_second": round(speed, 2),
    }
    write_json({"protocol": measured_by, **summary, "failures": unread}, out / "readability.json")
    for name, scope in sets(measured).items():
        draw(name, scope, thresholds, out)
    table = out / "readability.md"
    table.write_text(markdown_report(summary, len(unread)), encoding="utf-8")
    return table
