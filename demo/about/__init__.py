"""The page about the project: what the labels mean, how it works, what it cannot do, and what was measured."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from demo.furniture import ABOUT, MAIN, address, languages
from demo.words import about as words
from demo.words import current, filled, number, readability, settings
from retinaregen_core.manifest import areas_of_labels, training_record
from retinaregen_core.specs import LABELS, ReadabilitySpec
from retinaregen_core.weights import Checkpoint

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "about.css").read_text("utf-8")


def page(checkpoints: Sequence[Checkpoint], spec: ReadabilitySpec | None = None) -> str:
    """The whole page; numbers come from each checkpoint's ``training.json``, operating points from the classifier's."""
    records = {found.name: training_record(found.folder) for found in checkpoints}
    return (
        f'<main class="about" lang="{current()}">'
        f'<div class="ways"><a href="{address(MAIN)}">{words.BACK}</a>{languages(ABOUT)}</div>'
        f"<h1>{words.TITLE}</h1><p>{words.INTRO}</p>"
        f"{_labels(spec)}{_how()}{_section(words.LIMITS_TITLE, _list(words.LIMITS))}{_numbers(records)}"
        f"{_data(checkpoints, records)}{_section(words.PRIVACY_TITLE, f'<p>{words.PRIVACY}</p>')}</main>"
    )


def measured(record: dict[str, Any]) -> Iterator[tuple[str, int | str, str]]:
    """Measure, number of photographs and value of everything that a record validates."""
    validation = record.get("validation") or {}
    for label, auc in areas_of_labels(validation).items():
        yield words.AUC.format(label=readability.LABELS_INSIDE[label]), validation.get("n", "–"), number(auc, ".3f")
    for kind, psnr in validation.items():
        if isinstance(psnr, dict) and {"input", "output"} <= set(psnr):
            name = settings.KINDS.get(kind, kind)
            yield words.PSNR.format(kind=name), validation["photographs"], filled(words.PSNR_VALUE, **psnr)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{sentence}</li>' for sentence in sentences)}</ul>"


def _labels(spec: ReadabilitySpec | None) -> str:
    said = [f"{words.LABELS[label]} {_operating_point(spec, i)}" for i, label in enumerate(LABELS)]
    rows = "".join(
        f"<div><dt>{readability.LABELS[label]}</dt><dd>{meaning}</dd></div>" for label, meaning in zip(LABELS, said)
    )
    body = f"<p>{words.LABELS_INTRO}</p><dl>{rows}</dl><p>{words.LABELS_LIMIT}</p><p>{words.PLACES}</p>"
    return _section(words.LABELS_TITLE, body)


def _operating_point(spec: ReadabilitySpec | None, label: int) -> str:
    """What a threshold grants and finds, where the checkpoint knows it."""
    if spec is None:
        return ""
    kept, caught = spec.specificities[label], spec.sensitivities[label]
    if kept is None or caught is None:
        return ""
    return filled(words.OPERATING_POINT, threshold=spec.thresholds[label], kept=100 * kept, caught=100 * caught)


def _how() -> str:
    drawing = (FOLDER / "diagram.svg").read_text("utf-8").format(**words.DIAGRAM)
    picture = f'<div role="img" aria-label="{words.DIAGRAM_ALT}">{drawing}</div>'
    figure = f'<div class="diagram" tabindex="0" role="group" aria-label="{words.HOW_TITLE}">{picture}</div>'
    return _section(words.HOW_TITLE, figure + "".join(f"<p>{sentence}</p>" for sentence in words.HOW))


def _numbers(records: dict[str, dict[str, Any]]) -> str:
    rows: list[Sequence[str]] = []
    for name, record in records.items():
        found = [(name, title, str(count), value) for title, count, value in measured(record)]
        rows += found or [(name, words.NOT_RECORDED, "–", "–")]
    body = f"<p>{words.NUMBERS_INTRO}</p>{_table(words.NUMBERS_HEAD, rows)}<p>{words.MORE_NUMBERS}</p>"
    return _section(words.NUMBERS_TITLE, body)


def _data(checkpoints: Sequence[Checkpoint], records: dict[str, dict[str, Any]]) -> str:
    rows = [_trained(found, records[found.name]) for found in checkpoints]
    return _section(words.DATA_TITLE, f"{_table(words.DATA_HEAD, rows)}<p>{words.DATA}</p>")


def _trained(found: Checkpoint, record: dict[str, Any]) -> Sequence[str]:
    sources = ", ".join(f"{name} {count}" for name, count in record.get("datasets", {}).items())
    hours = number(record["wall_seconds"] / 3600, ".1f") if "wall_seconds" in record else "–"
    return found.name, sources or "–", str(record.get("steps", "–")), hours, found.licence


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f"<th scope=col>{title}</th>" for title in head)
    body = "".join(
        f"<tr><th scope=row>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(head[1])}">'
        f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )
