"""Both evaluations from a folder of photographs and a folder of checkpoints, as the command line calls them."""

import json
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core import weights
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation import readability, restoration
from retinaregen_core.imaging.phantom import draw

pytestmark = pytest.mark.usefixtures("few_draws")


def test_both_evaluations_measure_verified_weights(
    tiny_checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tiny_checkpoints))
    monkeypatch.setattr(restoration, "_draw", lambda *_: None)
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    Image.fromarray(draw(0).image).save(photographs / "eye.png")
    table = restoration.evaluate(photographs, tmp_path / "out", steps=[1], kinds=["100"])
    assert "flagship, steps: 1" in table.read_text()
    assert json.loads(table.with_suffix(".json").read_text())["protocol"]["restorers"]["flagship"]["verified"]
    (photographs / "manifest.csv").write_text(
        'file,dataset,licence,source,labels\neye.png,drimdb,,,"{""quality"": ""good""}"\n'
    )
    table = readability.evaluate(photographs, tmp_path / "out")
    assert "| drimdb | good | 1 |" in table.read_text()


def test_readability_needs_labels(tmp_path: Path) -> None:
    Image.fromarray(draw(0, 128).image).save(tmp_path / "eye.png")
    with pytest.raises(ImageError, match="label"):
        readability.evaluate(tmp_path, tmp_path / "out")
