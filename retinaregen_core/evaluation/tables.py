"""Rows to csv, Markdown and JSON files."""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from retinaregen_core.pipeline import versions
from retinaregen_core.weights import Checkpoint

Row = Mapping[str, Any]
T = TypeVar("T")


def spread(items: Sequence[T], limit: int | None) -> Sequence[T]:
    """At most ``limit`` of the items, spread evenly over them."""
    total = len(items)
    if limit is None or limit >= total:
        return items
    return [items[index * total // limit] for index in range(limit)]


def identity(checkpoint: Checkpoint) -> Row:
    """Which weights were measured, without the folder they lay in."""
    return {key: value for key, value in asdict(checkpoint).items() if key != "folder"}


def protocol(seed: int, **checkpoints: Checkpoint) -> Row:
    """What was measured, with what, and how chance was drawn: so that a number can be had again."""
    return {**{name: identity(known) for name, known in checkpoints.items()}, "versions": versions(), "seed": seed}


def write_csv(rows: Iterable[Row], path: Path) -> list[Row]:
    """Write each row as it arrives, so that a long run that is stopped keeps what it measured; returns all rows.

    The first row's keys are the header.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written: list[Row] = []
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for row in rows:
            if not written:
                writer.writerow(row)
            writer.writerow(row.values())
            file.flush()
            written.append(row)
    return written


def markdown(rows: Sequence[Row]) -> str:
    """A Markdown table; the first row's keys are the head."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([str(row[key]) for key in head] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write_json(summary: Any, path: Path) -> None:
    """Standard JSON: dataclasses become objects, NaN and infinity ``null``."""
    path.write_text(json.dumps(_plain(summary), indent=1) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
