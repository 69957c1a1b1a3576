"""The table of a batch as HTML. It only ever grows at its end, so that the browser is sent each row once."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np

from demo import views, words
from demo.turns import Waiting
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.outcomes import Outcome
from retinaregen_core.records import Readability
from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import as_jpeg, captioned, reduced
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import cautions, told_share, told_spots

THUMBNAIL_SIDE = 128
THEN = "<br>→ "
"""Between before and after, in a column no wider than one of them: the verdict needs the room."""


def empty() -> str:
    """The place of the table before there is one."""
    return f'<section class="card"><p class="hint">{words.batch.EMPTY}</p></section>'


def head() -> str:
    """The table up to its first row, left open: a browser closes it."""
    names = [
        words.batch.NUMBER,
        words.batch.PICTURES,
        words.batch.FILE,
        *words.readability.LABELS.values(),
        words.readability.SHARE,
        words.batch.VERDICT,
    ]
    cells = "".join(f"<th scope=col>{name}</th>" for name in names)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{words.batch.TABLE}"><table class="batch">'
        f"<thead><tr>{cells}</tr></thead><tbody>"
    )


def row(number: int, outcome: Outcome, photograph: Photograph | None) -> str:
    """One photograph: both pictures, its name, four labels before and after, and what to make of it.

    Args:
        number: from 1; it names the files of the result.
        photograph: as decoded, unless it could not be read.
    """
    after = outcome.restoration.after if outcome.restoration else None
    labels = "".join(_label(i, outcome.before, after) for i in range(len(LABELS))) + _share(outcome.before, after)
    said = [*_verdict(outcome), *([("warn", words.intake.BURNED_IN)] if photograph and photograph.burned_in else [])]
    lines = "".join(f'<p class="{kind}">{escape(sentence)}</p>' for kind, sentence in said)
    return (
        f'<tr><td>{number}</td><td class="pictures">{_pictures(outcome, photograph)}</td>'
        f'<th scope=row><div class="name">{escape(outcome.name)}</div></th>{labels}<td class="said">{lines}</td></tr>'
    )


def progress(done: int, total: int, seconds: float) -> str:
    """Which photograph is being worked on, and how long the others will take if they take as long."""
    place = words.batch.STATUS.format(index=done + 1, total=total)
    if done == 0:
        return views.status(place, "busy")
    left = seconds / done * (total - done)
    return views.status(f"{place} · {_duration(left)}", "busy")


def waiting(place: Waiting) -> str:
    """Status line of somebody whose batch waits for another's."""
    sentence = words.batch.WAITING.format(place=place.ahead)
    left = "" if place.seconds is None else f" · {_duration(place.seconds)}"
    return views.status(sentence + left, "busy")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return words.status.TIME_LEFT.format(seconds=max(seconds, 1))
    return words.batch.MINUTES_LEFT.format(minutes=seconds / 60)


def _pictures(outcome: Outcome, photograph: Photograph | None) -> str:
    if photograph is None:
        return ""
    texts = words.viewer.TEXTS
    shown = _thumbnail(photograph.image, sentences.ORIGINAL, texts["original_alt"])
    if outcome.restoration is None:
        return shown
    return shown + _thumbnail(outcome.restoration.restored, sentences.RESTORED, texts["restored_alt"])


def _thumbnail(picture: np.ndarray, title: str, alt: str) -> str:
    """``title`` is burned in, in English as in every file; ``alt`` is read aloud."""
    small = captioned(reduced(picture, THUMBNAIL_SIDE), title)
    data = base64.b64encode(as_jpeg(small)).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="{alt}" width="{small.shape[1]}" height="{small.shape[0]}">'


def _label(label: int, before: Readability | None, after: Readability | None) -> str:
    if before is None:
        return views.EMPTY
    scores = [_score(label, readability, before) for readability in (before, after) if readability]
    return f"<td>{THEN.join(scores)}</td>"


def _share(before: Readability | None, after: Readability | None) -> str:
    shares = [share for scores in (before, after) if scores and (share := told_share(scores, before)) is not None]
    return f"<td>{THEN.join(map(views.percent, shares))}</td>" if shares else views.EMPTY


def _score(label: int, readability: Readability, original: Readability) -> str:
    kind, sign, word = views.mark(label, readability, original)
    probability = words.number(readability.probabilities[label], ".2f")
    return f'<span class="{kind}" title="{word}">{probability}&nbsp;{sign}</span>'


def _verdict(outcome: Outcome) -> Sequence[tuple[str, str]]:
    if outcome.problem:
        return [("bad", words.error_told(outcome.problem))]
    assert outcome.before is not None
    if outcome.restoration:
        result = outcome.restoration
        return views.verdict(outcome.before, result.after, cautions(result), len(told_spots(result)))
    return [("good" if outcome.before.readable else "warn", views.unreadable(outcome.before))]
