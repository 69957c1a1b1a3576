"""Every caution fires on a result that deserves it, and none on a faithful one."""

import math
from dataclasses import replace

import numpy as np
import pytest

from retinaregen_core.calibration import Calibration, ErrorModel
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics.similarity import Similarity
from retinaregen_core.metrics.spots import Spots, Weakened
from retinaregen_core.metrics.structure import Structure
from retinaregen_core.pipeline import Readability, Restoration, RetinaRegen
from retinaregen_core.verdict import CAUTIONS, Finding, cautions, findings, told_spots

LIMITS = (0.5, 0.5, 0.5, 0.5)
UNREADABLE, READABLE = Readability(0.9, 0.2, 0.9, 0.9, LIMITS), Readability(0.9, 0.9, 0.9, 0.9, LIMITS)
NO_FUNDUS = Readability(0.2, 0.9, 0.9, 0.9, LIMITS)
OTHER_REGION = Readability(0.9, 0.9, 0.2, 0.9, LIMITS)
UNCHANGED = Similarity(math.inf, math.inf, 1.0, 1.0, None)
NO_CHANGES = np.zeros((8, 8), np.uint8)


@pytest.fixture(scope="module")
def faithful(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    """A restoration that changed nothing and made one region readable."""
    result = tiny_model.restore(phantom.image, steps=1)
    agreed = Structure(1.0, 1.0, 1.0, 0.0, NO_CHANGES)
    return replace(result, restored=phantom.image, before=UNREADABLE, after=READABLE, structure=agreed)


def test_a_faithful_result_carries_no_caution(faithful: Restoration) -> None:
    assert cautions(faithful) == ()
    assert cautions(replace(faithful, structure=Structure(None, None, None, None, NO_CHANGES))) == ()


@pytest.mark.parametrize("name", CAUTIONS)
def test_each_caution_fires_on_what_it_names(faithful: Restoration, name: str) -> None:
    spoiled = {
        "not_a_fundus": replace(faithful, before=NO_FUNDUS),
        "unfamiliar": replace(faithful, before=replace(UNREADABLE, unfamiliarity=1.01)),
        "symmetric": replace(faithful, before=replace(READABLE, symmetry=0.97)),
        "less_readable": replace(faithful, after=OTHER_REGION),
        "unfamiliar_after": replace(faithful, after=replace(READABLE, unfamiliarity=1.01)),
        "symmetric_after": replace(faithful, after=replace(READABLE, symmetry=0.97)),
        "vessels_lost": replace(faithful, structure=Structure(0.5, 0.5, 1.0, 0.0, NO_CHANGES)),
        "vessels_invented": replace(faithful, structure=Structure(0.5, 1.0, 0.5, 0.0, NO_CHANGES)),
        "light_nudged": replace(faithful, restored=faithful.restored + (faithful.restored > 0) * np.uint8(3)),
        "implausible": replace(faithful, restored=faithful.restored[..., ::-1]),
        "vessels_faded": replace(faithful, structure=Structure(0.3, 1.0, 1.0, 0.7, NO_CHANGES)),
        "hardly_changed": replace(faithful, metrics=replace(faithful.metrics, change=UNCHANGED)),
    }[name]
    assert cautions(spoiled) == (name,)


def test_limits_that_were_learned_replace_the_rules_own(faithful: Restoration) -> None:
    fading = replace(faithful, structure=Structure(0.9, 1.0, 1.0, 0.3, NO_CHANGES))
    assert cautions(fading) == ()
    learned = Calibration(("1" * 64,), ErrorModel((), (), (), (), (), ()), {"vessels_faded": 0.2})
    assert cautions(replace(fading, calibration=learned)) == ("vessels_faded",)


@pytest.mark.parametrize("moved", [0, 12])
def test_light_that_stayed_or_was_moved_far_is_not_nudged(faithful: Restoration, moved: int) -> None:
    darker = np.maximum(faithful.restored, moved) - np.uint8(moved)
    assert "light_nudged" not in cautions(replace(faithful, restored=darker))


def test_fainter_bright_spots_are_told_beside_the_cautions_and_never_of_a_refused_picture() -> None:
    told = list(findings(UNREADABLE, READABLE, ["vessels_faded"], weakened=2))
    assert [found.name for found in told] == ["vessels_faded", "spots_weakened", "became_readable"]
    assert told[1] == Finding("warn", "spots_weakened", count=2)
    assert "spots_weakened" not in [found.name for found in findings(UNREADABLE, READABLE, [])]
    assert [found.name for found in findings(NO_FUNDUS, READABLE, [], weakened=2)] == ["not_a_fundus"]


def test_spots_of_a_refused_picture_are_not_spoken_of(faithful: Restoration) -> None:
    spots = Spots(3, (Weakened(100.0, 200.0, 6.0, 0.4),))
    assert told_spots(replace(faithful, spots=spots)) == spots.weakened
    assert told_spots(replace(faithful, spots=spots, before=NO_FUNDUS)) == ()
