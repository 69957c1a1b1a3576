"""Maps of the core become pictures that say what their colours mean."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gradio.data_classes import ImageData
from PIL import Image

import calibrations
from demo import overlays, words
from demo.viewer import Overlay
from retinaregen_core.imaging.landmarks import Landmark, Landmarks
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.metrics import structure
from retinaregen_core.metrics.spots import Spots, Weakened
from retinaregen_core.pipeline import Evidence, Readability, RetinaRegen
from retinaregen_core.report.pictures import CLEARANCE
from retinaregen_core.verdict import REFUSALS


@pytest.mark.parametrize("name", ["detail", "light"])
def test_nothing_is_transparent_and_much_is_opaque(name: str) -> None:
    values = np.tile(np.linspace(0, 2, 64, dtype=np.float32), (64, 1))
    overlay = overlays.heat_map(name, values, full=1.0)
    picture = np.asarray(Image.open(Path(overlay.picture.path or "")))
    assert picture.shape == (64, 64, 4)
    assert (picture[:, 0, 3] == 0).all()
    assert (picture[:, 32:, 3] == 255).all()
    assert (np.diff(picture[0, :, 3].astype(int)) >= 0).all()
    assert "{" not in overlay.legend
    assert overlay.title and overlay.ramp.startswith("linear-gradient")


FADED = Weakened(100.0, 200.0, 6.0, 0.4)


def pixels(picture: ImageData) -> np.ndarray:
    return np.asarray(Image.open(Path(picture.path or "")))


def test_every_overlay_of_a_restoration_lies_in_the_eye_and_says_what_it_means(
    tiny_model: RetinaRegen, phantom: Phantom
) -> None:
    restoration = replace(tiny_model.restore(phantom.image, samples=2), spots=Spots(3, (FADED,)))
    framed = restoration.framed(512)
    found = [*overlays.changes(framed), overlays.vessels(restoration), *overlays.spots(restoration)]
    found += overlays.spread(restoration)
    found.append(overlays.error(framed, calibrations.drawn("1" * 64)))
    before, after = tiny_model.evidence(framed.mask, framed.photograph, framed.restored)
    found += overlays.looks(before, after, framed.mask)
    assert [overlay.name for overlay in found] == list(words.viewer.OVERLAYS)
    for overlay in found:
        assert overlay.title and overlay.legend and "{" not in overlay.legend
        for picture in (overlay.picture, overlay.restored or overlay.picture):
            alpha = pixels(picture)[..., 3]
            assert alpha[0, 0] == 0
            assert alpha.any() or overlay.name.startswith("looked_")  # random weights hardly look
    assert [overlay.name for overlay in found if overlay.restored] == list(words.viewer.OVERLAYS)[6:]


def test_what_cannot_be_read_is_magenta_and_what_can_is_clear(phantom: Phantom) -> None:
    half = np.tile(np.repeat(np.array([0.0, 1.0], np.float32), 6), (12, 1))
    found = Evidence(np.zeros((4, 2, 2), np.float32), Landmarks(*(Landmark(0.5, 0.5, 0.9),) * 2), half)
    clear = replace(found, readable=np.ones((12, 12), np.float32))
    overlay = next(overlays.looks(found, clear, phantom.mask))
    before, after = pixels(overlay.picture), pixels(overlay.restored)  # type: ignore[arg-type]
    assert tuple(before[256, 120]) == (*overlays.MAGENTA, 255) and before[256, 400, 3] == 0
    assert not after[..., 3].any() and not before[~phantom.mask][:, 3].any()
    assert "50 % can be read before, 100 % after" in overlay.legend
    (alone, *_) = overlays.looks(replace(found, readable=None), clear, phantom.mask)
    assert alone.name == "looked_fundus"  # nothing tells what can be read


def test_spots_that_are_fainter_are_circled_and_counted(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    restoration = tiny_model.restore(phantom.image)
    assert not overlays.spots(replace(restoration, spots=Spots(3, ())))
    (overlay,) = overlays.spots(replace(restoration, spots=Spots(3, (FADED,))))
    picture = pixels(overlay.picture)
    assert not picture[200, 100, 3]  # the spot itself is left free
    assert tuple(picture[200, 100 + 6 + CLEARANCE]) == (*overlays.WHITE, 255)
    assert overlay.legend.startswith("Circled: 1 small")


def test_lost_and_new_vessels_have_their_own_colours(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    restoration = tiny_model.restore(phantom.image)
    changes = np.array([[structure.KEPT, structure.LOST, structure.NEW, 0]], np.uint8)
    overlay = overlays.vessels(replace(restoration, structure=replace(restoration.structure, changes=changes)))
    colours = [tuple(colour) for colour in pixels(overlay.picture)[0]]
    assert colours[:3] == list(overlays.VESSEL_COLOURS.values()) and colours[3][3] == 0


def test_a_place_that_is_not_sure_is_drawn_with_gaps() -> None:
    sure, unsure = (Landmark(0.5, 0.5, confidence) for confidence in (0.9, 0.1))
    elsewhere = Landmark(0.2, 0.2, 0.9)
    drawn = [overlays._drawn(Landmarks(disc, elsewhere), 512)[..., 3] > 0 for disc in (sure, unsure)]
    assert 0.4 < drawn[1][200:312, 200:312].sum() / drawn[0][200:312, 200:312].sum() < 0.8
    assert not drawn[0][250:262, 250:262].any()


UNREADABLE_MACULA = Readability(0.9, 0.1, 0.9, 0.9, thresholds=(0.5, 0.5, 0.5, 0.5))
NO_FUNDUS, UNFAMILIAR = replace(UNREADABLE_MACULA, fundus=0.1), replace(UNREADABLE_MACULA, unfamiliarity=2.0)


def seen(tiny_model: RetinaRegen, phantom: Phantom, scores: Readability) -> list[Overlay]:
    (found,) = tiny_model.evidence(phantom.mask, phantom.image)
    return list(overlays.seen(found, scores, phantom.mask))


def test_a_photograph_says_where_it_cannot_be_read_and_that_first(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    found = seen(tiny_model, phantom, UNREADABLE_MACULA)
    assert [overlay.name for overlay in found] == [
        "readable",
        "looked_macula",
        "looked_fundus",
        "looked_optic_disc",
        "looked_retina",
        "landmarks",
    ]
    assert [overlay.title for overlay in found if "unreadable" in overlay.title] == ["Looked for: macula – unreadable"]
    assert "can be read." in found[0].legend and "after" not in found[0].legend
    assert "says unreadable" in found[1].legend and "says" not in found[2].legend
    for overlay in found:
        assert overlay.restored is None and "{" not in overlay.title + overlay.legend
        assert pixels(overlay.picture)[0, 0, 3] == 0


def test_of_a_refused_photograph_no_region_is_spoken_of(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    (fundus,) = seen(tiny_model, phantom, NO_FUNDUS)
    assert fundus.name == "looked_fundus" and "refused" in fundus.legend
    assert seen(tiny_model, phantom, UNFAMILIAR) == []
    assert seen(tiny_model, phantom, replace(UNREADABLE_MACULA, symmetry=0.97)) == []
    assert set(overlays.SHOWN_OF) == {None, *REFUSALS}
