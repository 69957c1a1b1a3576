"""What was learned about one checkpoint from pairs whose truth is known: the error to expect, and when to warn.

``retinaregen evaluate trust`` makes it and writes it beside the weights; it holds for exactly those weights and the
classifier that judged their results.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from retinaregen_core.errors import WeightsError
from retinaregen_core.weights import Checkpoint

FILE = "trust.json"
"""In the checkpoint's folder."""


@dataclass(frozen=True)
class ErrorModel:
    """From features of a restoration to the error of each of its pixels; see :mod:`retinaregen_core.expected_error`."""

    centres: tuple[float, ...]
    scales: tuple[float, ...]
    """Means and deviations of the features, in the order of ``expected_error.FEATURES``."""
    weights: tuple[float, ...]
    """Of the standardised features; the last one stands alone."""
    scores: tuple[float, ...]
    """Rising points of the weighted sum, at which the two next lines are known."""
    expected: tuple[float, ...]
    """Mean absolute error, grey levels."""
    bounds: tuple[float, ...]
    """Half width of the interval that holds ``expected_error.LEVEL`` of the true values, grey levels."""


@dataclass(frozen=True)
class Calibration:
    """Everything that ``trust.json`` holds."""

    hashes: tuple[str, ...]
    """Of all that it was measured with, see :func:`hashes`."""
    error: ErrorModel
    limits: Mapping[str, float]
    """Row of ``verdict.CAUTIONS`` -> the value beyond which it warns."""


def hashes(restorer: Checkpoint, readability: Checkpoint) -> tuple[str, str, str]:
    """What decides a result and its verdict: the restorer's weights, the classifier's, and the classifier's config."""
    return restorer.sha256, readability.sha256, readability.config_sha256


def save(calibration: Calibration, folder: Path) -> Path:
    """Write :data:`FILE` into a checkpoint's folder."""
    path = folder / FILE
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    return path


def load(restorer: Checkpoint, readability: Checkpoint) -> Calibration | None:
    """What was learned about the restorer beside this classifier; ``None`` when there is nothing, or only of others.

    Raises:
        WeightsError: the file is damaged.
    """
    path = restorer.folder / FILE
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        error = ErrorModel(**{name: tuple(map(float, points)) for name, points in values["error"].items()})
        limits = {name: float(value) for name, value in values["limits"].items()}
        found = Calibration(tuple(map(str, values["hashes"])), error, limits)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise WeightsError(
            f"{path} is damaged: {type(problem).__name__} {problem}.",
            "Fetch it again, or run retinaregen evaluate trust.",
        ) from problem
    return found if found.hashes == hashes(restorer, readability) else None
