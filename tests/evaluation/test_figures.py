"""Every figure is a legible PNG with something drawn on it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.evaluation import figures
from retinaregen_core.metrics import classification

TRUTH = np.array([1.0, 1, 0, 0, 1, 0])
PROBABILITY = np.array([0.9, 0.7, 0.4, 0.1, 0.3, 0.6])

DRAWINGS = {
    "pictures": lambda path: figures.pictures(
        [("photo 1", [np.full((64, 64, 3), level, np.uint8) for level in (0, 90, 200)])] * 2,
        ("input", "output", "truth"),
        "type 111",
        path,
    ),
    "curves": lambda path: figures.curves(
        {"macula": classification.roc(TRUTH, PROBABILITY)}, ("false alarms", "hits"), "ROC", path
    ),
    "reliability": lambda path: figures.reliability_diagrams(
        {name: classification.reliability(TRUTH, PROBABILITY) for name in ("fundus", "macula")}, "Reliability", path
    ),
    "confusion": lambda path: figures.confusion_matrices(
        {"macula": classification.confusion(TRUTH, PROBABILITY, 0.5)}, "Confusion", path
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_figure_is_a_picture(name: str, tmp_path: Path) -> None:
    DRAWINGS[name](tmp_path / "figure.png")
    picture = np.asarray(Image.open(tmp_path / "figure.png").convert("L"))
    assert min(picture.shape) >= 400
    assert 0.005 < np.mean(picture < 128) < 0.9
