"""``retinaregen restore``: restored pictures and their reports."""

import json
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinaregen_core.batch import Targets, by_stem, photographs
from retinaregen_core.commands.options import Model, Paths, Reports, Samples, Seed, Table, Trajectory
from retinaregen_core.commands.terminal import for_each, verdict
from retinaregen_core.datasets import stem
from retinaregen_core.errors import MemoryShortage, RetinaRegenError, lacks_memory
from retinaregen_core.specs import SamplingOptions, lookup
from retinaregen_core.whole_files import whole

if TYPE_CHECKING:
    import numpy as np

    from retinaregen_core.diffusion.process import DenoisingStep
    from retinaregen_core.imaging.photograph import Photograph
    from retinaregen_core.outcomes import Outcome
    from retinaregen_core.records import Event, Restoration
    from retinaregen_core.report import Rendering


def restore(
    paths: Paths,
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the restored pictures.")],
    model: Model = "flagship",
    steps: Annotated[int | None, typer.Option(min=1, help="Reverse steps; the checkpoint's own if left out.")] = None,
    seed: Seed = 0,
    strength: Annotated[
        float, typer.Option(help="Share of the way back that is walked, above 0, at most 1; less begins nearer.")
    ] = 1.0,
    samples: Samples = 1,
    reference: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of sharp pictures, same stem and size: adds quality."),
    ] = None,
    json_report: Annotated[
        bool, typer.Option("--json", help="Report each restoration: OUT/<stem>.json, and one line on standard output.")
    ] = False,
    reports: Reports = None,
    trajectory: Trajectory = False,
    csv_file: Table = None,
    only_unreadable: Annotated[
        bool, typer.Option("--only-unreadable", help="Leave alone what is readable already, and what is refused.")
    ] = False,
    frame: Annotated[int, typer.Option(min=1, help="Which frame of DICOM files that hold several.")] = 1,
    visible_mark: Annotated[
        bool, typer.Option("--visible-mark", help="Burn AI-RESTORED into a corner of the PNG, as the page does.")
    ] = False,
    keep_patient: Annotated[
        bool,
        typer.Option("--keep-patient", help="Keep patient and study in the derived DICOM, to file it in the archive."),
    ] = False,
    timestamp: Annotated[
        bool, typer.Option("--timestamp", help="State the time in the metadata; the bytes then differ from run to run.")
    ] = False,
) -> None:
    """Restore photographs: writes OUT/<stem>.png, RGB, at each photograph's own size.

    Pixels outside the field of view stay as they are. The PNG's metadata say that it is AI-restored, with weights, seed
    and steps; retinaregen verify reads them. For a DICOM file OUT/<stem>.dcm is written as well: a derived image,
    marked, without patient or study. A file that cannot be restored is named with the reason and makes the exit status
    1; so does a second photograph of the same stem, because its result would replace the first one's.

    \b
    Examples:
      retinaregen restore photographs/ -o restored/
      retinaregen restore photographs/ -o restored/ --only-unreadable --json
      retinaregen restore degraded/ -o restored/ --reference sharp/ --steps 8 --seed 1
      retinaregen restore photographs/ -o restored/ --samples 4
      retinaregen restore photographs/ -o restored/ --csv table.csv --report pdf --trajectory
      retinaregen restore study.dcm -o restored/ --frame 2 --keep-patient
    """
    from retinaregen_core.outcomes import TASKS, table, treat
    from retinaregen_core.pipeline import RetinaRegen

    options, wanted = SamplingOptions(steps, seed, strength, samples), TASKS["unreadable" if only_unreadable else "all"]
    export = Export(chosen(reports or [], trajectory, json_report), json_report, visible_mark, keep_patient, timestamp)
    files = photographs(paths, leave_out=out)
    references = by_stem(photographs([reference])) if reference else {}
    targets = Targets(out, files, references.values())
    restorer = RetinaRegen.from_pretrained(model)
    out.mkdir(parents=True, exist_ok=True)
    rows = table(csv_file) if csv_file else None

    def work(file: Path) -> str:
        truth = references.get(stem(file))
        treatment = partial(treat, restorer, wanted=wanted, options=options, reference=truth)
        outcome, photograph = attempt(file, frame, targets, treatment, export)
        if rows:
            rows.writerow(outcome.row(photograph))
        if outcome.problem:
            raise outcome.problem
        if outcome.restoration is None or photograph is None:
            return untouched(outcome)
        return summary(outcome.restoration) + remarks(photograph, bool(reference and not truth))

    for_each(files, work)


def untouched(outcome: "Outcome") -> str:
    """Why a photograph was only assessed."""
    from retinaregen_core.verdict import REFUSALS, refusal

    assert outcome.before is not None
    reason = refusal(outcome.before)
    return f"left alone. {REFUSALS[reason]}" if reason else "readable already, left alone"


def attempt(
    file: Path, frame: int, targets: Targets, treatment: "Callable[[np.ndarray], Iterator[Event]]", export: "Export"
) -> "tuple[Outcome, Photograph | None]":
    """Decode one file, treat it and write its results; whatever goes wrong on the way is its outcome."""
    from retinaregen_core.imaging import decode
    from retinaregen_core.outcomes import Outcome, follow

    outcome, photograph = Outcome(str(file)), None
    try:
        target = targets.of(file)
        photograph = decode.photograph(file, frame)
        outcome = drain(follow(str(file), treatment(photograph.image)))
        if outcome.restoration:
            export.write(outcome.restoration, photograph, file, target)
    except BrokenPipeError:  # nobody reads the records any more
        raise
    except RetinaRegenError as problem:
        outcome = replace(outcome, problem=problem)
    except OSError as error:
        what = f"Its results could not be written ({error.strerror})."
        outcome = replace(outcome, problem=RetinaRegenError(what, "Make room, or choose another output folder."))
    except Exception as error:
        if not lacks_memory(error):
            raise
        outcome = replace(outcome, problem=MemoryShortage())
    return outcome, photograph


def drain(steps: "Generator[DenoisingStep, None, Outcome]") -> "Outcome":
    """Follow a photograph to its outcome; somebody at a terminal sees the steps."""
    try:
        while True:
            step = next(steps)
            if sys.stderr.isatty():
                typer.echo(f"\r  step {step.index + 1} of {step.total}\r", err=True, nl=False)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def chosen(reports: Sequence[str], trajectory: bool, json_report: bool) -> "dict[str, Rendering]":
    """What is written beside each restored picture, by suffix.

    Raises:
        SpecError: a report of an unknown kind.
    """
    from retinaregen_core.report import REPORTS, TRAJECTORIES

    kinds = [*reports, *(["json"] if json_report else [])]
    return {kind: lookup(REPORTS, kind, "report") for kind in kinds} | (TRAJECTORIES if trajectory else {})


@dataclass(frozen=True)
class Export:
    """What is written for each restoration, and what is stated in it."""

    renderings: "Mapping[str, Rendering]"
    """Suffix -> file, beside the picture."""
    echo: bool
    """Also the record on standard output, one line each."""
    visible_mark: bool
    keep_patient: bool
    timestamp: bool

    def write(self, result: "Restoration", photograph: "Photograph", file: Path, target: Path) -> None:
        """The picture, the renderings, and a derived DICOM image for a DICOM file, under the target's name.

        The derived image comes last: a file's description may be damaged where its pixels are not.

        Raises:
            ImageError: the derived image could not be made; all else is written.
        """
        from retinaregen_core.report import as_dicom, as_dict, as_png

        time = datetime.now(UTC) if self.timestamp else None
        keep(target, as_png(result, visible_mark=self.visible_mark, time=time))
        for suffix, render in self.renderings.items():
            keep(target.with_suffix(f".{suffix}"), render(result, photograph.laterality))
        if self.echo:
            typer.echo(json.dumps(as_dict(result, photograph.laterality), allow_nan=False))
        if photograph.dicom:
            derived = as_dicom(result, photograph, file.read_bytes(), keep_patient=self.keep_patient, time=time)
            keep(target.with_suffix(".dcm"), derived)


def keep(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it could not be written; what stood there before still does.
    """
    with whole(path) as partial:
        partial.write_bytes(data)


def summary(result: "Restoration") -> str:
    """Before and after, how much was changed, how good the result is where a reference can tell, and what to mind."""
    from retinaregen_core.report import sentences
    from retinaregen_core.verdict import CAUTIONS, cautions, told_spots

    change, quality, before = result.metrics.change, result.metrics.quality, result.metrics.input_quality
    parts = [
        f"{verdict(result.before)} -> {verdict(result.after)}",
        f"changed: PSNR {change.psnr:.1f} dB, SSIM {change.ssim:.3f}",
    ]
    if quality and before:
        parts.append(
            f"quality: PSNR {before.psnr:.1f} -> {quality.psnr:.1f} dB, SSIM {before.ssim:.3f} -> {quality.ssim:.3f}"
        )
    parts += [f"CAUTION: {CAUTIONS[name].meaning}" for name in cautions(result)]
    if weakened := told_spots(result):
        parts.append(sentences.FINDINGS["spots_weakened"].format(count=len(weakened)))
    return "; ".join([*parts, f"{result.provenance.steps} steps, {result.provenance.seconds:.1f} s"])


def remarks(photograph: "Photograph", lacks_reference: bool) -> str:
    """What the reader should know of the file besides the result."""
    parts = {
        f"; frame {photograph.frame} of {photograph.frames}": photograph.frames > 1,
        f"; {photograph.laterality}": photograph.laterality is not None,
        "; the file says that text is burned into its pixels, which may name the patient": photograph.burned_in,
        "; no reference of this stem": lacks_reference,
    }
    return "".join(part for part, holds in parts.items() if holds)
