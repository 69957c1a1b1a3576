"""``retinaregen assess``: readability as a table."""

from pathlib import Path
from typing import Annotated

import typer

from retinaregen_core.batch import photographs
from retinaregen_core.commands.options import Paths
from retinaregen_core.commands.terminal import for_each, verdict


def assess(
    paths: Paths,
    csv_file: Annotated[
        typer.FileTextWrite,
        typer.Option(
            "--csv", encoding="utf-8", errors="surrogateescape", help="Table to write; - for standard output."
        ),
    ],
) -> None:
    """Score readability: four probabilities for each photograph, and 1 when it can be read in all four.

    It can when all reach the checkpoint's thresholds and the picture is not refused.

    Column refused says why a picture is refused (not_a_fundus, unfamiliar, symmetric); it is empty for the others.

    Column readable_share says how much of the field of view can be read, place by place, from 0 to 1.

    Then come disc and macula as a filter found them, in pixels of the upright photograph from its left and top edge. A
    place with a confidence below 0.25 is not to be relied on; a picture that is refused has none.

    A file that cannot be scored has no scores, the reason in the column problem, and makes the exit status 1.

    \b
    Examples:
      retinaregen assess photographs/ --csv scores.csv
      retinaregen assess left.jpg right.jpg --csv -
    """
    from retinaregen_core.assessment import PLACES, SHARE, assess_files
    from retinaregen_core.datasets import SYNFUNDUS_LABELS
    from retinaregen_core.outcomes import cell, table
    from retinaregen_core.pipeline import RetinaRegen
    from retinaregen_core.verdict import refusal

    files = photographs(paths)
    answers = assess_files(RetinaRegen.from_pretrained(), files)
    rows = table(csv_file, ["file", *SYNFUNDUS_LABELS, "readable", "refused", SHARE, *PLACES, "problem"])

    def work(file: Path) -> str:
        result = next(answers)
        if isinstance(result, Exception):
            rows.writerow({"file": cell(str(file)), "problem": cell(str(result))})
            raise result
        scores = result.scores
        row = {"file": cell(str(file)), "readable": int(scores.readable), "refused": refusal(scores) or ""}
        row |= {label: f"{p:.6f}" for label, p in zip(SYNFUNDUS_LABELS, scores.probabilities, strict=True)}
        rows.writerow(row | result.cells)
        return verdict(scores)

    for_each(files, work)
