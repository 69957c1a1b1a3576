"""Whether a score depends on how a photograph was exported: the same one at other sizes and JPEG qualities."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.statistics import Interval, bootstrap, mean
from retinaregen_core.evaluation.tables import Row
from retinaregen_core.imaging import decode
from retinaregen_core.pipeline import RetinaRegen, Upload
from retinaregen_core.specs import LABELS

SIZES = (512, 1024, 3000)
"""Pixels on the longer side."""
QUALITIES: tuple[int | None, ...] = (None, 100, 90, 80, 70)
"""JPEG quality of the file; None is lossless."""
LIMIT = 0.05
"""The largest change of a probability that a user should meet."""
FIRST_VERSION = (SIZES[0], "lossless")
"""What the others are compared with."""
EVERY_VERSION = "all versions"


def measure(model: RetinaRegen, paths: Sequence[Path]) -> Iterator[Row]:
    """Probabilities of every version of every photograph, and their distance from the 512 px lossless one.

    Photographs that cannot be read or show no field of view are passed over: they have no probabilities to move.
    """
    for path in paths:
        try:
            yield from _versions_of(model, path)
        except ImageError:
            continue


def _versions_of(model: RetinaRegen, path: Path) -> Iterator[Row]:
    image = decode.read(path)
    first: np.ndarray | None = None
    for size in SIZES:
        resized = _resize(image, size)
        versions = [Upload(resized if quality is None else _as_jpeg(resized, quality)) for quality in QUALITIES]
        side = model.classifier.spec.image_size
        eyes = [(version.square(side), version.mask(side)) for version in versions]
        for quality, found in zip(QUALITIES, model.assess_all(eyes), strict=True):
            probabilities = np.array(found.scores.probabilities)
            first = probabilities if first is None else first
            changes = zip(LABELS, probabilities, np.abs(probabilities - first), strict=True)
            labels = {k: v for label, p, d in changes for k, v in ((f"p_{label}", float(p)), (f"d_{label}", float(d)))}
            yield {"file": path.name, "size": size, "jpeg": quality or "lossless", **labels}


def _resize(image: np.ndarray, size: int) -> np.ndarray:
    """uint8 ``[H, W, 3]`` with ``size`` pixels on the longer side."""
    scale = size / max(image.shape[:2])
    sides = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, sides, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Through a file's bytes and the product's own decoder."""
    _, coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return decode.read(coded.tobytes())


def summarise(rows: Sequence[Row], seed: int) -> list[dict[str, Any]]:
    """One cell per version and one for all of them: largest change per label, mean change, share above the limit."""
    scopes = {
        f"{size} px, JPEG {jpeg}": [row for row in rows if (row["size"], row["jpeg"]) == (size, jpeg)]
        for size, jpeg in dict.fromkeys((row["size"], row["jpeg"]) for row in rows)
        if (size, jpeg) != FIRST_VERSION
    }
    scopes[EVERY_VERSION] = [row for scope in scopes.values() for row in scope]
    return [_cell(name, scope, seed) for name, scope in scopes.items() if scope]


def _cell(version: str, rows: Sequence[Row], seed: int) -> dict[str, Any]:
    changes = np.array([[row[f"d_{label}"] for label in LABELS] for row in rows])
    files = [row["file"] for row in rows]
    worst = changes.max(axis=1)
    shares: dict[str, Interval] = bootstrap(
        lambda chosen: {"mean change": mean(changes[chosen].ravel()), "moved too far": mean(worst[chosen] > LIMIT)},
        files,
        np.random.default_rng(seed),
    )
    largest = {f"largest, {label}": round(float(value), 3) for label, value in zip(LABELS, changes.max(axis=0))}
    return {"version": version, "n": len(set(files)), **largest, "measures": shares}
