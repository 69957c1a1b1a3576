"""What fades is counted against the sharp photograph, and what is dust against the damaged one."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import lesion_trial
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.lesion_trial import DRAWN, SHOWN, evaluate
from retinaregen_core.pipeline import RetinaRegen
from spotted import PLACES, ground, spotted

pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture
def measured(
    phantom: Phantom, tmp_path: Path, tiny_model: RetinaRegen, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[np.ndarray], np.ndarray]], dict[tuple[str, str], dict[str, str]]]:
    """The rows of a restorer that is given as a function of the picture."""
    Image.fromarray(spotted(phantom)).save(tmp_path / "eye.png")
    monkeypatch.setattr(lesion_trial, "DAMAGES", ("none", "010"))
    monkeypatch.setattr(RetinaRegen, "from_pretrained", lambda name: tiny_model)
    result = tiny_model.restore(phantom.image, steps=1, lpips=False)

    def run(restorer: Callable[[np.ndarray], np.ndarray]) -> dict[tuple[str, str], dict[str, str]]:
        def restore(self: RetinaRegen, picture: np.ndarray, **_: Any) -> Any:
            return replace(result, restored=restorer(picture))

        monkeypatch.setattr(RetinaRegen, "restore", restore)
        evaluate(tmp_path, tmp_path / "out", limit=1)
        with (tmp_path / "out" / "lesions.csv").open(newline="") as file:
            return {(row["of"], row["damage"]): row for row in csv.DictReader(file)}

    return run


def test_who_changes_nothing_keeps_spots_and_dust(measured: Any) -> None:
    rows = measured(lambda picture: picture)
    assert rows.keys() == {(of, damage) for of in (SHOWN, DRAWN) for damage in ("none", "010")}
    shown = rows[SHOWN, "none"]
    counts = [shown[name] for name in ("spots", "faded before", "faded after", "dust")]
    assert counts == [str(len(PLACES)), "0", "0", "0"]
    dusty = rows[SHOWN, "010"]
    assert int(dusty["dust"]) > 0 and dusty["dust faded"] == "0"


def test_who_wipes_everything_loses_both(measured: Any, phantom: Phantom) -> None:
    rows = measured(lambda picture: ground(phantom).astype(np.uint8))
    shown, dusty = rows[SHOWN, "none"], rows[SHOWN, "010"]
    assert shown["faded after"] == shown["spots"] == str(len(PLACES))
    assert dusty["dust faded"] == dusty["dust"] != "0"


def test_lesions_that_are_drawn_are_counted_without_those_that_were_there(measured: Any) -> None:
    rows = measured(lambda picture: picture)
    drawn = rows[DRAWN, "none"]
    assert int(drawn["spots"]) > 0 and drawn["faded before"] == "0"


def test_a_folder_without_sharp_photographs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        evaluate(tmp_path, tmp_path / "out")
