"""``retinaregen train``: the networks, each under a time budget."""

from pathlib import Path
from typing import Annotated

import typer

from retinaregen_core.commands.options import Data, Minutes, Model, Out, Resume, Seed, Start

app = typer.Typer(help="Train a network.", no_args_is_help=True)


@app.command("readability")
def train_readability(
    data: Data,
    out: Out,
    minutes: Minutes = 30,
    seed: Seed = 0,
    resume: Resume = False,
    start: Start = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Data set to keep for the test as a whole; repeat it.")
    ] = None,
    optimizer: Annotated[str, typer.Option(help="rmsprop, the paper's, or adamw.")] = "rmsprop",
) -> None:
    """Train the readability classifier on labelled photographs."""
    from retinaregen_core.training import readability

    readability.train(data, out, minutes, seed, resume, start, without or (), optimizer)


@app.command("local-readability")
def train_local_readability(
    data: Data, out: Out, minutes: Minutes = 15, seed: Seed = 0, resume: Resume = False, start: Start = None
) -> None:
    """Train what says which places can be read; it belongs to the classifier in place, which does not change."""
    from retinaregen_core.training import local_readability

    local_readability.train(data, out, minutes, seed, resume, start)


@app.command("calibration")
def train_calibration(
    data: Data,
    out: Out,
    start: Model = "readability",
    seed: Seed = 0,
    regions_only: Annotated[
        bool, typer.Option("--regions-only", help="Leave the first label, and so what is refused, as it is.")
    ] = False,
) -> None:
    """Fit probabilities, thresholds and what is familiar anew, without training."""
    from retinaregen_core.training import readability

    readability.calibrate(data, out, start, seed, regions_only)


@app.command("mean")
def train_mean(
    first: Annotated[str, typer.Argument(help="A checkpoint.")],
    second: Annotated[str, typer.Argument(help="One that was trained on from it.")],
    out: Out,
    share: Annotated[float, typer.Option(min=0, max=1, help="How much of the second.")] = 0.5,
    data: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Labelled photographs: both are readability classifiers."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Average weights before and after a run: often better than both on other cameras.

    A classifier's batch statistics and calibration are made anew, which needs the photographs.
    """
    from retinaregen_core.training import averaging

    if data:
        averaging.average_classifiers(first, second, out, data, share, seed)
    else:
        averaging.average(first, second, out, share)


@app.command("join")
def train_join(
    trained: Annotated[str, typer.Argument(help="A checkpoint, of which one part is taken.")],
    rest: Annotated[str, typer.Argument(help="One of the same network, of which all else is taken.")],
    out: Out,
    part: Annotated[str, typer.Option(help="light or sharpening.")] = "light",
    data: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Photographs to validate what was joined on.")
    ] = None,
) -> None:
    """Join two of a flagship's runs: the light correction of one, all else of the other."""
    from retinaregen_core.training import joining

    joining.join(trained, rest, out, part, data)


@app.command("restorer")
def train_restorer(
    data: Data,
    out: Out,
    model: Model = "flagship",
    minutes: Minutes = 60,
    seed: Seed = 0,
    resume: Resume = False,
    start: Start = None,
) -> None:
    """Train a restorer, flagship or paper, on sharp photographs that are degraded on the way."""
    from retinaregen_core.training import restorer

    restorer.train(model, data, out, minutes, seed, resume, start)
