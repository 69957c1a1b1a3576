"""How often the optic disc is found where its annotators put it, of sharp photographs and of damaged ones.

The detector alone learns nothing, so all photographs of a known disc count. What the local readability adds is measured
on those of patients that no training saw, each as it is and damaged once, most often at disc or macula.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import DISC, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.readability import held_out, trained_on
from retinaregen_core.evaluation.statistics import LEVEL, Statistic, bootstrap
from retinaregen_core.evaluation.tables import Row, markdown, spread, write_csv
from retinaregen_core.imaging import landmarks
from retinaregen_core.imaging.degrade import SIZE
from retinaregen_core.imaging.landmarks import CONFIDENT, DISC_RADIUS, Landmark
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.region_trial import photographs
from retinaregen_core.training.readings import damage_photograph, regions_of
from retinaregen_core.uploads import Upload

logger = logging.getLogger(__name__)

ALONE, TOLD = "picture alone", "with local readability"
ALL, SHARP, DAMAGED = "all", "unseen patients", "unseen patients, damaged"


def evaluate(data: Path, out: Path, limit: int | None = None, seed: int = 0) -> Path:
    """Measure the disc detector where the index knows the disc; writes ``landmarks`` (csv, md).

    Args:
        data: a folder with ``manifest.csv``.
        out: folder for the results.
        limit: at most so many photographs, spread evenly over the index.
        seed: of the damage and of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no photograph has a known disc, or none of these shows an eye.
        WeightsError: the weights are missing or altered.
    """
    index, model = datasets.read_index(data), RetinaRegen.from_pretrained()
    known = [entry for entry in index if entry.facts.get(DISC)]
    if not known:
        raise ImageError(f"No photograph in {data} has a known optic disc.", f"The index names it {DISC}.")
    unseen = {entry.path for entry in held_out(index, trained_on(model.readability_checkpoint))}
    chosen = spread(known, limit)
    rows = write_csv(_measure_all(model, chosen, unseen, seed), out / "landmarks.csv")
    if not rows:
        raise ImageError(f"None of {len(chosen)} photographs in {data} could be measured.", "See the reasons above.")
    measured = len({row["file"] for row in rows})
    table = out / "landmarks.md"
    lines = list(_lines(rows, seed))
    passed_over = (
        f"\nWithin half of its diameter, {LEVEL:.0%} bootstrap intervals over patients; sure: confidence at least "
        f"{CONFIDENT}. Passed over, because they cannot be read or show no eye: {len(chosen) - measured}.\n"
    )
    table.write_text(markdown(lines) + passed_over, encoding="utf-8")
    return table


def _measure_all(model: RetinaRegen, entries: Sequence[Entry], unseen: set[Path], seed: int) -> Iterator[Row]:
    """A photograph's damage depends on its number and the seed alone."""
    for number, (entry, picture) in enumerate(photographs(entries)):
        yield _row(entry, ALL, ALONE, _alone(Upload(picture)))
        if entry.path not in unseen or model.reader.local is None:
            continue
        damaged, _ = damage_photograph(picture, regions_of(entry), np.random.default_rng([seed, number]))
        for of, shown in ((SHARP, picture), (DAMAGED, damaged)):
            upload = Upload(shown)
            try:
                alone, (found,) = _alone(upload), model.evidence(upload.mask(SIZE), upload.square(SIZE))
            except ImageError as error:  # too little was left of it
                logger.warning("%s, %s, is passed over: %s", entry.path.name, of, error)
                continue
            yield _row(entry, of, ALONE, alone)
            yield _row(entry, of, TOLD, _in_picture(upload, found.landmarks.disc))


def _alone(upload: Upload) -> Landmark:
    return _in_picture(upload, landmarks.locate(upload.square(SIZE), upload.mask(SIZE)).disc)


def _in_picture(upload: Upload, found: Landmark) -> Landmark:
    """From shares of the frame to shares of the square picture around it."""
    x, y = upload.framing.point(found.x, found.y)
    side = upload.image.shape[0]
    return Landmark(x / side, y / side, found.confidence)


def _row(entry: Entry, of: str, how: str, found: Landmark) -> Row:
    x, y = (value / SIZE for value in entry.facts[DISC])
    return {
        "file": entry.path.name,
        "patient": entry.patient,
        "of": of,
        "told by": how,
        "diameters": math.hypot(found.x - x, found.y - y) / (2 * DISC_RADIUS),
        "confidence": found.confidence,
    }


def _lines(rows: Sequence[Row], seed: int) -> Iterator[Row]:
    for of, how in dict.fromkeys((row["of"], row["told by"]) for row in rows):
        part = [row for row in rows if (row["of"], row["told by"]) == (of, how)]
        shares = bootstrap(_statistic(part), [row["patient"] for row in part], np.random.default_rng(seed))
        yield {"of": of, "n": len(part), "told by": how, **{name: f"{share:.3f}" for name, share in shares.items()}}


def _statistic(rows: Sequence[Row]) -> Statistic:
    near = np.array([row["diameters"] <= 0.5 for row in rows])
    sure = np.array([row["confidence"] >= CONFIDENT for row in rows])

    def measured(chosen: np.ndarray) -> dict[str, float]:
        found, confident = near[chosen], sure[chosen]
        return {
            "disc found": float(found.mean()),
            "sure": float(confident.mean()),
            "found where sure": float(found[confident].mean()) if confident.any() else math.nan,
        }

    return measured
