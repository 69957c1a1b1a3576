"""The command line: ``python -m retinaregen_core`` or ``retinaregen``. It names files and errors; the core computes.

The core is imported inside the commands, so that ``--help`` answers at once and training's packages stay optional.
"""

import csv
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retinaregen_core.batch import Targets, photographs
from retinaregen_core.errors import RetinaRegenError

if TYPE_CHECKING:
    from retinaregen_core.records import Event, Readability, Restoration

app = typer.Typer(
    help="""Score fundus photographs for readability and restore unreadable ones.

    Research use only: a restored picture may contain invented detail.
    """,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
train_app = typer.Typer(help="Train a network.", no_args_is_help=True)
evaluate_app = typer.Typer(help="Measure a checkpoint.", no_args_is_help=True)
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")

Paths = Annotated[
    list[Path], typer.Argument(help="Photographs, or folders that are searched for them with all their subfolders.")
]
Model = Annotated[str, typer.Option(help="Name of a checkpoint (flagship, paper) or a folder that holds one.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all chance: the same seed gives the same bytes.")]
Data = Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of photographs.")]
Out = Annotated[Path, typer.Option(file_okay=False, help="Folder for the results.")]
Minutes = Annotated[float, typer.Option(min=0, help="Time budget in all, earlier sessions included.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an earlier run into the same folder stopped.")]


@app.command()
def assess(
    paths: Paths,
    csv_file: Annotated[
        typer.FileTextWrite,
        typer.Option(
            "--csv", encoding="utf-8", errors="surrogateescape", help="Table to write; - for standard output."
        ),
    ],
) -> None:
    """Score readability: four probabilities for each photograph, and 1 when all reach the checkpoint's thresholds.

    A file that cannot be scored is named with the reason, has no row, and makes the exit status 1.

    \b
    Examples:
      retinaregen assess photographs/ --csv scores.csv
      retinaregen assess left.jpg right.jpg --csv -
    """
    from retinaregen_core.datasets import SYNFUNDUS_LABELS
    from retinaregen_core.pipeline import RetinaRegen

    files = photographs(paths)
    model = RetinaRegen.from_pretrained()
    table = csv.writer(csv_file, lineterminator="\n")
    table.writerow(["file", *SYNFUNDUS_LABELS, "readable"])

    def work(file: Path) -> str:
        result = model.assess(file)
        table.writerow([file, *(f"{p:.6f}" for p in result.probabilities), int(result.readable)])
        return verdict(result)

    for_each(files, work)


@app.command()
def restore(
    paths: Paths,
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the restored pictures.")],
    model: Model = "flagship",
    steps: Annotated[int | None, typer.Option(min=1, help="Reverse steps; the checkpoint's own if left out.")] = None,
    seed: Seed = 0,
    reference: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of sharp pictures, same stem and size: adds quality."),
    ] = None,
    json_report: Annotated[
        bool, typer.Option("--json", help="Report each restoration: OUT/<stem>.json, and one line on standard output.")
    ] = False,
    only_unreadable: Annotated[
        bool, typer.Option("--only-unreadable", help="Leave photographs alone that are readable already.")
    ] = False,
) -> None:
    """Restore photographs: writes OUT/<stem>.png, RGB, at each photograph's own size.

    Pixels outside the field of view stay as they are. The PNG's metadata say that it is AI-restored, with weights, seed
    and steps. A file that cannot be restored is named with the reason and makes the exit status 1; so does a second
    photograph of the same stem, because its result would replace the first one's.

    \b
    Examples:
      retinaregen restore photographs/ -o restored/
      retinaregen restore photographs/ -o restored/ --only-unreadable --json
      retinaregen restore degraded/ -o restored/ --reference sharp/ --steps 8 --seed 1
    """
    from retinaregen_core.pipeline import RetinaRegen

    files = photographs(paths, leave_out=out)
    references = {file.stem: file for file in photographs([reference])} if reference else {}
    targets = Targets(out, files, references.values())
    restorer = RetinaRegen.from_pretrained(model)
    out.mkdir(parents=True, exist_ok=True)

    def work(file: Path) -> str:
        target, truth = targets.of(file), references.get(file.stem)
        result = drain(restorer.stream(file, steps, seed, truth), only_unreadable)
        if result is None:
            return "readable already, left alone"
        write(result, target, json_report)
        return summary(result) + ("; no reference of this stem" if reference and not truth else "")

    for_each(files, work)


@train_app.command("readability")
def train_readability(data: Data, out: Out, minutes: Minutes = 30, seed: Seed = 0, resume: Resume = False) -> None:
    """Train the readability classifier on labelled photographs."""
    from retinaregen_core.training import readability

    readability.train(data, out, minutes, seed, resume)


@train_app.command("restorer")
def train_restorer(
    data: Data, out: Out, model: Model = "flagship", minutes: Minutes = 60, seed: Seed = 0, resume: Resume = False
) -> None:
    """Train a restorer, flagship or paper, on sharp photographs that are degraded on the way."""
    from retinaregen_core.training import restorer

    restorer.train(model, data, out, minutes, seed, resume)


@evaluate_app.command("restoration")
def evaluate_restoration(
    data: Data,
    out: Out,
    model: Model = "flagship",
    steps: Annotated[list[int] | None, typer.Option(min=1, help="Reverse steps; repeat it to compare several.")] = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Type of degradation; repeat it.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use at most so many photographs.")] = None,
    seed: Seed = 0,
) -> None:
    """Degrade sharp photographs, restore them, and compare with the truth: input, output and gain for each type.

    The table goes to standard output; every photograph's numbers and the figures go to the folder.

    \b
    Example:
      retinaregen evaluate restoration --data sharp/ --out results/ --kind 111 --kind cataract --steps 1 --steps 4
    """
    from retinaregen_core.evaluation import restoration

    typer.echo(restoration.evaluate(data, out, model, steps, kinds, limit, seed).read_text(encoding="utf-8"))


@evaluate_app.command("readability")
def evaluate_readability(data: Data, out: Out) -> None:
    """Compare the readability scores with labels; the table goes to standard output, details to the folder."""
    from retinaregen_core.evaluation import readability

    typer.echo(readability.evaluate(data, out).read_text(encoding="utf-8"))


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


def drain(events: Iterator["Event"], only_unreadable: bool) -> "Restoration | None":
    """Follow a restoration to its end; ``None`` when the photograph is readable and should then be left alone."""
    from retinaregen_core.pipeline import Readability, Restoration

    for event in events:
        if isinstance(event, Restoration):
            return event
        if isinstance(event, Readability):
            if only_unreadable and event.readable:
                return None
        elif sys.stderr.isatty():
            typer.echo(f"\r  step {event.index + 1} of {event.total}\r", err=True, nl=False)
    raise AssertionError("the stream ended without a restoration")


def write(result: "Restoration", target: Path, json_report: bool) -> None:
    """The picture, and with ``json_report`` its report beside it and on standard output."""
    from retinaregen_core.report import as_dict, as_png

    target.write_bytes(as_png(result))
    if json_report:
        report = as_dict(result)
        target.with_suffix(".json").write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        typer.echo(json.dumps(report, allow_nan=False))


def verdict(readability: "Readability") -> str:
    """``unreadable (fundus 0.99, macula 0.20 !, ...)``: the mark stands at labels below their threshold."""
    from retinaregen_core.specs import LABELS

    rows = zip(LABELS, readability.probabilities, readability.readable_labels, strict=True)
    labels = ", ".join(f"{label} {p:.2f}{'' if readable else ' !'}" for label, p, readable in rows)
    return f"{'readable' if readability.readable else 'unreadable'} ({labels})"


def summary(result: "Restoration") -> str:
    """Before and after, how much was changed, and how good the result is where a reference can tell."""
    change, quality, before = result.metrics.change, result.metrics.quality, result.metrics.input_quality
    parts = [
        f"{verdict(result.before)} -> {verdict(result.after)}",
        f"changed: PSNR {change.psnr:.1f} dB, SSIM {change.ssim:.3f}",
    ]
    if quality and before:
        parts.append(
            f"quality: PSNR {before.psnr:.1f} -> {quality.psnr:.1f} dB, SSIM {before.ssim:.3f} -> {quality.ssim:.3f}"
        )
    return "; ".join([*parts, f"{result.provenance.steps} steps, {result.provenance.seconds:.1f} s"])


def say(text: str) -> None:
    """Progress and complaints go to standard error, results to files and standard output."""
    typer.echo(text, err=True)


def main() -> None:
    """The console script; what the user or the installation can mend is told in two sentences, without a traceback."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("retinaregen_core").setLevel(logging.INFO)
    try:
        app(prog_name="retinaregen")
    except (RetinaRegenError, OSError) as error:
        say(f"Error: {error}")
        sys.exit(1)
    except ModuleNotFoundError as error:
        say(f"Error: The package {error.name!r} is not installed. Run: pip install -r requirements-dev.txt")
        sys.exit(1)


if __name__ == "__main__":
    main()
