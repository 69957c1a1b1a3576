"""``retinaregen evaluate``: what a checkpoint is worth."""

from pathlib import Path
from typing import Annotated

import typer

from retinaregen_core.commands.options import Data, Limit, Model, Out, Samples, Seed

app = typer.Typer(help="Measure a checkpoint.", no_args_is_help=True)


@app.command("restoration")
def evaluate_restoration(
    data: Data,
    out: Out,
    models: Annotated[
        list[str] | None, typer.Option("--model", help="Checkpoint; repeat it to hold the first against others.")
    ] = None,
    steps: Annotated[
        list[int] | None, typer.Option(min=1, help="Steps of the first model; repeat it to compare several.")
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Type of degradation, or of the project's own: clinic, focus; repeat it."),
    ] = None,
    limit: Limit = None,
    seed: Seed = 0,
    lpips: Annotated[bool, typer.Option("--lpips/--no-lpips", help="LPIPS takes most of the time.")] = True,
    samples: Samples = 1,
    red_free: Annotated[bool, typer.Option("--red-free", help="Measure the green channel alone, in grey.")] = False,
) -> None:
    """Degrade sharp photographs, restore them, and compare with the truth: input, output and gain for each type.

    The table goes to standard output; every photograph's numbers and the figures go to the folder. A folder with
    input/ and reference/, or degraded/ and sharp/, is taken as pairs of equal stems, framed to 512 px.

    \b
    Examples:
      retinaregen evaluate restoration --data sharp/ --out results/ --kind 111 --kind cataract --steps 1 --steps 4
      retinaregen evaluate restoration --data sharp/ --out results/ --model flagship --model paper --no-lpips
    """
    from retinaregen_core.evaluation import restoration

    chosen = models or ["flagship"], steps or (), kinds, limit, seed, lpips, samples, red_free
    written = restoration.evaluate(data, out, *chosen)
    typer.echo(written.read_text(encoding="utf-8"))


@app.command("trust")
def evaluate_trust(
    data: Data,
    test: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Photographs of another source.")],
    out: Out,
    model: Model = "flagship",
    limit: Annotated[int | None, typer.Option(min=2, help="Use at most so many photographs of each folder.")] = 24,
    seed: Seed = 0,
) -> None:
    """Learn from pairs which error to expect at each pixel and when to warn of a result; measure both elsewhere.

    What was learned is stored as trust.json beside the weights; it belongs to exactly these weights. Every photograph
    is degraded by the eight published types, those of --test also as it happens in clinics: 8 and 10 restorations each.

    \b
    Example:
      retinaregen evaluate trust --data photographs/ --test photographs/val512 --out results/
    """
    from retinaregen_core.evaluation import trust

    typer.echo(trust.evaluate(data, test, out, model, limit, seed).read_text(encoding="utf-8"))


@app.command("landmarks")
def evaluate_landmarks(
    data: Data,
    out: Out,
    limit: Annotated[int | None, typer.Option(min=1, help="Use at most so many photographs.")] = None,
    seed: Seed = 0,
) -> None:
    """Compare the optic disc that is found with the one that the folder's index knows (od_xy512), damaged or not."""
    from retinaregen_core import landmark_trial

    typer.echo(landmark_trial.evaluate(data, out, limit, seed).read_text(encoding="utf-8"))


@app.command("readability")
def evaluate_readability(
    data: Data,
    out: Out,
    annotation: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="SynFundus-1M's annotation file, if it lies elsewhere."),
    ] = None,
    limit: Limit = None,
    exported: Annotated[
        int, typer.Option(min=0, help="Photographs to score again at 512 to 3000 px and JPEG 70 to 100; 0 for none.")
    ] = 24,
    seed: Seed = 0,
) -> None:
    """Compare the readability scores with labels, on patients that training never saw.

    The tables go to standard output; every photograph's scores, the curves and their points go to the folder.

    \b
    Examples:
      retinaregen evaluate readability --data photographs/ --out results/
      retinaregen evaluate readability --data SynFundus-1M/ --annotation SynFundus-1M_annotation.csv --out results/
    """
    from retinaregen_core.evaluation import readability

    written = readability.evaluate(data, out, annotation, limit, exported, seed)
    typer.echo(written.read_text(encoding="utf-8"))


@app.command("regions")
def evaluate_regions(
    data: Data,
    out: Out,
    samples: Annotated[int, typer.Option(min=5, help="Pictures in all: damaged, sharp, and of other things.")] = 500,
    seed: Seed = 0,
) -> None:
    """Damage one region of sharp photographs of patients that training never saw, and see whether its label tells.

    Writes the same tables and figures as evaluate readability: give it a folder of its own.
    """
    from retinaregen_core import region_trial

    typer.echo(region_trial.evaluate(data, out, samples, seed).read_text(encoding="utf-8"))


@app.command("local")
def evaluate_local(
    data: Data,
    out: Out,
    samples: Annotated[int, typer.Option(min=1, help="Sharp photographs to damage.")] = 200,
    limit: Limit = None,
    seed: Seed = 0,
) -> None:
    """See whether the map of what can be read shows where damage lies, on patients that training never saw."""
    from retinaregen_core import local_trial

    typer.echo(local_trial.evaluate(data, out, samples, limit, seed).read_text(encoding="utf-8"))


@app.command("severity")
def evaluate_severity(data: Data, out: Out, limit: Limit = None, seed: Seed = 0) -> None:
    """Let one damage after another grow on sharp photographs of unseen patients: do the labels fall smoothly?

    \b
    Example:
      retinaregen evaluate severity --data photographs/ --out severity/ --limit 24
    """
    from retinaregen_core import severity_trial

    typer.echo(severity_trial.evaluate(data, out, limit, seed).read_text(encoding="utf-8"))


@app.command("refusal")
def evaluate_refusal(
    data: Data,
    out: Out,
    samples: Annotated[int, typer.Option(min=1, help="Pictures of each kind that is no fundus photograph.")] = 20,
    limit: Limit = None,
    seed: Seed = 0,
) -> None:
    """See whether other pictures are refused, of kinds that training draws and of kinds it never saw.

    Beside them stand the photographs of patients that training never saw: readable ones must not be refused.
    """
    from retinaregen_core import refusal_trial

    typer.echo(refusal_trial.evaluate(data, out, samples, limit, seed).read_text(encoding="utf-8"))


@app.command("lesions")
def evaluate_lesions(data: Data, out: Out, model: Model = "flagship", limit: Limit = None, seed: Seed = 0) -> None:
    """See whether small bright lesions, real or drawn, survive a restoration, and whether dust goes.

    \b
    Example:
      retinaregen evaluate lesions --data photographs/val512 --out lesions/ --limit 20
    """
    from retinaregen_core import lesion_trial

    typer.echo(lesion_trial.evaluate(data, out, model, limit, seed).read_text(encoding="utf-8"))


@app.command("sheets")
def evaluate_sheets(
    data: Data,
    out: Out,
    model: Model = "flagship",
    steps: Annotated[int | None, typer.Option(min=1, help="Reverse steps; the checkpoint's own if left out.")] = None,
    limit: Limit = None,
    rows: Annotated[int, typer.Option(min=1, help="Photographs on one sheet.")] = 4,
    seed: Seed = 0,
) -> None:
    """Restore real photographs and show each beside its original and a map of the change, to be looked at one by one.

    \b
    Example:
      retinaregen evaluate sheets --data bad-photographs/ --out sheets/ --limit 40
    """
    from retinaregen_core.evaluation import sheets

    for path in sheets.draw(data, out, model, steps, limit, rows, seed):
        typer.echo(path)
    typer.echo((out / "sheets.md").read_text(encoding="utf-8"))
