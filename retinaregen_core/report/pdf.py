"""The report as one A4 page of PDF. The content is the sheet's; here it is only given its places, in millimetres."""

import io
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image, KeepInFrame, Paragraph, SimpleDocTemplate, Spacer, Table

from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.records import Restoration
from retinaregen_core.report import sentences
from retinaregen_core.report.pictures import as_jpeg
from retinaregen_core.report.sheet import Figure, LabelRow, Score, Sheet, lay_out

MARGIN, TOP, BOTTOM = 15 * mm, 9 * mm, 12 * mm
FRAME_PADDING = 6
"""Points that a document template of reportlab keeps free inside its margins."""
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - TOP - BOTTOM
GAP = 5 * mm
HALF = (WIDTH - GAP) / 2
PICTURE_HEIGHT, MAP_HEIGHT = 69 * mm, 50 * mm
BAR_WIDTH, BAR_HEIGHT = 20 * mm, 1.6 * mm

INK, GREY, RULE = HexColor("#17202b"), HexColor("#465361"), HexColor("#d5dce3")

TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=8, leading=10, textColor=INK)
STRONG = ParagraphStyle("strong", TEXT, fontName="Helvetica-Bold")
KINDS = {
    "good": ParagraphStyle("good", STRONG, textColor=HexColor("#12663f")),
    "warn": ParagraphStyle("warn", STRONG, textColor=HexColor("#8a4b08")),
    "bad": ParagraphStyle("bad", STRONG, textColor=HexColor("#a3261a")),
}
NOTE = ParagraphStyle("note", TEXT, fontSize=6.8, leading=8.4, textColor=GREY)
HEADING = ParagraphStyle("heading", STRONG, fontSize=10, leading=13, spaceBefore=2 * mm)
TITLE = ParagraphStyle("title", STRONG, fontSize=16, leading=19)
RIGHT = ParagraphStyle("right", TEXT, alignment=2, textColor=GREY)
USE = ParagraphStyle(
    "use", STRONG, textColor=HexColor("#5c2c05"), backColor=HexColor("#fdf3e3"), borderPadding=(3, 5, 4, 5), leading=11
)
PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]
RULED = [
    *PLAIN,
    ("LINEBELOW", (0, 0), (-1, -2), 0.4, RULE),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
]


def as_pdf(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """One page, with text that can be searched and copied."""
    sheet = lay_out(restoration, eye)
    stream = io.BytesIO()
    page = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=TOP - FRAME_PADDING,
        bottomMargin=BOTTOM - FRAME_PADDING,
        title=sentences.TITLE,
        subject=sentences.USE,
        lang="en",
    )
    story = [*_top(sheet), *_middle(sheet), *_measures(sheet), *_facts(sheet)]
    page.build([KeepInFrame(WIDTH, HEIGHT, story, mode="shrink")], onFirstPage=_foot)
    return stream.getvalue()


def _foot(canvas: Any, _: Any) -> None:
    canvas.setFont("Helvetica", 6.8)
    canvas.setFillColor(GREY)
    canvas.drawCentredString(A4[0] / 2, 7 * mm, sentences.STRIP)


def _top(sheet: Sheet) -> Iterator[Any]:
    title = [Paragraph(sentences.TITLE, TITLE), Paragraph(sentences.SUBTITLE, NOTE)]
    bottom = ("VALIGN", (0, 0), (-1, -1), "BOTTOM")
    yield Table([[title, Paragraph(sheet.made, RIGHT)]], (WIDTH / 2, WIDTH / 2), style=[*PLAIN, bottom], hAlign="LEFT")
    yield Spacer(0, 3 * mm)
    yield Paragraph(sentences.USE, USE)
    yield Spacer(0, 3 * mm)
    yield _halves(*(_picture(figure, HALF, PICTURE_HEIGHT) for figure in sheet.photographs))
    yield Spacer(0, 1 * mm)
    yield Paragraph(sheet.photographs_note, NOTE)


def _middle(sheet: Sheet) -> Iterator[Any]:
    verdict = [Paragraph(escape(sentence), KINDS[kind]) for kind, sentence in sheet.verdict]
    rows = [[Paragraph(head, NOTE) for head in sentences.LABEL_HEADS], *(_label(row) for row in sheet.labels)]
    table = Table(rows, (31 * mm, 22.5 * mm, 22.5 * mm, None), style=RULED, hAlign="LEFT", spaceBefore=1 * mm)
    note = Paragraph(sheet.labels_note, NOTE)
    width = HALF / len(sheet.maps)
    maps = [[_picture(figure, width - 1 * mm, MAP_HEIGHT) for figure in sheet.maps]]
    changed = [
        Table(maps, width, style=PLAIN, hAlign="LEFT"),
        Spacer(0, 1 * mm),
        Paragraph(sheet.maps_note, NOTE),
    ]
    yield Spacer(0, 2 * mm)
    yield _halves([Paragraph(sentences.READABILITY, HEADING), *verdict, table, note], changed)


def _measures(sheet: Sheet) -> Iterator[Any]:
    yield Paragraph(sentences.METRICS, HEADING)
    yield Paragraph(sheet.measures_note, NOTE)
    heads = [Paragraph(head, NOTE) for head in (sentences.MEASURE, *sheet.measure_heads, sentences.DEFINITION)]
    rows = [
        [Paragraph(name, STRONG), *(Paragraph(value, TEXT) for value in values), Paragraph(escape(definition), NOTE)]
        for name, *values, definition in sheet.measures
    ]
    widths = [31 * mm, *[19 * mm] * len(sheet.measure_heads), None]
    yield Table([heads, *rows], widths, style=RULED, hAlign="LEFT", spaceBefore=1 * mm)


def _facts(sheet: Sheet) -> Iterator[Any]:
    yield Paragraph(sentences.MAKING, HEADING)
    rows = [[Paragraph(name, NOTE), Paragraph(escape(value), NOTE)] for name, value in sheet.facts]
    yield Table(rows, (38 * mm, None), style=PLAIN, hAlign="LEFT", spaceBefore=1 * mm)
    yield Paragraph(sentences.REPEAT, NOTE)


def _halves(left: Any, right: Any) -> Table:
    return Table([[left, "", right]], (HALF, GAP, HALF), style=PLAIN, hAlign="LEFT")


def _picture(figure: Figure, width: float, height: float) -> Image:
    """As large as fits into ``width`` and ``height`` points, its shape kept."""
    rows, columns = figure.picture.shape[:2]
    scale = min(width / columns, height / rows)
    return Image(io.BytesIO(as_jpeg(figure.picture)), columns * scale, rows * scale, hAlign="LEFT")


def _label(row: LabelRow) -> Sequence[Any]:
    threshold = Paragraph(f"{row.before.threshold:.2f}", TEXT)
    return [Paragraph(row.name, STRONG), _score(row.before), _score(row.after), threshold]


def _score(score: Score) -> list[Any]:
    style = KINDS[score.kind]
    return [Paragraph(f"{score.probability:.2f} {score.word}", style), _bar(score, style.textColor)]


def _bar(score: Score, colour: Color) -> Drawing:
    line = BAR_WIDTH * score.threshold
    return Drawing(
        BAR_WIDTH,
        BAR_HEIGHT,
        Rect(0, 0, BAR_WIDTH, BAR_HEIGHT, fillColor=RULE, strokeColor=None),
        Rect(0, 0, BAR_WIDTH * score.probability, BAR_HEIGHT, fillColor=colour, strokeColor=None),
        Line(line, -1, line, BAR_HEIGHT + 1, strokeColor=INK, strokeWidth=0.9),
    )
