"""The content of a report, once for all layouts: titles, pictures, rows of text. HTML and PDF only arrange it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from retinaregen_core import expected_error
from retinaregen_core.ensemble import SPREAD_FULL
from retinaregen_core.expected_error import ERROR_FULL, estimate
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.metrics.change import DETAIL_FULL, LIGHT_FULL, change_maps
from retinaregen_core.metrics.similarity import SIMILARITIES, Similarity
from retinaregen_core.metrics.structure import DEFINITIONS, Structure
from retinaregen_core.records import Metrics, Provenance, Readability, Restoration
from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import captioned, heat_map, of_eye, reduced, ringed, title_of_photograph
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import CAUTIONS, Kind, cautions, findings, label_kind, told_share, told_spots

SHOWN_SIDE = 1024
"""Long side in pixels of the two photographs: 300 dots per inch at the width they have on paper."""
NOTHING = "–"
MAP_SIDE = expected_error.SIDE
"""Side of the framed square on which change and expected error are mapped."""


@dataclass(frozen=True)
class Score:
    """One label of one picture."""

    probability: float
    threshold: float
    kind: Kind

    @property
    def word(self) -> str:
        """So that no colour is needed to know it."""
        return sentences.SCORED[self.kind]


@dataclass(frozen=True)
class LabelRow:
    """One label before and after."""

    name: str
    before: Score
    after: Score


@dataclass(frozen=True)
class Figure:
    """A picture with its title burned in."""

    title: str
    picture: np.ndarray
    """uint8 ``[H, W, 3]``."""


@dataclass(frozen=True)
class Sheet:
    """Everything a reader of the report sees, in reading order."""

    made: str
    photographs: tuple[Figure, Figure]
    """The original and the restored one."""
    photographs_note: str
    verdict: tuple[tuple[str, str], ...]
    """``(kind, sentence)``, the worst first; kind is one of "bad", "warn" and "good"."""
    labels: tuple[LabelRow, ...]
    labels_note: str
    maps: tuple[Figure, ...]
    """Of the change of detail, and of light and colour; of the expected error, where it was learned; of the spread of
    several samples."""
    maps_note: str
    measure_heads: tuple[str, ...]
    measures: tuple[tuple[str, ...], ...]
    """Name, values under ``measure_heads``, definition."""
    measures_note: str
    facts: tuple[tuple[str, str], ...]


def lay_out(restoration: Restoration, eye: Laterality | None = None) -> Sheet:
    """Put a restoration, and which eye it is of, into words and pictures."""
    photograph, restored = (reduced(picture, SHOWN_SIDE) for picture in (restoration.photograph, restoration.restored))
    heads, measures = _measures(restoration.metrics)
    return Sheet(
        sentences.MADE.format(made=datetime.now(UTC)),
        (
            _titled(title_of_photograph(restoration, eye), photograph),
            _titled(of_eye(sentences.RESTORED, eye), restored),
        ),
        _photographs_note(restoration.photograph, photograph),
        tuple(_verdict(restoration)),
        tuple(_labels(restoration)),
        sentences.READABILITY_NOTE + _shares(restoration.before, restoration.after),
        *_maps(restoration),
        heads,
        (*measures, *_vessels(restoration.structure, len(heads))),
        sentences.WITH_REFERENCE if restoration.metrics.quality else sentences.WITHOUT_REFERENCE,
        tuple(_facts(restoration, eye)),
    )


def _photographs_note(full: np.ndarray, shown: np.ndarray) -> str:
    (height, width), (full_height, full_width) = shown.shape[:2], full.shape[:2]
    return sentences.PICTURES_NOTE.format(width=width, height=height, full_width=full_width, full_height=full_height)


def _maps(restoration: Restoration) -> tuple[tuple[Figure, ...], str]:
    """With the sentences that belong to them."""
    framed = restoration.framed(MAP_SIDE)
    changed = change_maps(framed.restored, framed.photograph, framed.mask)
    weakened = told_spots(restoration)
    detail = ringed(heat_map(changed.detail, DETAIL_FULL, framed.mask), weakened)
    maps: tuple[Figure, ...] = (
        _titled(sentences.DETAIL_CHANGED, detail),
        _titled(sentences.LIGHT_CHANGED, heat_map(changed.light, LIGHT_FULL, framed.mask)),
    )
    note = sentences.CHANGE_NOTE + (sentences.SPOTS_NOTE if weakened else "")
    if restoration.calibration:
        error = estimate(restoration.calibration.error, framed)
        maps += (_titled(sentences.EXPECTED_ERROR, heat_map(error.expected, ERROR_FULL, framed.mask)),)
        numbers = {name: float(values[framed.mask].mean()) for name, values in error._asdict().items()}
        note += sentences.EXPECTED_ERROR_NOTE.format(**numbers)
    if restoration.spread is not None:
        mask = restoration.mask(len(restoration.spread))
        maps += (_titled(sentences.SPREAD, heat_map(restoration.spread, SPREAD_FULL, mask)),)
        samples = restoration.provenance.samples
        note += sentences.SPREAD_NOTE.format(samples=samples, mean=float(restoration.spread[mask].mean()))
    return maps, note


def _titled(title: str, picture: np.ndarray) -> Figure:
    return Figure(title, captioned(picture, title))


def _verdict(restoration: Restoration) -> Iterator[tuple[str, str]]:
    weakened = len(told_spots(restoration))
    for found in findings(restoration.before, restoration.after, cautions(restoration), weakened):
        if found.name in CAUTIONS:
            yield found.kind, CAUTIONS[found.name].meaning
        else:
            labels = ", ".join(sentences.LABELS[label].lower() for label in found.labels)
            yield found.kind, sentences.FINDINGS[found.name].format(labels=labels, count=found.count)


def _labels(restoration: Restoration) -> Iterator[LabelRow]:
    pair = (restoration.before, restoration.after)
    for i, label in enumerate(LABELS):
        before, after = (Score(r.probabilities[i], r.thresholds[i], label_kind(r, i, restoration.before)) for r in pair)
        yield LabelRow(sentences.LABELS[label], before, after)


def _shares(before: Readability, after: Readability) -> str:
    """How much of both pictures can be read; nothing of what is refused, or where nothing tells."""
    shares = told_share(before), told_share(after, before)
    return "" if None in shares else sentences.SHARES_NOTE.format(before=shares[0], after=shares[1])


def _measures(metrics: Metrics) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    heads: tuple[str, ...] = (sentences.CHANGE,)
    compared: Sequence[Similarity] = (metrics.change,)
    if metrics.quality and metrics.input_quality:
        heads, compared = (*sentences.QUALITY, sentences.CHANGE), (metrics.input_quality, metrics.quality, *compared)
    return heads, tuple(tuple(_measure(name, compared)) for name in SIMILARITIES)


def _measure(name: str, compared: Sequence[Similarity]) -> Iterator[str]:
    values = [getattr(similarity, name) for similarity in compared]
    yield sentences.MEASURES[name]
    if len(values) > 1:
        upload, restored, changed = values
        yield from (_number(name, upload), _number(name, restored), _gain(name, upload, restored))
        values = [changed]
    yield from (_number(name, value) for value in values)
    yield SIMILARITIES[name].definition


def _vessels(structure: Structure, columns: int) -> Iterator[tuple[str, ...]]:
    """The vessels of upload and restored picture are compared with each other, so the numbers stand under change."""
    for name, title in sentences.VESSELS.items():
        share: float | None = getattr(structure, name)
        value = sentences.NO_VESSELS if share is None else f"{share:.2f}"
        yield title, *[NOTHING] * (columns - 1), value, DEFINITIONS[name]


def _number(name: str, value: float | None) -> str:
    if value is None:
        return sentences.NOT_MEASURED
    if math.isinf(value):
        return sentences.IDENTICAL
    return f"{value:.2f} dB" if name.startswith("psnr") else f"{value:.4f}"


def _gain(name: str, upload: float | None, restored: float | None) -> str:
    if upload is None or restored is None or not math.isfinite(restored - upload):
        return NOTHING
    return f"{restored - upload:+.2f} dB" if name.startswith("psnr") else f"{restored - upload:+.4f}"


def _facts(restoration: Restoration, eye: Laterality | None) -> Iterator[tuple[str, str]]:
    made, view = restoration.provenance, restoration.field_of_view
    height, width = restoration.photograph.shape[:2]
    trust = sentences.VERIFIED if made.verified else sentences.UNVERIFIED
    values = {
        "photograph": sentences.SIZE.format(width=width, height=height, radius=view.radius, coverage=view.coverage),
        "eye": sentences.EYES[eye],
        "damage": sentences.DAMAGE.format(**restoration.damage._asdict()) if restoration.damage else None,
        "model": f"{made.name} ({trust})",
        "source": _source(made),
        "sha256": made.sha256,
        "readability": made.readability_sha256,
        "calibration": made.calibration_sha256,
        "licence": made.licence,
        "settings": sentences.SETTINGS.format(
            seed=made.seed,
            steps=made.steps,
            strength=made.strength,
            samples=made.samples,
            seconds=made.seconds,
            device=made.device,
        ),
        "software": ", ".join(f"{name} {version}" for name, version in made.versions.items()),
    }
    return ((sentences.FACTS[key], value) for key, value in values.items() if value is not None)


def _source(made: Provenance) -> str:
    return f"{made.repository} at {made.commit}" if made.repository else sentences.LOCAL
