"""Both pictures in one file: whole, told apart, warned of, and known again."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.pipeline import Restoration
from retinaregen_core.provenance import Origin
from retinaregen_core.report import as_comparison, exported, side_by_side
from retinaregen_core.report.pictures import band_height, captioned, reduced, written
from retinaregen_core.verdict import CAUTIONS, cautions
from retinaregen_core.verification import verify


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_both_pictures_are_whole_under_their_titles(result: Restoration) -> None:
    picture, band = opened(as_comparison(result)), band_height(512)
    np.testing.assert_array_equal(picture[band : band + 512, :512], result.photograph)
    np.testing.assert_array_equal(picture[band : band + 512, 512:], exported(result))
    for left, title in ((0, "ORIGINAL · OD"), (512, "AI-RESTORED · OD")):
        expected = captioned(result.photograph, title)[:band]
        np.testing.assert_array_equal(opened(as_comparison(result, "OD"))[:band, left : left + 512], expected)


def test_it_says_how_it_was_made_and_what_speaks_against_it(result: Restoration) -> None:
    doubtful = replace(result, structure=replace(result.structure, kept=0.1))
    said = list(side_by_side._said(doubtful))
    assert "flagship 111111111111, seed 3, 3 steps" in said[0]
    assert CAUTIONS["vessels_lost"].meaning in " ".join(said[1:])
    assert len(said) == 1 + len(cautions(doubtful))
    below = opened(as_comparison(doubtful))[band_height(512) + 512 :]
    np.testing.assert_array_equal(below, written(said, 1024))


def test_it_is_known_again_as_a_marked_export_of_these_pixels(result: Restoration) -> None:
    data = as_comparison(result, "OS")
    found = verify(data)
    assert found.unchanged
    assert found.origin == Origin.of(result.provenance, opened(data), visible_mark=True)
    assert data == as_comparison(result, "OS")


def test_large_photographs_are_reduced(result: Restoration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "SIDE", 256)
    picture, band = opened(as_comparison(result)), band_height(256)
    np.testing.assert_array_equal(picture[band : band + 256, :256], reduced(result.photograph, 256))
    assert picture.shape[1] == 512
