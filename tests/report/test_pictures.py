"""Text of pictures never covers the eye; maps have a legend."""

import numpy as np
import pytest
from PIL import ImageFont

from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import _broken, band_height, captioned, heat_map, written


@pytest.mark.parametrize("width", [256, 512, 3000])
def test_captions_stand_beside_the_picture(width: int) -> None:
    picture = np.full((100, width, 3), 90, np.uint8)
    above, below = "AI-RESTORED · step 12 of 20 · t = 350 · a caption as long as any", sentences.STRIP
    marked = captioned(picture, above, below)
    band = band_height(width)
    assert marked.shape == (100 + 2 * band, width, 3)
    np.testing.assert_array_equal(marked[band:-band], picture)
    for text in (marked[:band], marked[-band:]):
        assert text.max() > 200
        assert text[:, -5:].max() == 0


def test_the_two_titles_differ() -> None:
    picture = np.zeros((20, 512, 3), np.uint8)
    assert (captioned(picture, "ORIGINAL") != captioned(picture, "AI-RESTORED")).any()


@pytest.mark.parametrize("width", [256, 1024, 4096])
def test_sentences_below_a_picture_are_broken_where_the_line_is_full(width: int) -> None:
    said = [sentences.USE, sentences.STRIP]
    font = ImageFont.load_default(max(12, width // 64))
    lines = [list(_broken(sentence, font, width - 40)) for sentence in said]
    assert [" ".join(parts) for parts in lines] == said
    assert all(font.getlength(line) <= width - 40 for parts in lines for line in parts)
    picture = written(said, width)
    assert picture.shape[1] == width and picture[:, -5:].max() == 0 < picture.max()


def test_heat_map_gets_brighter_to_its_end_and_is_black_outside() -> None:
    values = np.zeros((64, 64), np.float32)
    values[0, :4] = 0, 6, 12, 99
    mask = np.ones((64, 64), bool)
    mask[32:] = False
    picture = heat_map(values, 12, mask).astype(int)
    assert picture[0, 0].sum() < picture[0, 1].sum() < picture[0, 2].sum()
    np.testing.assert_array_equal(picture[0, 2], picture[0, 3])
    assert picture[0, 0].max() > 0 == picture[32:64].max()
    legend = picture[64:]
    assert (legend == picture[0, 2]).all(axis=2).any()
