"""``retinaregen ablate``: the paper's comparisons under one budget."""

from pathlib import Path
from typing import Annotated

import typer

from retinaregen_core.commands.options import Data, Out, Seed


def ablate(
    comparisons: Annotated[list[str], typer.Argument(help="backbone, extractor, fusion; one or several.")],
    data: Data,
    out: Out,
    minutes: Annotated[float, typer.Option(min=0.1, help="Training time of each row.")] = 2,
    size: Annotated[int, typer.Option(min=32, help="Working size in pixels, a multiple of 16.")] = 64,
    kind: Annotated[str, typer.Option(help="Type of degradation that is measured.")] = "111",
    limit: Annotated[int, typer.Option(min=1, help="Photographs that are measured.")] = 12,
    steps: Annotated[
        int, typer.Option(min=1, help="Timesteps on the way back; 401 visits every one of the paper's, one by one.")
    ] = 20,
    test: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Photographs to measure; else test patients of the data."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Train and measure every row of the paper's figure 5, table 1 or fusion comparison, beside the paper's numbers.

    A row that is finished is not done again, one that was interrupted goes on; another budget, other
    photographs or another classifier start afresh.

    \b
    Example:
      retinaregen ablate backbone extractor fusion --data photographs/ --out ablation/ --minutes 10 --size 128
    """
    from retinaregen_core import ablations

    budget = ablations.Budget(minutes, size, kind, limit, seed, steps)
    for table in ablations.ablate(comparisons, data, out, budget, test):
        typer.echo(table.read_text(encoding="utf-8"))
