"""How often the optic disc is found where its annotators put it."""

import logging
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import DISC, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.statistics import Statistic, bootstrap
from retinaregen_core.evaluation.tables import Row, markdown, spread, write_csv
from retinaregen_core.imaging import landmarks
from retinaregen_core.imaging.landmarks import CONFIDENT, DISC_RADIUS
from retinaregen_core.uploads import read_upload

logger = logging.getLogger(__name__)

POSITION_SIDE = 512
"""Side of the whole picture at which an index gives the disc in pixels."""
SIDE = 512


def evaluate(data: Path, out: Path, limit: int | None = None) -> Path:
    """Measure the disc detector on every photograph whose index knows the disc; writes ``landmarks`` (csv, md).

    Args:
        data: a folder with ``manifest.csv``. The detector learns nothing, so all of its photographs count.
        out: folder for the results.
        limit: at most so many photographs, spread evenly over the index.

    Raises:
        ImageError: no photograph has a known disc, or none of these shows an eye.
    """
    known = [entry for entry in datasets.read_index(data) if DISC in entry.facts]
    if not known:
        raise ImageError(f"No photograph in {data} has a known optic disc.", f"The index names it {DISC}.")
    chosen = spread(known, limit)
    rows = write_csv(_measure_all(chosen), out / "landmarks.csv")
    if not rows:
        raise ImageError(f"None of {len(chosen)} photographs in {data} could be measured.", "See the reasons above.")
    shares = bootstrap(_statistic(rows), [row["patient"] for row in rows], np.random.default_rng(0))
    table = out / "landmarks.md"
    lines = [
        {"of": f"{len(rows)} photographs", "measure": name, "share": f"{share:.3f}"} for name, share in shares.items()
    ]
    passed_over = f"\nPassed over, because they cannot be read or show no eye: {len(chosen) - len(rows)}.\n"
    table.write_text(markdown(lines) + passed_over, encoding="utf-8")
    return table


def _measure_all(entries: Sequence[Entry]) -> Iterator[Row]:
    for entry in entries:
        try:
            upload = read_upload(entry.path, None)
            framing = upload.framing
        except ImageError as error:
            logger.warning("%s is passed over: %s", entry.path.name, error)
            continue
        found = landmarks.locate(
            framing.crop(upload.image, SIDE), framing.crop_mask(upload.field_of_view.mask, SIDE)
        ).disc
        x, y = (value * max(upload.image.shape) / POSITION_SIDE for value in entry.facts[DISC])
        found_x, found_y = framing.point(found.x, found.y)
        off = math.hypot(found_x - x, found_y - y)
        yield {
            "file": entry.path.name,
            "patient": entry.patient,
            "diameters": off / (2 * DISC_RADIUS * framing.side),
            "confidence": found.confidence,
        }


def _statistic(rows: Sequence[Row]) -> Statistic:
    near = np.array([row["diameters"] <= 0.5 for row in rows])
    sure = np.array([row["confidence"] >= CONFIDENT for row in rows])

    def measured(chosen: np.ndarray) -> dict[str, float]:
        found, confident = near[chosen], sure[chosen]
        return {
            "disc within half a diameter": float(found.mean()),
            f"confidence at least {CONFIDENT}": float(confident.mean()),
            "within half a diameter, of these": float(found[confident].mean()) if confident.any() else math.nan,
        }

    return measured
