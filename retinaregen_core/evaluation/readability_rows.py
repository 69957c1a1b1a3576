"""Photographs to csv rows: what the classifier and the classical baseline say of each, and what is known of it."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from retinaregen_core.datasets import Entry
from retinaregen_core.errors import FieldOfViewError, ImageError
from retinaregen_core.evaluation.baselines import vessel_contrast
from retinaregen_core.evaluation.tables import Row
from retinaregen_core.imaging import decode
from retinaregen_core.pipeline import RetinaRegen, Upload
from retinaregen_core.records import Readability
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import refusal

logger = logging.getLogger(__name__)

BATCH_SIZE = 8
"""Photographs whose pixels are in memory at once; larger batches are hardly faster."""


class Opened(NamedTuple):
    """A photograph on its way to the network."""

    entry: Entry
    upload: Upload | None
    """None where there is no field of view or no picture."""
    contrast: float = 0.0
    error: str = ""


def assess_entries(model: RetinaRegen, entries: Sequence[Entry]) -> Iterator[Row]:
    """:func:`assess` of photographs in files."""
    return assess(model, map(_open, entries), len(entries))


def assess(model: RetinaRegen, photographs: Iterable[Opened], total: int) -> Iterator[Row]:
    """One row per photograph. No field of view is an answer (refused, all probabilities 0); a broken file is none."""
    waiting, done, size = iter(photographs), 0, model.classifier.spec.image_size
    while batch := list(islice(waiting, BATCH_SIZE)):
        uploads = [photograph.upload for photograph in batch if photograph.upload]
        eyes = [(upload.square(size), upload.mask(size)) for upload in uploads]
        scores = iter(model.assess_all(eyes) if eyes else ())
        for photograph in batch:
            yield _row(photograph, next(scores).scores if photograph.upload else None)
        done += len(batch)
        logger.info("%d of %d", done, total)


def opened(entry: Entry, image: np.ndarray) -> Opened:
    """With its field of view, if it has one; ``image`` is uint8 ``[H, W, 3]``."""
    upload = Upload(image)
    try:
        return Opened(entry, upload, vessel_contrast(image, upload.field_of_view))
    except FieldOfViewError:
        return Opened(entry, None)


def _open(entry: Entry) -> Opened:
    try:
        return opened(entry, decode.read(entry.path))
    except ImageError as reason:
        return Opened(entry, None, error=str(reason))


def _row(photograph: Opened, score: Readability | None) -> Row:
    entry = photograph.entry
    probabilities = score.probabilities if score else (0.0,) * len(LABELS)
    return {
        "file": entry.path.name,
        "dataset": entry.dataset,
        "patient": entry.patient,
        "quality": entry.grade or "",
        **{f"truth_{label}": _number(value) for label, value in zip(LABELS, entry.labels, strict=True)},
        **{f"p_{label}": value for label, value in zip(LABELS, probabilities, strict=True)},
        "lowest": min(probabilities),
        "contrast": photograph.contrast,
        "unfamiliarity": _number(score.unfamiliarity if score else None),
        "no_field_of_view": score is None and not photograph.error,
        "unfamiliar": score is not None and not score.familiar,
        "symmetry": _number(score.symmetry if score else None),
        "symmetric": score is not None and score.symmetric,
        "refused": score is None or refusal(score) is not None,
        "readable": score is not None and score.readable,
        "error": photograph.error,
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
