"""The record and the PNG say what was done, in plain values, and nothing about whose eye it is."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics.similarity import SIMILARITIES
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.report import NOTICE, as_dict, as_png
from retinaregen_core.specs import LABELS


@pytest.fixture(scope="module")
def result(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    return tiny_model.restore(phantom.image, seed=3, reference=phantom.image)


def test_record_survives_json(result: Restoration) -> None:
    record = as_dict(result)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["notice"] == NOTICE
    assert record["photograph"] == {"width": 512, "height": 512}
    assert record["provenance"]["seed"] == 3
    assert [step["index"] for step in record["steps"]] == [0, 1, 2]


def test_record_gives_both_scores_with_their_thresholds(result: Restoration) -> None:
    readability = as_dict(result)["readability"]
    assert list(readability["before"]["labels"]) == list(LABELS)
    assert readability["after"]["labels"]["macula"]["probability"] == result.after.macula
    assert readability["before"]["readable"] == result.before.readable


def test_record_defines_every_number_that_it_gives(result: Restoration) -> None:
    metrics = as_dict(result)["metrics"]
    assert metrics["change"].keys() == SIMILARITIES.keys() <= metrics["definitions"].keys()
    assert metrics["input_quality"]["psnr"] == "infinity"  # the reference is the upload itself here
    alone = replace(result, metrics=replace(result.metrics, quality=None, input_quality=None))
    assert as_dict(alone)["metrics"]["quality"] is None


def test_png_holds_exactly_the_restored_pixels_and_says_what_it_is(result: Restoration) -> None:
    picture = Image.open(io.BytesIO(as_png(result)))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    assert np.array_equal(np.asarray(picture), result.restored)
    assert "AI-restored" in picture.text["Comment"]
    assert NOTICE in picture.text["Comment"]
    expected = {"model": "flagship", "sha256": "1" * 64, "seed": 3, "steps": 3}
    assert json.loads(picture.text["RetinaRegen"]) == expected


def test_two_runs_give_the_same_png(result: Restoration, tiny_model: RetinaRegen, phantom: Phantom) -> None:
    again = tiny_model.restore(phantom.image, seed=3)
    assert again.provenance.seconds != result.provenance.seconds
    assert as_png(again) == as_png(result)
