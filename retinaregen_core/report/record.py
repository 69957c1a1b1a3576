"""The record of a restoration as plain values, for JSON."""

import json
import math
from dataclasses import asdict
from typing import Any

from retinaregen_core.expected_error import LEVEL, SIDE, estimate
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.imaging.spots import SIDE as SPOTS_SIDE
from retinaregen_core.metrics.similarity import COMPARED_SIDE, SIMILARITIES, Similarity
from retinaregen_core.metrics.spots import DEFINITION
from retinaregen_core.metrics.structure import DEFINITIONS, Structure
from retinaregen_core.provenance import NOTICE
from retinaregen_core.records import Readability, Restoration
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import CAUTIONS, believed, cautions, refusal, told_share, told_spots


def as_dict(restoration: Restoration, eye: Laterality | None = None) -> dict[str, Any]:
    """The record of one restoration: plain values that ``json.dumps(..., allow_nan=False)`` takes."""
    view, metrics, before = restoration.field_of_view, restoration.metrics, restoration.before
    height, width = restoration.photograph.shape[:2]
    damage = restoration.damage._asdict() if restoration.damage else None
    return {
        "notice": NOTICE,
        "photograph": {"width": width, "height": height, "eye": eye, "damage": damage},
        "field_of_view": {"centre": list(map(float, view.centre)), "radius": view.radius, "coverage": view.coverage},
        "framing": asdict(restoration.framing),
        "readability": {"before": _readability(before), "after": _readability(restoration.after, before)},
        "steps": [asdict(info) for info in restoration.step_infos],
        "metrics": {
            "change": _similarity(metrics.change),
            "quality": _similarity(metrics.quality),
            "input_quality": _similarity(metrics.input_quality),
            "definitions": definitions(),
        },
        "cautions": {name: CAUTIONS[name].meaning for name in cautions(restoration)},
        "structure": {**_shares(restoration.structure), "definitions": DEFINITIONS},
        "spots": _spots(restoration),
        "expected_error": _expected_error(restoration),
        "spread": _spread(restoration),
        "provenance": asdict(restoration.provenance),
    }


def as_json(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """:func:`as_dict` as indented UTF-8."""
    return (json.dumps(as_dict(restoration, eye), indent=2, allow_nan=False) + "\n").encode()


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


def _readability(readability: Readability, original: Readability | None = None) -> dict[str, Any]:
    rows = zip(LABELS, readability.probabilities, readability.thresholds, readability.readable_labels, strict=True)
    labels = {label: {"probability": p, "threshold": t, "readable": r} for label, p, t, r in rows}
    return {
        "readable": readability.readable and believed(readability, original),
        "readable_share": told_share(readability, original),
        "labels": labels,
        "familiar": readability.familiar,
        "unfamiliarity": readability.unfamiliarity,
        "symmetric": readability.symmetric,
        "symmetry": readability.symmetry,
    }


def _shares(structure: Structure) -> dict[str, float | None]:
    return {name: getattr(structure, name) for name in DEFINITIONS}


def _spots(restoration: Restoration) -> dict[str, Any] | None:
    """Places and radii in pixels of the photograph; ``None`` of a picture that is refused."""
    if refusal(restoration.before):
        return None
    spots, framing = restoration.spots, restoration.framing
    scale = framing.side / SPOTS_SIDE
    weakened = [
        {
            "centre": list(framing.point((spot.x + 0.5) / SPOTS_SIDE, (spot.y + 0.5) / SPOTS_SIDE)),
            "radius": spot.radius * scale,
            "left": spot.left,
        }
        for spot in told_spots(restoration)
    ]
    return {"found": spots.found, "weakened": weakened, "definition": DEFINITION}


def _expected_error(restoration: Restoration) -> dict[str, Any] | None:
    """Means over the field of view; ``None`` where it was not learned for these weights."""
    if restoration.calibration is None:
        return None
    framed = restoration.framed(SIDE)
    maps = estimate(restoration.calibration.error, framed)
    means = {name: float(values[framed.mask].mean()) for name, values in maps._asdict().items()}
    return means | {"definition": f"Grey levels: mean absolute error, and half width of its {LEVEL:.0%} interval."}


def _spread(restoration: Restoration) -> dict[str, Any] | None:
    """Over the field of view; ``None`` of one sample."""
    spread = restoration.spread
    if spread is None:
        return None
    mask = restoration.mask(len(spread))
    return {
        "mean": float(spread[mask].mean()),
        "max": float(spread.max()),
        "definition": "Grey levels: standard deviation over the samples, mean of the channels, smoothed. No error.",
    }


def _similarity(similarity: Similarity | None) -> dict[str, float | str | None] | None:
    """JSON knows no infinity: identical pictures are written as the word."""
    if similarity is None:
        return None
    return {name: "infinity" if value == math.inf else value for name, value in asdict(similarity).items()}
