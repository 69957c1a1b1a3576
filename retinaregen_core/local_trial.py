"""Does the map of what can be read show where the damage lies? Sharp photographs of unseen patients are damaged here.

Every place is judged by the rule of ``training.regions``. Beside the local readability stand the map of the label
retina and the contrast of the vessels at the place. Graded photographs tell whether more of the good ones
can be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import Entry
from retinaregen_core.errors import RetinaRegenError, WeightsError
from retinaregen_core.evaluation.readability import held_out, trained_on
from retinaregen_core.evaluation.statistics import LEVEL, Interval, bootstrap, mean
from retinaregen_core.evaluation.tables import Row, markdown, protocol, spread, write_csv, write_json
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.degrade import SIZE
from retinaregen_core.imaging.places import enlarge, share
from retinaregen_core.metrics.classification import auc, calibration_error
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.region_trial import located, sharp_held_out, walk
from retinaregen_core.specs import LABELS
from retinaregen_core.training.readings import Damaged, regions_of, spoil
from retinaregen_core.training.regions import TILE, judge_places, vessel_contrast
from retinaregen_core.uploads import Upload

RETINA = LABELS.index("retina")
LOCAL, LABEL, CONTRAST = "local readability", "map of the label retina", "vessel contrast"
GOOD = "good"

Places = Mapping[str, np.ndarray]
"""``truth`` and the three answers, float ``[K]`` each, of the places whose truth is known."""


def evaluate(data: Path, out: Path, samples: int = 200, limit: int | None = None, seed: int = 0) -> Path:
    """Measure the local readability; writes ``local.csv``, ``local_graded.csv``, ``local.json`` and ``local.md``.

    Args:
        data: an index of photographs, some of them known to be sharp and some of them graded.
        out: folder for the results.
        samples: damaged photographs.
        limit: at most so many graded photographs, spread evenly over all.
        seed: of the damage and of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no sharp photograph of a held-out patient.
        WeightsError: the weights are missing or altered, or nothing was learned for this classifier.
    """
    index, model = datasets.read_index(data), RetinaRegen.from_pretrained()
    trained = trained_on(model.readability_checkpoint)
    sharp = sharp_held_out(index, trained)
    graded = [entry for entry in held_out(index, trained) if entry.grade and entry.labels[0] != 0]
    return evaluate_entries(model, sharp, spread(graded, limit), out, samples, seed)


def evaluate_entries(
    model: RetinaRegen, sharp: Sequence[Entry], graded: Sequence[Entry], out: Path, samples: int, seed: int
) -> Path:
    """:func:`evaluate` with a loaded model and photographs at hand."""
    if model.reader.local is None:
        raise WeightsError(
            "There is no local readability for the classifier in place.",
            "Train one with retinaregen train local-readability, and record it.",
        )
    found = list(_damaged(model, sharp, samples, seed))
    write_csv((_row(patient, places) for patient, places in found), out / "local.csv")
    shares = write_csv(_shares(model, graded), out / "local_graded.csv")
    measures = {name: _measured(name, found, seed) for name in (LOCAL, LABEL, CONTRAST)}
    tasks = list(_tasks(shares, seed))
    by = protocol(seed, readability=model.readability_checkpoint)
    write_json({"protocol": by, "damaged": measures, "graded": tasks}, out / "local.json")
    table = out / "local.md"
    table.write_text(_report(measures, tasks, len(found)), encoding="utf-8")
    return table


def _damaged(model: RetinaRegen, sharp: Sequence[Entry], samples: int, seed: int) -> Iterator[tuple[str, Places]]:
    """Patient and places of each; a photograph depends on its number and the seed alone."""
    for number, (entry, image) in zip(range(samples), walk(located(sharp), seed), strict=False):
        damaged = spoil(image, regions_of(entry), np.random.default_rng([seed, number]))
        yield entry.patient, _answers(model, damaged)


def _answers(model: RetinaRegen, damaged: Damaged) -> Places:
    (found,) = model.evidence(damaged.inside, damaged.picture)
    assert found.readable is not None
    grid = len(found.readable)
    truth = judge_places(damaged.sharp, damaged.left, damaged.inside, grid)
    strength = cv2.blur(np.abs(vessel_contrast(damaged.left)), (TILE, TILE))
    answers = {
        "truth": truth,
        LOCAL: found.readable,
        LABEL: enlarge(found.maps[RETINA], grid),
        CONTRAST: cv2.resize(strength, (grid, grid), interpolation=cv2.INTER_AREA),
    }
    known = ~np.isnan(truth)
    return {name: values[known] for name, values in answers.items()}


def _row(patient: str, places: Places) -> Row:
    return {
        "patient": patient,
        "places": len(places["truth"]),
        "readable": _mean(places["truth"]),
        "readable as told": _mean(places[LOCAL]),
        **{f"auc of {name}": _auc(places, name) for name in (LOCAL, LABEL, CONTRAST)},
    }


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) if values.size else float("nan")


def _auc(places: Places, name: str) -> float:
    """NaN where all places are alike."""
    truth = places["truth"]
    return float("nan") if not truth.size or truth.min() == truth.max() else auc(truth, places[name])


def _measured(name: str, found: Sequence[tuple[str, Places]], seed: int) -> dict[str, Interval]:
    inside = np.array([_auc(places, name) for _, places in found])

    def measures(rows: np.ndarray) -> dict[str, float]:
        truth, told = (np.concatenate([found[row][1][key] for row in rows]) for key in ("truth", name))
        error = calibration_error(truth, told) if name == LOCAL else float("nan")
        return {"auc": auc(truth, told), "auc within a photograph": mean(inside[rows]), "ece": error}

    return bootstrap(measures, [patient for patient, _ in found], np.random.default_rng(seed))


def _shares(model: RetinaRegen, graded: Sequence[Entry]) -> Iterator[Row]:
    """How much of each graded photograph can be read, over its field of view; without those that cannot be opened."""
    for entry in graded:
        try:
            upload = Upload(decode.read(entry.path))
        except RetinaRegenError:
            continue
        mask = upload.mask(SIZE)
        (found,) = model.evidence(mask, upload.square(SIZE))
        assert found.readable is not None
        yield {
            "dataset": entry.dataset,
            "patient": entry.patient,
            "grade": entry.grade,
            "readable": round(share(found.readable, mask), 4),
        }


def _tasks(shares: Sequence[Row], seed: int) -> Iterator[dict[str, Any]]:
    """Good against each other grade of a data set: who can be read in more places?"""
    for dataset in sorted({row["dataset"] for row in shares}):
        rows = [row for row in shares if row["dataset"] == dataset]
        for grade in sorted({row["grade"] for row in rows} - {GOOD}):
            pair = [row for row in rows if row["grade"] in (GOOD, grade)]
            good = np.array([float(row["grade"] == GOOD) for row in pair])
            told = np.array([row["readable"] for row in pair])
            if good.min() == good.max():
                continue

            def measures(rows: np.ndarray, good: np.ndarray = good, told: np.ndarray = told) -> dict[str, float]:
                return {
                    "readable of good": mean(told[rows][good[rows] > 0]),
                    "readable of the other": mean(told[rows][good[rows] == 0]),
                    "auc": auc(good[rows], told[rows]),
                }

            numbers = bootstrap(measures, [row["patient"] for row in pair], np.random.default_rng(seed))
            yield {"task": f"{dataset}, {GOOD} or {grade}", "n": len(pair), "measures": numbers}


def _report(
    measures: Mapping[str, Mapping[str, Interval]], tasks: Sequence[Mapping[str, Any]], photographs: int
) -> str:
    rows = [{"told by": name, **{key: f"{v:.3f}" for key, v in numbers.items()}} for name, numbers in measures.items()]
    text = f"### Which places of a damaged photograph can be read (n = {photographs})\n\n{markdown(rows)}"
    if tasks:
        shown = [{"task": t["task"], "n": t["n"], **{k: f"{v:.3f}" for k, v in t["measures"].items()}} for t in tasks]
        text += f"\n### Share of the field of view that can be read, graded photographs\n\n{markdown(shown)}"
    return text + (
        f"\nNumbers with {LEVEL:.0%} bootstrap intervals over patients, none of whom training saw. Places are judged "
        "by the rule that training used: what damage left of the contrast of vessels and of their pattern. auc within "
        "a photograph: mean over those in which some places can be read and some cannot.\n"
    )
