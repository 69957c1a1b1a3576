"""``retinaregen verify``: whether a picture was restored, how, and whether it is still what was exported."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinaregen_core.archive import printable
from retinaregen_core.batch import photographs
from retinaregen_core.commands.options import Paths
from retinaregen_core.errors import RetinaRegenError

if TYPE_CHECKING:
    from retinaregen_core.verification import Verification

NO_STATEMENT = "carries no statement of RetinaRegen. That proves nothing: metadata can be lost or removed."
CHANGED = "PIXELS CHANGED since the export: what is said above describes another picture"
UNCHANGED = "pixels unchanged since the export"


def verify(
    paths: Paths,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file instead of a sentence.")] = False,
) -> None:
    """Tell whether and how pictures (PNG or DICOM) were restored, and whether their pixels are still the same.

    The exit status is 0 when every file is a restored picture of RetinaRegen whose pixels are unchanged, and 1
    otherwise. The statement in a file is not a signature: it tells accidents apart, not forgeries.

    \b
    Examples:
      retinaregen verify restored/left.png
      retinaregen verify restored/ --json
    """
    all_unchanged = True
    for file in photographs(paths):
        record, sentence = answer(file)
        typer.echo(json.dumps(record) if as_json else f"{printable(str(file))}: {sentence}")
        all_unchanged &= record["restored"] and record["unchanged"]
    if not all_unchanged:
        raise typer.Exit(1)


def answer(file: Path) -> tuple[dict[str, Any], str]:
    """The record and the sentence about one file."""
    from retinaregen_core import verification
    from retinaregen_core.imaging import decode

    record: dict[str, Any] = {"file": str(file), "restored": False, "unchanged": False}
    try:
        found = verification.verify(decode.bytes_of(file))
    except RetinaRegenError as error:
        return record | {"error": str(error)}, f"FAILED. {error}"
    if found.origin is None:
        return record, NO_STATEMENT
    return record | {"restored": True, "unchanged": found.unchanged, **asdict(found.origin)}, described(found)


def described(found: "Verification") -> str:
    """One sentence about a restored picture."""
    origin = found.origin
    assert origin is not None
    parts = [
        f"AI-restored by {origin.software}",
        f"model {origin.model}",
        f"sha256 {origin.sha256}",
        f"seed {origin.seed}",
        f"{origin.steps} steps",
        f"start strength {origin.strength:g}",
        *([f"mean of {origin.samples} samples"] if origin.samples else []),
        f"at {origin.time}" if origin.time else "time not stated",
        "marked visibly" if origin.visible_mark else "not marked visibly",
    ]
    return ", ".join(parts) + "; " + (UNCHANGED if found.unchanged else CHANGED) + "."
