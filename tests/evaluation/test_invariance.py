"""Exported otherwise, the same photograph: every version is scored, and the summary tells the largest change."""

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.evaluation import invariance
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import LABELS


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, tiny_model: RetinaRegen) -> list[dict[str, object]]:
    folder = tmp_path_factory.mktemp("invariance")
    Image.fromarray(draw(0).image).save(folder / "eye.png")
    Image.fromarray(np.zeros((200, 200, 3), np.uint8)).save(folder / "black.png")
    return [dict(row) for row in invariance.measure(tiny_model, [folder / "eye.png", folder / "black.png"])]


def test_every_size_and_quality_is_scored_and_no_eye_is_passed_over(rows: list[dict[str, object]]) -> None:
    versions = [(row["size"], row["jpeg"]) for row in rows]
    assert len(set(versions)) == len(versions) == len(invariance.SIZES) * len(invariance.QUALITIES)
    assert {row["file"] for row in rows} == {"eye.png"}


def test_the_first_version_is_the_yardstick(rows: list[dict[str, object]], tiny_model: RetinaRegen) -> None:
    first = rows[0]
    expected = tiny_model.assess(draw(0).image).probabilities
    assert [first[f"p_{label}"] for label in LABELS] == pytest.approx(expected, abs=1e-5)
    for row in rows:
        for label in LABELS:
            assert row[f"d_{label}"] == pytest.approx(abs(row[f"p_{label}"] - first[f"p_{label}"]))  # type: ignore[operator]


def version(file: str, size: int, change: float) -> dict[str, object]:
    return {"file": file, "size": size, "jpeg": "lossless", **{f"d_{label}": change for label in LABELS}}


def test_summary_tells_the_largest_change_and_the_share_beyond_the_limit() -> None:
    rows = [version(f, s, d) for f, s, d in (("a", 512, 0), ("a", 1024, 0.01), ("b", 512, 0), ("b", 1024, 0.2))]
    one, every = invariance.summarise(rows, seed=0)
    assert (one["version"], one["n"], one["largest, macula"]) == ("1024 px, JPEG lossless", 2, 0.2)
    assert one["measures"]["moved too far"].value == 0.5
    assert every["version"] == invariance.EVERY_VERSION
    assert every["measures"]["mean change"].value == pytest.approx(0.105)
