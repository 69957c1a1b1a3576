"""Core records as HTML, sentences and encoded pictures. No Gradio and no model: values in, text or bytes out."""

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from demo import words
from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.metrics.similarity import SIMILARITIES, Similarity
from retinaregen_core.metrics.structure import DEFINITIONS, Structure
from retinaregen_core.pipeline import Metrics, Provenance, Readability, Restoration, StepInfo
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import CAUTIONS, REFUSALS, Finding, findings, label_kind, refusal, told_share

LIVE_QUALITY = 90
"""JPEG quality of the pictures of single steps; the result is always lossless."""


# Pictures


def png(image: np.ndarray) -> bytes:
    """uint8 ``[H, W, 3]`` as PNG without metadata. Fast rather than small: it is looked at once."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def cutout(mask: np.ndarray) -> bytes:
    """bool ``[S, S]`` as PNG that is opaque where the mask holds."""
    stream = io.BytesIO()
    opaque = mask * np.uint8(255)
    Image.fromarray(np.stack([opaque, opaque], axis=-1), "LA").save(stream, "PNG")
    return stream.getvalue()


def jpeg(image: np.ndarray) -> bytes:
    """uint8 ``[S, S, 3]`` as JPEG: for steps that are looked at and thrown away."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=LIVE_QUALITY, subsampling=0)
    return stream.getvalue()


def thumbnail(path: Path, side: int = 152) -> str:
    """A small JPEG of a picture file as data URI."""
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(np.asarray(picture))).decode()


# Readability

EMPTY = '<td class="empty-cell">–</td>'


def readability(
    before: Readability | None, after: Readability | None, warnings: Sequence[str] = (), weakened: int = 0
) -> str:
    """The verdict, and below it the four labels in fixed order, before and after, with bars, thresholds and words.

    ``warnings`` are rows of ``verdict.CAUTIONS``, ``weakened`` is how many bright spots are fainter than before.
    """
    if before is None:
        hint = f'<p class="hint">{words.readability.NOT_SCORED}</p>'
        return f'<section class="card"><h2>{words.readability.TITLE}</h2>{hint}</section>'
    alone = [("good" if before.readable else "warn", unreadable(before))]
    sentences = verdict(before, after, warnings, weakened) if after else alone
    lines = "".join(f'<p class="{kind}">{escape(sentence)}</p>' for kind, sentence in sentences)
    head = (
        f"<tr><td></td><th scope=col>{words.readability.BEFORE}</th><th scope=col>{words.readability.AFTER}</th></tr>"
    )
    rows = "".join(_label_row(i, before, after) for i in range(len(LABELS))) + _share_row(before, after)
    return (
        f'<section class="card"><h2>{words.readability.TITLE}</h2>'
        f'<div id="verdict" class="verdict" tabindex="-1" role="status" aria-live="polite">{lines}</div>'
        f'<table class="readability"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        f'<p class="hint">{words.readability.THRESHOLD_NOTE}</p></section>'
    )


def _label_row(label: int, before: Readability, after: Readability | None) -> str:
    cells = _score(label, before) + (_score(label, after, before) if after else EMPTY)
    return f"<tr><th scope=row>{words.readability.LABELS[LABELS[label]]}</th>{cells}</tr>"


def _share_row(before: Readability, after: Readability | None) -> str:
    """How much can be read of both pictures; no row where nothing tells, or where the photograph is refused."""
    if told_share(before) is None:
        return ""
    cells = "".join(_share_cell(told_share(scores)) if scores else EMPTY for scores in (before, after))
    return f"<tr><th scope=row>{words.readability.SHARE}</th>{cells}</tr>"


def _share_cell(known: float | None) -> str:
    return EMPTY if known is None else f'<td><span class="number">{percent(known)}</span></td>'


def _score(label: int, scores: Readability, original: Readability | None = None) -> str:
    probability, threshold = scores.probabilities[label], scores.thresholds[label]
    kind, sign, word = mark(label, scores, original)
    return (
        f'<td class="{kind}"><span class="number">{words.number(probability, ".2f")}</span> '
        f'<span class="word">{sign} {word}</span>'
        f'<span class="bar" aria-hidden="true"><i style="width:{100 * probability:.1f}%"></i>'
        f'<b style="left:{100 * threshold:.1f}%"></b></span></td>'
    )


def mark(label: int, scores: Readability, original: Readability | None = None) -> tuple[str, str, str]:
    """Kind, sign and word of one label, as :func:`label_kind` judges it."""
    told = {
        "bad": ("✗", words.readability.UNREADABLE),
        "warn": ("?", words.readability.DOUBTFUL),
        "good": ("✓", words.readability.READABLE),
    }
    kind = label_kind(scores, label, original)
    return kind, *told[kind]


def unreadable(scores: Readability) -> str:
    """One sentence about a photograph that has only been assessed."""
    if reason := refusal(scores):
        return words.told(REFUSALS[reason])
    if scores.readable:
        return words.readability.ALL_READABLE
    missing = [name for name, readable in zip(LABELS, scores.readable_labels, strict=True) if not readable]
    return words.readability.SOME_UNREADABLE.format(labels=_listed(missing))


def verdict(
    before: Readability, after: Readability, warnings: Sequence[str] = (), weakened: int = 0
) -> list[tuple[str, str]]:
    """``(kind, sentence)`` in order of weight; kind is one of "bad", "warn" and "good"."""
    return [(found.kind, _finding(found)) for found in findings(before, after, warnings, weakened)]


def _finding(found: Finding) -> str:
    if found.name in CAUTIONS:
        return words.told(CAUTIONS[found.name].meaning)
    return words.readability.FINDINGS[found.name].format(labels=_listed(found.labels), count=found.count)


def _listed(labels: Iterable[str]) -> str:
    return words.readability.COMMA.join(words.readability.LABELS_INSIDE[label] for label in labels)


# Result


def result(restoration: Restoration) -> str:
    """Metrics that say what they are, and how the picture was made."""
    cards = _metrics(restoration.metrics), _vessels(restoration.structure), _provenance(restoration.provenance)
    return f'<div class="cards-row">{"".join(cards)}</div>'


def _metrics(metrics: Metrics) -> str:
    change = _table(words.result.CHANGE_TITLE, words.result.CHANGE_NOTE, (words.result.VALUE,), [metrics.change])
    if metrics.quality is None or metrics.input_quality is None:
        return change
    columns = (words.result.UPLOAD, words.result.RESTORED, words.result.GAIN)
    return (
        _table(words.result.QUALITY_TITLE, words.result.QUALITY_NOTE, columns, [metrics.input_quality, metrics.quality])
        + change
    )


def _table(title: str, note: str, columns: Sequence[str], values: Sequence[Similarity]) -> str:
    head = "".join(f"<th scope=col>{column}</th>" for column in columns)
    rows = "".join(_metric_row(name, [getattr(value, name) for value in values]) for name in words.result.MEASURES)
    shown = {
        title: SIMILARITIES[name].definition
        for name, title in words.result.MEASURES.items()
        if getattr(values[0], name) is not None
    }
    return (
        f'<section class="card{" wide" if len(values) > 1 else ""}"><h2>{title}</h2><p class="hint">{note}</p>'
        f'<table class="metrics">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>{_definitions(shown)}</section>"
    )


def _vessels(structure: Structure) -> str:
    """Which vessels of the photograph and of the restored picture have no counterpart."""
    shares = {title: getattr(structure, name) for name, title in words.result.VESSELS.items()}
    rows = "".join(f"<tr><th scope=row>{title}</th><td>{_share(share)}</td></tr>" for title, share in shares.items())
    definitions = {title: DEFINITIONS[name] for name, title in words.result.VESSELS.items()}
    return (
        f'<section class="card" id="vessels"><h2>{words.result.VESSELS_TITLE}</h2>'
        f'<p class="hint">{words.result.VESSELS_NOTE}</p>'
        f'<table class="metrics"><tbody>{rows}</tbody></table>{_definitions(definitions)}</section>'
    )


def _share(share: float | None) -> str:
    return words.result.NO_VESSELS if share is None else percent(share)


def percent(share: float) -> str:
    """A share in [0, 1] as a whole number of percent."""
    return words.number(100 * share, ".0f") + " %"


def _definitions(shown: Mapping[str, str]) -> str:
    """What each measure of a table is, for a keyboard and a finger as well: its title -> the core's definition."""
    rows = "".join(
        f"<div><dt>{title}</dt><dd>{escape(words.told(definition))}</dd></div>" for title, definition in shown.items()
    )
    return f'<details class="definitions"><summary>{words.result.DEFINITIONS}</summary><dl>{rows}</dl></details>'


def _metric_row(name: str, values: Sequence[float | None]) -> str:
    if None in values:
        return ""
    known = [value for value in values if value is not None]
    cells = [_number(name, value) for value in known]
    if len(known) == 2:
        cells.append(_gain(name, known[1] - known[0]))
    return f"<tr><th scope=row>{words.result.MEASURES[name]}</th>{''.join(cells)}</tr>"


def _number(name: str, value: float) -> str:
    if math.isinf(value):
        return f"<td>{words.result.IDENTICAL}</td>"
    return f"<td>{_laid_out(name, value)}</td>"


def _laid_out(name: str, value: float, sign: str = "") -> str:
    return words.number(value, f"{sign}.2f") + " dB" if name.startswith("psnr") else words.number(value, f"{sign}.4f")


def _gain(name: str, gain: float) -> str:
    if not math.isfinite(gain) or round(gain, 2 if name.startswith("psnr") else 4) == 0:
        return "<td>–</td>"
    kind, sign = ("good", "▲") if (gain > 0) == SIMILARITIES[name].higher_is_better else ("bad", "▼")
    return f'<td class="{kind}">{sign} {_laid_out(name, gain, "+")}</td>'


def _provenance(provenance: Provenance) -> str:
    rows = "".join(
        f"<div><dt>{title}</dt><dd>{_value(getattr(provenance, field))}</dd></div>"
        for field, title in words.result.PROVENANCE_ROWS.items()
    )
    return f'<details class="card provenance"><summary>{words.result.PROVENANCE}</summary><dl>{rows}</dl></details>'


def _value(value: object) -> str:
    match value:
        case bool():
            return words.result.YES if value else words.result.NO
        case float():
            return words.number(value, ".2f")
        case Mapping():
            return escape(", ".join(f"{name} {version}" for name, version in value.items()))
        case _:
            return escape(str(value))


# Steps and status


def caption(info: StepInfo) -> str:
    """Index and timestep of one step."""
    return words.status.STEP_CAPTION.format(index=info.index + 1, total=info.total, t=info.t)


def progress(index: int, total: int, seconds: float) -> str:
    """Status line of a running restoration: step and time left, guessed from the time it took so far."""
    step = words.status.STEP.format(index=index + 1, total=total)
    left = seconds / (index + 1) * (total - index - 1)
    wait = words.status.TIME_LEFT.format(seconds=max(left, 1)) if index + 1 < total else words.status.MEASURING
    return status(f"{step} · {wait}", "busy")


def waiting(ahead: int, seconds: float | None) -> str:
    """Status line of somebody who waits: the place, and the time left once it can be told."""
    left = words.status.WAITING_LEFT.format(seconds=max(seconds, 1)) if seconds is not None else ""
    return status(words.status.WAITING.format(place=ahead) + left, "busy")


def status(sentence: str, kind: str = "calm") -> str:
    """The status line: a sentence, and a kind that is one of "calm", "busy", "warning" and "problem"."""
    return f'<p class="status {kind}" role="status" aria-live="polite">{escape(sentence)}</p>'


def problem(error: RetinaRegenError) -> str:
    """What is wrong and what to do, as a status line."""
    return status(words.error_told(error), "problem")
