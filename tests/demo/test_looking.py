"""What the page adds once a photograph is open."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from demo import looking, models
from demo.handlers import Case, Update, on_example
from demo.viewer import Reading
from retinaregen_core.pipeline import Readability, RetinaRegen
from retinaregen_core.records import Evidence

UNREADABLE = Readability(0.9, 0.1, 0.9, 0.9, thresholds=(0.5, 0.5, 0.5, 0.5))
SEEN = replace(UNREADABLE, macula=0.9)


@pytest.fixture
def asked(tiny_model: RetinaRegen, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What the labels' network is asked to look at."""
    pictures: list[np.ndarray] = []

    def evidence(mask: np.ndarray, *given: np.ndarray) -> tuple[Evidence, ...]:
        pictures.extend(given)
        return tiny_model.evidence(mask, *given)

    monkeypatch.setattr(models, "evidence", evidence)
    return pictures


def opened(scores: Readability, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(models, "assess", lambda image: scores)
    *_, last = on_example("cataract", None)
    assert isinstance(last.case, Case)
    return last.case


def told(updates: Iterator[Update]) -> list[Reading]:
    return [update.viewer for update in updates if isinstance(update.viewer, Reading)]


def test_the_maps_come_after_the_picture_and_name_the_photograph_that_they_belong_to(
    asked: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(UNREADABLE, monkeypatch)
    assert asked == []  # neither picture nor scores waited
    updates = list(looking.on_opened(case))
    (reading,) = told(iter(updates))
    assert (reading.phase, reading.photograph, reading.restored) == ("overlaid", case.photograph, None)
    assert [overlay.name for overlay in reading.overlays][:2] == ["readable", "looked_macula"]
    assert reading.overlays[-1].name == "landmarks"
    assert [picture.shape for picture in asked] == [(512, 512, 3)]
    assert all(update._replace(viewer=Update().viewer) == Update() for update in updates)  # nothing else of the page


@pytest.mark.parametrize("case", [None, replace(SEEN, unfamiliarity=2.0), replace(SEEN, symmetry=0.97)])
def test_without_anything_to_say_no_network_is_asked(
    case: Readability | None, asked: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(looking.on_opened(case and opened(case, monkeypatch))) == []
    assert asked == []
