"""The exported picture holds the restored pixels and says what it is."""

import io
import json

import numpy as np
from PIL import Image

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.provenance import NOTICE
from retinaregen_core.report import as_png, exported


def test_png_holds_exactly_the_restored_pixels_and_says_what_it_is(result: Restoration) -> None:
    picture = Image.open(io.BytesIO(as_png(result, visible_mark=False)))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    assert np.array_equal(np.asarray(picture), result.restored)
    assert "AI-restored" in picture.text["Comment"]
    assert NOTICE in picture.text["Comment"]
    assert "compositeWithTrainedAlgorithmicMedia" in picture.text["XML:com.adobe.xmp"]
    stated = json.loads(picture.text["RetinaRegen"])
    expected = {"model": "flagship", "sha256": "1" * 64, "seed": 3, "steps": 3, "visible_mark": False}
    assert expected.items() <= stated.items()
    assert "time" not in stated


def test_exported_png_is_marked_visibly_unless_the_caller_says_otherwise(result: Restoration) -> None:
    marked = np.asarray(Image.open(io.BytesIO(as_png(result))))
    changed = (marked != result.restored).any(axis=2)
    assert 100 < changed.sum() < 0.02 * changed.size
    assert not (changed & result.field_of_view.mask).any()
    np.testing.assert_array_equal(marked, exported(result))


def test_two_runs_give_the_same_png(result: Restoration, tiny_model: RetinaRegen, phantom: Phantom) -> None:
    again = tiny_model.restore(phantom.image, seed=3)
    assert again.provenance.seconds != result.provenance.seconds
    assert as_png(again) == as_png(result)
