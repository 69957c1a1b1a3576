"""Both evaluations from a folder of photographs and a folder of checkpoints, as the command line calls them."""

import json
from pathlib import Path

import pytest
from PIL import Image

from retinaregen_core import weights
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation import readability, restoration
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen

pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture
def checkpoints(tmp_path: Path, tiny_model: RetinaRegen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny networks as the installed, hashed checkpoints."""
    root = tmp_path / "checkpoints"
    monkeypatch.setenv("RETINAREGEN_CHECKPOINTS", str(root))
    for name, network in (("flagship", tiny_model.restorer), ("readability", tiny_model.classifier)):
        weights.save(network, root / name)
        weights.record(name, root / name, "for tests")


@pytest.mark.usefixtures("checkpoints")
def test_both_evaluations_measure_verified_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
