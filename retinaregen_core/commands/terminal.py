"""What the command line says while it works, and how it goes on after a file that fails."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from retinaregen_core.errors import RetinaRegenError

if TYPE_CHECKING:
    from retinaregen_core.records import Readability


def for_each(files: Sequence[Path], work: Callable[[Path], str]) -> None:
    """Do the work on every file and say its one-line result; name those that fail, go on, exit with 1 at the end."""
    failed = 0
    for number, file in enumerate(files, start=1):
        try:
            say(f"[{number}/{len(files)}] {file}: {work(file)}")
        except BrokenPipeError:  # nobody reads the results any more
            raise
        except (RetinaRegenError, OSError) as error:
            failed += 1
            say(f"[{number}/{len(files)}] {file}: FAILED. {error}")
    if failed:
        say(f"{failed} of {len(files)} photographs failed.")
        raise typer.Exit(1)


def verdict(readability: "Readability") -> str:
    """``unreadable (fundus 0.99, macula 0.20 !, ...)``: the mark stands at labels below their threshold."""
    from retinaregen_core.specs import LABELS
    from retinaregen_core.verdict import REFUSALS, refusal

    rows = zip(LABELS, readability.probabilities, readability.readable_labels, strict=True)
    labels = ", ".join(f"{label} {p:.2f}{'' if readable else ' !'}" for label, p, readable in rows)
    reason = refusal(readability)
    remark = f". REFUSED: {REFUSALS[reason]}" if reason else ""
    return f"{'readable' if readability.readable else 'unreadable'} ({labels}){remark}"


def say(text: str) -> None:
    """Progress and complaints go to standard error, results to files and standard output."""
    typer.echo(text, err=True)
