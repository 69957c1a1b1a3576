"""Scores of the steps as inline SVG: small charts with one step axis, and every number as text. Values in, HTML out."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from demo import words
from retinaregen_core.pipeline import StepScores
from retinaregen_core.specs import LABELS

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 64, 12, 26
"""Margins: ticks, names of the lines, air, step numbers."""
MAX_TICKS = 4
NAME_GAP = 12
"""Least distance between two names at the end of their lines."""
STYLES = {
    "fundus": ("#6cc7ee", ""),
    "macula": ("#ffd479", "6 3"),
    "optic_disc": ("#63d8a4", "2 3"),
    "retina": ("#ff9d8a", "9 3 2 3"),
}
"""Colour and dashes of a label's line: told apart without colour as well."""
PLAIN = ("#e6ebf2", "")
LIST = "; "
"""Between numbers, some of which have a decimal comma."""


@dataclass(frozen=True)
class Line:
    """One curve: values by step, 0 is the upload."""

    name: str
    values: Mapping[int, float]
    style: tuple[str, str] = PLAIN
    threshold: float | None = None


@dataclass(frozen=True)
class Panel:
    """One chart."""

    title: str
    lines: Sequence[Line]
    low: float
    high: float
    tick: float
    digits: int

    def y(self, value: float) -> float:
        """Value -> height in the picture."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def draw(scores: Mapping[int, StepScores], total: int) -> str:
    """The card with the charts.

    Args:
        scores: by step; 0 is the upload, ``total`` the result; steps between may be missing.
        total: how many steps were walked.
    """
    charts = "".join(_chart(panel, total) for panel in _panels(scores))
    readouts = [{"step": step, "text": readout(step, total, found)} for step, found in sorted(scores.items())]
    span = f'data-left="{LEFT}" data-right="{WIDTH - RIGHT}" data-total="{total}"'
    return (
        f'<section class="curves"><h2>{words.curves.TITLE}</h2>'
        f'<div class="charts" role="slider" tabindex="0" aria-label="{words.curves.LABEL}" aria-valuemin="0" '
        f'aria-valuemax="{total}" aria-valuenow="{total}" {span} data-readouts="{escape(json.dumps(readouts))}">'
        f'{charts}</div><p class="readout"></p><p class="note">{words.curves.NOTE}</p>{_numbers(scores)}</section>'
    )


def readout(step: int, total: int, scores: StepScores) -> str:
    """All numbers of one step in one line."""
    name = words.result.UPLOAD if step == 0 else words.status.STEP.format(index=step, total=total)
    labels = words.curves.SHORT_LABELS
    readable = [f"{labels[label]} {words.number(value, '.2f')}" for label, value in _probabilities(scores).items()]
    measured = [f"{words.curves.FOLLOWED[row]} {_number(row, value)}" for row, value in _measured(scores).items()]
    kind = words.curves.CHANGE if scores.quality is None else words.curves.QUALITY
    return f"{name}: {LIST.join(readable)}. {kind}: {LIST.join(measured)}."


def _probabilities(scores: StepScores) -> dict[str, float]:
    return dict(zip(LABELS, scores.readability.probabilities, strict=True))


def _measured(scores: StepScores) -> Mapping[str, float | None]:
    return scores.change if scores.quality is None else scores.quality


def _number(row: str, value: float | None) -> str:
    if value is None:
        return "–"
    if math.isinf(value):
        return words.result.IDENTICAL
    return f"{words.number(value, '.2f')} dB" if row.startswith("psnr") else words.number(value, ".3f")


def _panels(scores: Mapping[int, StepScores]) -> list[Panel]:
    """Readability, then each measure: never two scales in one chart."""
    some = next(iter(scores.values()))
    labels = [
        Line(
            words.curves.SHORT_LABELS[label],
            {step: found.readability.probabilities[i] for step, found in scores.items()},
            STYLES[label],
            some.readability.thresholds[i],
        )
        for i, label in enumerate(LABELS)
    ]
    kind = words.curves.CHANGE if some.quality is None else words.curves.QUALITY
    measures = [_measure_panel(kind, row, scores) for row in _measured(some)]
    return [Panel(words.readability.TITLE, labels, 0, 1, 0.25, 2), *measures]


def _measure_panel(kind: str, row: str, scores: Mapping[int, StepScores]) -> Panel:
    found = {step: _measured(step_scores)[row] for step, step_scores in scores.items()}
    values = {step: value for step, value in found.items() if value is not None and math.isfinite(value)}
    low, high, tick = nice_range(min(values.values(), default=0), max(values.values(), default=1))
    digits = max(0, -math.floor(math.log10(tick) + 1e-9))
    line = Line(_number(row, values[max(values)]) if values else "", values)
    return Panel(f"{kind}: {words.curves.FOLLOWED[row]}", [line] if values else [], low, high, tick, digits)


def nice_range(low: float, high: float) -> tuple[float, float, float]:
    """A range of round numbers around two values, and the distance of its ticks: at most ``MAX_TICKS`` intervals."""
    span = max(high - low, abs(high) * 0.02, 1e-3)
    power = 10.0 ** math.floor(math.log10(span / MAX_TICKS))
    for tick in (power * factor for factor in (1, 2, 5, 10, 20)):
        first, last = math.floor(low / tick), math.ceil(high / tick)
        if max(last - first, 1) <= MAX_TICKS:
            return first * tick, max(last, first + 1) * tick, tick
    raise AssertionError((low, high))


def _x(step: int, total: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * step / total


def _chart(panel: Panel, total: int) -> str:
    steps = sorted({0, total, *(round(total * share) for share in (0.25, 0.5, 0.75))})
    marks = "".join(
        f'<text class="tick" x="{_x(s, total):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{s}</text>' for s in steps
    )
    lines = "".join(_line(panel, line, total) for line in panel.lines)
    at = f'<line class="at" x1="{WIDTH - RIGHT}" x2="{WIDTH - RIGHT}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    return (
        f'<figure><figcaption>{panel.title}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{_grid(panel)}{marks}{_thresholds(panel)}{at}{lines}{_names(panel)}</svg></figure>"
    )


def _grid(panel: Panel) -> str:
    count = round((panel.high - panel.low) / panel.tick)
    values = [panel.low + i * panel.tick for i in range(count + 1)]
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{panel.y(v):.1f}" y2="{panel.y(v):.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{panel.y(v) + 3.5:.1f}" text-anchor="end">'
        f"{words.number(v, f'.{panel.digits}f')}</text>"
        for v in values
    )


def _line(panel: Panel, line: Line, total: int) -> str:
    colour, dashes = line.style
    points = [(_x(step, total), panel.y(value)) for step, value in sorted(line.values.items())]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" stroke="{colour}" stroke-dasharray="{dashes}"/>{dots}'


def _thresholds(panel: Panel) -> str:
    """One line for all labels where they agree, one in each label's colour where they do not."""
    colours = {line.threshold: line.style[0] for line in panel.lines if line.threshold is not None}
    common = PLAIN[0] if len(colours) == 1 else None
    return "".join(
        f'<line class="threshold" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{panel.y(value):.1f}" '
        f'y2="{panel.y(value):.1f}" stroke="{common or colour}"/>'
        for value, colour in colours.items()
    )


def _names(panel: Panel) -> str:
    """What stands at the end of each line, in the lines' order, pushed apart where names would overlap."""
    ends = sorted((panel.y(line.values[max(line.values)]), line.name, line.style[0]) for line in panel.lines)
    heights: list[float] = []
    for y, _, _ in ends:
        heights.append(max(y, heights[-1] + NAME_GAP) if heights else y)
    limit = float(HEIGHT - BOTTOM)
    for i in reversed(range(len(heights))):
        heights[i] = min(heights[i], limit)
        limit = heights[i] - NAME_GAP
    return "".join(
        f'<text class="name" x="{WIDTH - RIGHT + 8}" y="{y + 3.5:.1f}" fill="{colour}">{name}</text>'
        for y, (_, name, colour) in zip(heights, ends, strict=True)
    )


def _numbers(scores: Mapping[int, StepScores]) -> str:
    """The same numbers as a table, for those who read rather than look."""
    measured = _measured(next(iter(scores.values())))
    titles = [words.curves.STEP, *words.curves.SHORT_LABELS.values(), *(words.curves.FOLLOWED[row] for row in measured)]
    head = "".join(f"<th scope=col>{title}</th>" for title in titles)
    rows = "".join(_numbers_row(step, found) for step, found in sorted(scores.items()))
    return (
        f"<details><summary>{words.curves.NUMBERS}</summary><div class=scroll><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _numbers_row(step: int, scores: StepScores) -> str:
    cells = [words.number(value, ".2f") for value in _probabilities(scores).values()]
    cells += [_number(row, value) for row, value in _measured(scores).items()]
    return f"<tr><th scope=row>{step or words.result.UPLOAD}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
