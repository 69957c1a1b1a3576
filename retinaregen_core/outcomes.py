"""What became of each of many photographs: one record a file, and the table of all. The page and the shell share it."""

import csv
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.errors import MemoryShortage, RetinaRegenError, lacks_memory
from retinaregen_core.imaging.decode import Source
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.records import Event, Readability, Restoration
from retinaregen_core.specs import DEFAULT_OPTIONS, LABELS, SamplingOptions
from retinaregen_core.verdict import believed, cautions, refusal, told_share, told_spots

Wanted = Callable[[Readability], bool]
"""Whether a photograph of this readability is to be restored."""

TASKS: dict[str, Wanted] = {
    "assess": lambda before: False,
    "unreadable": lambda before: not before.readable and refusal(before) is None,
    "all": lambda before: True,
}
"""A refused picture is restored only among all: no result for it means anything."""
MEASURED = ("psnr", "ssim", "lpips")
"""Fields of ``Similarity`` in the table, restored against upload."""
COLUMNS = (
    "file",
    "eye",
    "burned_in_text",
    "outcome",
    *(f"{label}_before" for label in LABELS),
    "readable_before",
    "readable_share_before",
    "refused",
    *(f"{label}_after" for label in LABELS),
    "readable_after",
    "readable_share_after",
    *(f"change_{name}" for name in MEASURED),
    "spots_weakened",
    "cautions",
    "model",
    "weights_sha256",
    "seed",
    "steps",
    "strength",
    "samples",
    "seconds",
    "problem",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet computes a cell that starts so; a file name must not."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """One photograph: how readable it was, its restoration if it was restored, or why neither could be had."""

    name: str
    """What the user calls the photograph. Goes into the user's own table and nowhere else."""
    before: Readability | None = None
    restoration: Restoration | None = None
    problem: RetinaRegenError | None = None

    @property
    def kind(self) -> str:
        """One of "failed", "restored" and "assessed"."""
        if self.problem:
            return "failed"
        return "restored" if self.restoration else "assessed"

    def row(self, photograph: Photograph | None) -> dict[str, str]:
        """The cells under ``COLUMNS``; what does not apply, or was not read of ``photograph``, is left out."""
        return {
            "file": cell(self.name),
            **({"eye": photograph.laterality} if photograph and photograph.laterality else {}),
            **({"burned_in_text": "1"} if photograph and photograph.burned_in else {}),
            "outcome": self.kind,
            **_scores(self.before, "before"),
            **({"refused": reason} if self.before and (reason := refusal(self.before)) else {}),
            **(_result(self.restoration) if self.restoration else {}),
            **({"problem": str(self.problem)} if self.problem else {}),
        }


def cell(name: str) -> str:
    """A file's name as a table may hold it."""
    return f"'{name}" if name.startswith(FORMULA_STARTS) else name


def table(file: TextIO, columns: Sequence[str] = COLUMNS) -> "csv.DictWriter[str]":
    """A CSV writer of rows like :meth:`Outcome.row`, its head already written."""
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    return writer


def treat(
    model: RetinaRegen,
    image: Source,
    wanted: Wanted,
    options: SamplingOptions = DEFAULT_OPTIONS,
    reference: Source | None = None,
) -> Iterator[Event]:
    """:meth:`RetinaRegen.stream`, ended after the readability of a photograph that is not to be restored."""
    for event in model.stream(image, reference=reference, **asdict(options)):
        yield event
        if isinstance(event, Readability) and not wanted(event):
            return


def follow(name: str, events: Iterable[Event]) -> Generator[DenoisingStep, None, Outcome]:
    """Drain a stream: its steps are handed on for whoever shows progress, the outcome is returned.

    An error that the photograph is to blame for becomes its outcome, so that one bad file never stops the others.
    """
    before: Readability | None = None
    restoration: Restoration | None = None
    try:
        for event in events:
            match event:
                case Readability():
                    before = event
                case Restoration():
                    restoration = event
                case DenoisingStep():
                    yield event
    except RetinaRegenError as problem:
        return Outcome(name, before, None, problem)
    except Exception as error:
        if not lacks_memory(error):
            raise
        return Outcome(name, before, None, MemoryShortage())
    return Outcome(name, before, restoration)


def _scores(readability: Readability | None, when: str, original: Readability | None = None) -> dict[str, str]:
    if readability is None:
        return {}
    labels, share = zip(LABELS, readability.probabilities, strict=True), told_share(readability, original)
    return {
        **{f"{label}_{when}": f"{p:.6f}" for label, p in labels},
        f"readable_{when}": str(int(readability.readable and believed(readability, original))),
        **({} if share is None else {f"readable_share_{when}": f"{share:.3f}"}),
    }


def _result(restoration: Restoration) -> dict[str, str]:
    made, change = restoration.provenance, restoration.metrics.change
    measured = {f"change_{name}": getattr(change, name) for name in MEASURED}
    return {
        **_scores(restoration.after, "after", restoration.before),
        **{name: f"{value:.4f}" for name, value in measured.items() if value is not None},
        **({} if refusal(restoration.before) else {"spots_weakened": str(len(told_spots(restoration)))}),
        "cautions": " ".join(cautions(restoration)),
        "model": made.name,
        "weights_sha256": made.sha256,
        "seed": str(made.seed),
        "steps": str(made.steps),
        "strength": f"{made.strength:g}",
        "samples": str(made.samples),
        "seconds": f"{made.seconds:.2f}",
    }
