"""Maps of the core as overlays for the viewer: colours that say something, transparent where nothing is to be seen."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from demo import words
from demo.viewer import Overlay, store
from retinaregen_core.calibration import Calibration
from retinaregen_core.ensemble import SPREAD_FULL
from retinaregen_core.expected_error import ERROR_FULL, estimate
from retinaregen_core.imaging.landmarks import CONFIDENT, DISC_RADIUS, Landmark, Landmarks
from retinaregen_core.imaging.places import enlarge, share
from retinaregen_core.imaging.spots import SIDE as SPOTS_SIDE
from retinaregen_core.metrics.change import DETAIL_FULL, LIGHT_FULL, change_maps
from retinaregen_core.metrics.structure import KEPT, LOST, NEW
from retinaregen_core.records import Evidence, Framed, Readability, Restoration
from retinaregen_core.report.pictures import CLEARANCE
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import refusal, told_spots

COLOUR_MAP = cv2.COLORMAP_PLASMA
"""Perceptually uniform, also for readers who see no red or no green, and unlike any colour of a fundus."""
OPAQUE_FROM = 0.25
"""Share of the scale from which on an overlay hides what lies below it, as far as the reader's opacity lets it."""
WHITE, MAGENTA, CYAN = (255, 255, 255), (255, 60, 220), (0, 215, 255)
"""None is a colour of a fundus, and all are told apart without red or green."""
VESSEL_COLOURS = {KEPT: (*WHITE, 130), LOST: (*MAGENTA, 255), NEW: (*CYAN, 255)}
LEAST_FULL = 2.0
"""Log odds: weaker evidence than this is not stretched to full colour."""
RINGS = (((0, 0, 0, 255), 6), ((*WHITE, 255), 2))
"""Colour and width of a line, drawn one over the other: white with a dark rim is seen on bright retina, too."""
DASHES = 8
"""Arcs of a circle whose place is not sure."""

SHOWN_OF: Mapping[str | None, tuple[str, ...]] = {
    None: LABELS,
    "not_a_fundus": LABELS[:1],
    "unfamiliar": (),
    "symmetric": (),
}
"""Why a photograph is refused, if it is -> labels whose maps say something of it: of no eye no region is spoken of, and
of a picture that the classifier does not know, or that no readable eye looks like, nothing."""

NO_NUMBERS: Mapping[str, float] = {}

Over = Literal["both", "original", "restored"]


def changes(framed: Framed) -> list[Overlay]:
    """Where the restorer changed the photograph: detail, and light and colour."""
    maps = change_maps(framed.restored, framed.photograph, framed.mask)
    return [heat_map("detail", maps.detail, DETAIL_FULL), heat_map("light", maps.light, LIGHT_FULL)]


def vessels(restoration: Restoration) -> Overlay:
    """Which vessels are in both pictures, which in one only."""
    found = restoration.structure.changes
    picture = np.zeros((*found.shape, 4), np.uint8)
    for kind, colour in VESSEL_COLOURS.items():
        picture[found == kind] = colour
    third = ("{} 0 33%", "{} 0 67%", "{} 0")
    ramp = ", ".join(part.format(_css(*colour[:3])) for part, colour in zip(third, VESSEL_COLOURS.values()))
    return _overlay("vessels", picture, ramp=ramp)


def spots(restoration: Restoration) -> list[Overlay]:
    """Circles around the bright spots that are fainter in the restored picture; nothing where there is none."""
    weakened = told_spots(restoration)
    if not weakened:
        return []
    picture = np.zeros((SPOTS_SIDE, SPOTS_SIDE, 4), np.uint8)
    for colour, width in RINGS:
        for spot in weakened:
            centre, radius = (round(spot.x), round(spot.y)), round(spot.radius) + CLEARANCE
            cv2.circle(picture, centre, radius, colour, width, cv2.LINE_AA)
    return [_overlay("spots", picture, numbers={"count": len(weakened)})]


def looks(before: Evidence, after: Evidence, mask: np.ndarray) -> Iterator[Overlay]:
    """What cannot be read of either picture, where each label looked, and where disc and macula lie in them.

    Args:
        before: of the photograph.
        after: of the restored picture.
        mask: bool ``[S, S]``, the field of view.
    """
    if before.readable is not None and after.readable is not None:
        yield _readable([before.readable, after.readable], mask)
    for label, *maps in zip(LABELS, before.maps, after.maps, strict=True):
        yield _looked(label, maps, mask)
    places = {"before": before.landmarks, "after": after.landmarks}
    numbers = {f"{name}_{when}": place.confidence for when, f in places.items() for name, place in f._asdict().items()}
    pictures = [_drawn(found, mask.shape[0]) for found in places.values()]
    yield _overlay("landmarks", *pictures, numbers={"least": CONFIDENT, **numbers})


def seen(found: Evidence, scores: Readability, mask: np.ndarray) -> Iterator[Overlay]:
    """The same of a photograph that nothing was restored from yet; what cannot be read comes first.

    Args:
        found: what the labels looked at.
        scores: what they said.
        mask: bool ``[S, S]``, the field of view.
    """
    refused = refusal(scores)
    if found.readable is not None and not refused:
        yield _readable([found.readable], mask, words.viewer.READABLE_ALONE)
    said = zip(LABELS, found.maps, scores.readable_labels, strict=True)
    shown = [(label, values, readable) for label, values, readable in said if label in SHOWN_OF[refused]]
    for label, values, readable in sorted(shown, key=lambda row: row[2]):
        yield _looked(label, [values], mask, *_said(label, readable, refused))
    if not refused:
        numbers = {name: place.confidence for name, place in found.landmarks._asdict().items()}
        picture = _drawn(found.landmarks, mask.shape[0])
        legend = words.viewer.LANDMARKS_ALONE
        yield _overlay("landmarks", picture, numbers={"least": CONFIDENT, **numbers}, legend=legend)


def _readable(maps: Sequence[np.ndarray], mask: np.ndarray, legend: str = "") -> Overlay:
    """What cannot be read of one picture, or of both: probabilities ``[g, g]`` that a place can be."""
    percent = {when: 100 * share(values, mask) for when, values in zip(("before", "after"), maps, strict=False)}
    pictures = [_signed(values - 1, mask) for values in maps]
    return _overlay("readable", *pictures, ramp=f"transparent, {_css(*MAGENTA)}", numbers=percent, legend=legend)


def _said(label: str, readable: bool, refused: str | None) -> tuple[str, str]:
    """Title and legend of the map of one label of one photograph."""
    title = words.viewer.OVERLAYS[f"looked_{label}"][0]
    if readable:
        return title, words.viewer.LOOKED_ALONE
    legend = words.viewer.LOOKED_REFUSED if refused else words.viewer.LOOKED_UNREADABLE
    return words.filled(words.viewer.UNREADABLE, title=title), legend


def _looked(label: str, maps: Sequence[np.ndarray], mask: np.ndarray, title: str = "", legend: str = "") -> Overlay:
    """The maps of one label, of one picture or of both, on one scale."""
    full = max(LEAST_FULL, *(float(np.abs(values).max()) for values in maps))
    pictures = [_signed(values / full, mask) for values in maps]
    ramp = f"{_css(*MAGENTA)}, transparent, {_css(*CYAN)}"
    return _overlay(f"looked_{label}", *pictures, ramp=ramp, numbers={"full": full}, title=title, legend=legend)


def error(framed: Framed, calibration: Calibration) -> Overlay:
    """How far each restored pixel is likely to be from the truth."""
    maps = estimate(calibration.error, framed)
    means = {name: float(values[framed.mask].mean()) for name, values in maps._asdict().items()}
    return heat_map("error", maps.expected, ERROR_FULL, "restored", means)


def spread(restoration: Restoration) -> list[Overlay]:
    """Where the samples differ; nothing of one sample."""
    if restoration.spread is None:
        return []
    mask = restoration.mask(len(restoration.spread))
    numbers = {"samples": restoration.provenance.samples, "mean": float(restoration.spread[mask].mean())}
    return [heat_map("spread", restoration.spread, SPREAD_FULL, "restored", numbers)]


def heat_map(
    name: str, values: np.ndarray, full: float = 1.0, over: Over = "both", numbers: Mapping[str, float] = NO_NUMBERS
) -> Overlay:
    """An overlay of any map.

    Args:
        name: row of ``words.viewer.OVERLAYS``.
        values: float ``[S, S]``, at least 0; 0 is transparent.
        full: the value that gets the last colour.
        over: which of the two pictures the map speaks of.
        numbers: what the legend names besides ``full``.
    """
    shares = np.clip(values / full, 0, 1)
    colours = cv2.applyColorMap((shares * 255).astype(np.uint8), COLOUR_MAP)[..., ::-1]
    alpha = np.clip(shares / OPAQUE_FROM, 0, 1)[..., None] * 255
    picture = np.concatenate([colours, alpha.astype(np.uint8)], axis=-1)
    return _overlay(name, picture, ramp=_ramp(), over=over, numbers={"full": full, **numbers})


def _overlay(
    name: str,
    picture: np.ndarray,
    restored: np.ndarray | None = None,
    *,
    numbers: Mapping[str, float] = NO_NUMBERS,
    ramp: str = "",
    over: Over = "both",
    title: str = "",
    legend: str = "",
) -> Overlay:
    """``numbers`` stand in the legend; where it or the title is not given, this row of ``words.viewer.OVERLAYS`` is."""
    usual_title, usual_legend = words.viewer.OVERLAYS[name]
    return Overlay(
        name=name,
        title=title or usual_title,
        picture=store(_png(picture), f"{name}.png"),
        restored=None if restored is None else store(_png(restored), f"{name}_restored.png"),
        legend=words.filled(legend or usual_legend, **numbers),
        ramp=f"linear-gradient(to right, {ramp})" if ramp else "",
        over=over,
    )


def _signed(shares: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """float ``[h, w]`` in [-1, 1], coarse -> RGBA of the mask's size: one colour for each sign."""
    smooth = enlarge(shares.astype(np.float32), mask.shape[0]) * mask
    colours = np.where(smooth[..., None] > 0, np.array(CYAN, np.uint8), np.array(MAGENTA, np.uint8))
    return np.concatenate([colours, (np.abs(smooth) * 255).astype(np.uint8)[..., None]], axis=-1)


def _drawn(found: Landmarks, side: int) -> np.ndarray:
    """A circle where the disc lies, a cross where the macula does; broken when that is not sure."""
    picture = np.zeros((side, side, 4), np.uint8)
    for colour, width in RINGS:
        _circle(picture, found.disc, colour, width)
        _cross(picture, found.macula, colour, width)
    return picture


def _circle(picture: np.ndarray, place: Landmark, colour: tuple[int, ...], width: int) -> None:
    side = picture.shape[0]
    centre, radius = (round(place.x * side), round(place.y * side)), round(DISC_RADIUS * side)
    arc = 360 / DASHES
    for start in (arc * index for index in range(DASHES)):
        drawn = arc if place.confidence >= CONFIDENT else arc / 2
        cv2.ellipse(picture, centre, (radius, radius), 0, start, start + drawn, colour, width, cv2.LINE_AA)


def _cross(picture: np.ndarray, place: Landmark, colour: tuple[int, ...], width: int) -> None:
    side = picture.shape[0]
    x, y, reach = round(place.x * side), round(place.y * side), round(DISC_RADIUS * side / 2)
    inner = 0 if place.confidence >= CONFIDENT else reach // 2
    for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        start, end = ((x + right * length, y + down * length) for length in (inner, reach))
        cv2.line(picture, start, end, colour, width, cv2.LINE_AA)


def _png(picture: np.ndarray) -> bytes:
    """uint8 ``[S, S, 4]`` as RGBA PNG."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _ramp(stops: int = 8) -> str:
    colours = cv2.applyColorMap(np.linspace(0, 255, stops).astype(np.uint8)[None], COLOUR_MAP)[0, :, ::-1]
    return ", ".join(_css(*colour) for colour in colours)


def _css(red: int, green: int, blue: int) -> str:
    return f"rgb({red} {green} {blue})"
