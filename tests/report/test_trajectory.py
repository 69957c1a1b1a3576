"""The steps as files: every frame says which step it is and that it is the AI's."""

import io
import json
import zipfile

import numpy as np
from PIL import Image

from retinaregen_core.pipeline import Restoration
from retinaregen_core.report import as_animation, as_frames
from retinaregen_core.report.trajectory import frames


def test_animation_is_lossless_and_starts_with_the_original(result: Restoration) -> None:
    animation, expected = Image.open(io.BytesIO(as_animation(result))), frames(result)
    assert b"compositeWithTrainedAlgorithmicMedia" in animation.info["xmp"]
    assert animation.n_frames == len(expected) == 1 + len(result.steps)
    for number, frame in enumerate(expected):
        animation.seek(number)
        np.testing.assert_array_equal(np.asarray(animation.convert("RGB")), frame)


def test_frames_show_the_guesses_inside_and_the_original_outside(result: Restoration) -> None:
    side = result.steps[0].shape[0]
    mask = result.framing.crop_mask(result.field_of_view.mask, side)
    original = result.framing.crop(result.photograph, side)
    with zipfile.ZipFile(io.BytesIO(as_frames(result))) as archive:
        index = json.loads(archive.read("steps.json"))
        top = index["picture"]["top"]
        for row, guess in zip(index["steps"], result.steps, strict=True):
            shown = np.asarray(Image.open(io.BytesIO(archive.read(row["file"]))))[top : top + side]
            np.testing.assert_array_equal(shown[mask], guess[mask])
            np.testing.assert_array_equal(shown[~mask], original[~mask])


def test_every_frame_has_its_own_caption(result: Restoration) -> None:
    with zipfile.ZipFile(io.BytesIO(as_frames(result))) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        top = json.loads(archive.read("steps.json"))["picture"]["top"]
        captions = {np.asarray(Image.open(io.BytesIO(archive.read(name))))[:top].tobytes() for name in names}
        marks = [Image.open(io.BytesIO(archive.read(name))).info.get("Comment", "") for name in names]
    assert len(captions) == len(names)
    assert ["AI-restored" in mark for mark in marks] == [name != "original.png" for name in names]


def test_one_restoration_gives_the_same_files(result: Restoration) -> None:
    assert as_frames(result) == as_frames(result)
    assert as_animation(result) == as_animation(result)
