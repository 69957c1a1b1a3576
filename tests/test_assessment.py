"""Many files: the order is kept, a file that fails is an answer, and the scores are those of one at a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.assessment import BATCH_SIZE, PLACES, SHARE, Assessed, assess_files
from retinaregen_core.errors import FieldOfViewError, ImageError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.imaging.places import share
from retinaregen_core.pipeline import RetinaRegen


def test_every_file_has_its_own_answer_in_its_place(tiny_model: RetinaRegen, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 1)):
        Image.fromarray(draw(seed, 256).image).save(tmp_path / f"{name}.png")
    Image.fromarray(np.zeros((256, 256, 3), np.uint8)).save(tmp_path / "black.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    names = ["black", "a", "broken", *["b"] * (2 * BATCH_SIZE), "a"]
    answers = list(assess_files(tiny_model, [tmp_path / f"{name}.png" for name in names]))
    kinds = {"black": FieldOfViewError, "broken": ImageError, "a": Assessed, "b": Assessed}
    assert [type(answer) for answer in answers] == [kinds[name] for name in names]
    alone = tiny_model.assess(tmp_path / "b.png")
    for answer in answers[3:-1]:
        assert isinstance(answer, Assessed)
        assert answer.scores.probabilities == pytest.approx(alone.probabilities, abs=1e-6, rel=0)
    last = answers[-1]
    assert isinstance(last, Assessed)
    assert last.scores.probabilities != pytest.approx(alone.probabilities, abs=1e-6, rel=0)
    assert last.places != answers[3].places  # type: ignore[union-attr]


def test_files_are_read_as_they_are_needed(tiny_model: RetinaRegen, tmp_path: Path) -> None:
    Image.fromarray(draw(0, 256).image).save(tmp_path / "a.png")
    asked = 0

    def endless() -> "object":
        nonlocal asked
        while True:
            asked += 1
            yield tmp_path / "a.png"

    answers = assess_files(tiny_model, endless())  # type: ignore[arg-type]
    next(answers)
    answers.close()
    assert asked <= 2 * BATCH_SIZE


def test_disc_and_macula_are_named_in_pixels_of_the_photograph(tiny_model: RetinaRegen, tmp_path: Path) -> None:
    phantom = draw(0, 256)
    Image.fromarray(np.pad(phantom.image, ((10, 30), (200, 100), (0, 0)))).save(tmp_path / "wide.png")
    (answer,) = assess_files(tiny_model, [tmp_path / "wide.png"])
    assert isinstance(answer, Assessed)
    for place, (x, y) in zip(answer.places, (phantom.disc_centre, phantom.macula_centre), strict=True):
        assert (place.x, place.y) == pytest.approx((x + 200, y + 10), abs=8)
    sure = replace(answer.scores, fundus=0.9)
    assert tuple(answer._replace(scores=sure).cells) == (SHARE, *PLACES)
    assert tuple(answer._replace(scores=replace(sure, share=None)).cells) == PLACES
    assert answer._replace(scores=sure).cells["disc_x"] == f"{answer.places.disc.x:.0f}"
    assert answer._replace(scores=replace(sure, fundus=0.1)).cells == {}


def test_the_share_that_can_be_read_is_that_of_the_map_over_the_eye(tiny_model: RetinaRegen, tmp_path: Path) -> None:
    phantom = draw(0, 512)
    Image.fromarray(phantom.image).save(tmp_path / "eye.png")
    (answer,) = assess_files(tiny_model, [tmp_path / "eye.png"])
    (found,) = tiny_model.evidence(phantom.mask, phantom.image)
    assert isinstance(answer, Assessed) and found.readable is not None
    assert answer.scores.share == pytest.approx(share(found.readable, phantom.mask), abs=0.02)
