"""The report as one HTML file: pictures and style inside, no script, and a policy that forbids every request."""

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path

from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.records import Restoration
from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import as_jpeg
from retinaregen_core.report.sheet import Figure, LabelRow, Score, Sheet, lay_out

STYLE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def as_html(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """One UTF-8 document that can be read, printed and archived on its own."""
    sheet = lay_out(restoration, eye)
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{sentences.TITLE}</title><style>{STYLE.read_text('utf-8')}</style>"
    )
    parts = "".join((_top(sheet), _photographs(sheet), _readability(sheet), _measures(sheet), _facts(sheet)))
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{parts}</main></body></html>\n'.encode()


def _top(sheet: Sheet) -> str:
    return (
        f"<header><div><h1>{sentences.TITLE}</h1><p>{sentences.SUBTITLE}</p></div><p>{sheet.made}</p></header>"
        f'<p class="use" role="note">{sentences.USE}</p>'
    )


def _photographs(sheet: Sheet) -> str:
    figures = "".join(_figure(figure) for figure in sheet.photographs)
    return f'<section class="photographs">{figures}</section><p class="note">{sheet.photographs_note}</p>'


def _figure(figure: Figure) -> str:
    height, width = figure.picture.shape[:2]
    data = base64.b64encode(as_jpeg(figure.picture)).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="{figure.title}" width="{width}" height="{height}">'


def _readability(sheet: Sheet) -> str:
    verdict = "".join(f'<p class="{kind}">{escape(sentence)}</p>' for kind, sentence in sheet.verdict)
    rows = "".join(_label(row) for row in sheet.labels)
    maps = "".join(_figure(figure) for figure in sheet.maps)
    table = f'<table class="labels">{_head(sentences.LABEL_HEADS)}<tbody>{rows}</tbody></table>'
    return (
        f'<section class="halves"><div><h2>{sentences.READABILITY}</h2><div class="verdict">{verdict}</div>{table}'
        f'<p class="note">{sheet.labels_note}</p></div>'
        f'<div><div class="maps">{maps}</div><p class="note">{sheet.maps_note}</p></div></section>'
    )


def _head(names: Iterable[str]) -> str:
    return f"<thead><tr>{''.join(f'<th scope=col>{name}</th>' for name in names)}</tr></thead>"


def _label(row: LabelRow) -> str:
    cells = _score(row.before) + _score(row.after)
    return f"<tr><th scope=row>{row.name}</th>{cells}<td>{row.before.threshold:.2f}</td></tr>"


def _score(score: Score) -> str:
    return (
        f'<td class="{score.kind}"><b>{score.probability:.2f}</b> {score.word}<span class="bar" aria-hidden="true">'
        f'<i style="width:{score.probability:.1%}"></i><u style="left:{score.threshold:.1%}"></u></span></td>'
    )


def _measures(sheet: Sheet) -> str:
    head = _head((sentences.MEASURE, *sheet.measure_heads, sentences.DEFINITION))
    rows = "".join(
        f"<tr><th scope=row>{name}</th>{''.join(f'<td>{value}</td>' for value in values)}"
        f'<td class="definition">{escape(definition)}</td></tr>'
        for name, *values, definition in sheet.measures
    )
    return (
        f'<section><h2>{sentences.METRICS}</h2><p class="note">{sheet.measures_note}</p>'
        f'<table class="measures">{head}<tbody>{rows}</tbody></table></section>'
    )


def _facts(sheet: Sheet) -> str:
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in sheet.facts)
    return f'<section><h2>{sentences.MAKING}</h2><dl>{rows}</dl><p class="note">{sentences.REPEAT}</p></section>'
