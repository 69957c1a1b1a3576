"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Paths = Annotated[
    list[Path], typer.Argument(help="Photographs, or folders that are searched for them with all their subfolders.")
]
Model = Annotated[str, typer.Option(help="Name of a checkpoint (flagship, paper) or a folder that holds one.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all chance: the same seed gives the same bytes.")]
Samples = Annotated[
    int, typer.Option(min=1, help="Restorations whose mean is the result; it takes the time and memory of so many.")
]
Data = Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of photographs.")]
Out = Annotated[Path, typer.Option(file_okay=False, help="Folder for the results.")]
Minutes = Annotated[float, typer.Option(min=0.1, help="Time budget in all, earlier sessions included.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an earlier run into the same folder stopped.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Use at most so many photographs, spread over the folder.")]
Reports = Annotated[
    list[str] | None, typer.Option("--report", help="pdf, html or json: OUT/<stem>.pdf and so on; repeat it.")
]
Trajectory = Annotated[
    bool, typer.Option("--trajectory", help="Write the steps: OUT/<stem>.webp (animation) and .zip (frames).")
]
Table = Annotated[
    typer.FileTextWrite | None,
    typer.Option("--csv", encoding="utf-8", errors="surrogateescape", help="Table: scores, change, or the reason."),
]
Start = Annotated[str | None, typer.Option(help="Checkpoint (name or folder) whose weights are the first ones.")]
