"""What a restoration leaves behind: a record for JSON and a PNG that says what it is. No file name, no patient data."""

import io
import json
import math
from dataclasses import asdict
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from retinaregen_core.metrics.similarity import COMPARED_SIDE, SIMILARITIES, Similarity
from retinaregen_core.records import Provenance, Readability, Restoration
from retinaregen_core.specs import LABELS

PNG_COMPRESSION = 4
"""zlib's level: half the time of the usual 6 for 7 % more bytes, measured on a 9-megapixel photograph."""
NOTICE = "Research use only; the restored picture may contain invented detail."


def as_dict(restoration: Restoration) -> dict[str, Any]:
    """The record of one restoration: plain values that ``json.dumps(..., allow_nan=False)`` takes."""
    view, metrics = restoration.field_of_view, restoration.metrics
    height, width = restoration.photograph.shape[:2]
    return {
        "notice": NOTICE,
        "photograph": {"width": width, "height": height},
        "field_of_view": {"centre": list(map(float, view.centre)), "radius": view.radius, "coverage": view.coverage},
        "framing": asdict(restoration.framing),
        "readability": {"before": _readability(restoration.before), "after": _readability(restoration.after)},
        "steps": [asdict(info) for info in restoration.step_infos],
        "metrics": {
            "change": _similarity(metrics.change),
            "quality": _similarity(metrics.quality),
            "input_quality": _similarity(metrics.input_quality),
            "definitions": definitions(),
        },
        "provenance": asdict(restoration.provenance),
    }


def as_png(restoration: Restoration) -> bytes:
    """The restored picture as RGB PNG with the mark of its origin in text chunks; one restoration, the same bytes.

    The mark is metadata because every pixel outside the field of view belongs to the upload.
    """
    stream = io.BytesIO()
    mark = _mark(restoration.provenance)
    Image.fromarray(restoration.restored).save(stream, "PNG", pnginfo=mark, compress_level=PNG_COMPRESSION)
    return stream.getvalue()


def definitions() -> dict[str, str]:
    """What every metric means, for readers of a report."""
    rows = {name: measure.definition for name, measure in SIMILARITIES.items()}
    return {
        "change": "Restored picture against the upload: how much was altered, not how good it is.",
        "quality": "Restored picture against the reference; none without a reference.",
        "input_quality": "Upload against the reference; none without a reference.",
        "size": f"Pictures larger than {COMPARED_SIDE} px on the long side are reduced to it first (area mean).",
        **rows,
    }


def _mark(provenance: Provenance) -> PngInfo:
    origin = {"model": provenance.name, "sha256": provenance.sha256}
    options = {"seed": provenance.seed, "steps": provenance.steps}
    mark = PngInfo()
    mark.add_text("Software", f"RetinaRegen {provenance.versions['retinaregen']}")
    mark.add_text("Comment", f"AI-restored fundus photograph. {NOTICE}")
    mark.add_text("RetinaRegen", json.dumps(origin | options))
    return mark


def _readability(readability: Readability) -> dict[str, Any]:
    rows = zip(LABELS, readability.probabilities, readability.thresholds, readability.readable_labels, strict=True)
    labels = {label: {"probability": p, "threshold": t, "readable": r} for label, p, t, r in rows}
    return {"readable": readability.readable, "labels": labels}


def _similarity(similarity: Similarity | None) -> dict[str, float | str | None] | None:
    """JSON knows no infinity: identical pictures are written as the word."""
    if similarity is None:
        return None
    return {name: "infinity" if value == math.inf else value for name, value in asdict(similarity).items()}
