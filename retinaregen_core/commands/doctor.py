"""``retinaregen doctor``: does this installation work, and what is to be done?"""

import json
from dataclasses import asdict
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line instead of the table.")] = False,
) -> None:
    """Check the installation: packages, disk, memory, weights and their hashes, the Hub, and one restoration.

    Every line says ok, warn or fail, what was seen, and what to do. The exit status is 1 when anything fails.
    Weights that a start would download are downloaded.

    \b
    Examples:
      retinaregen doctor
      retinaregen doctor --json
    """
    from retinaregen_core.doctor import examine

    failed = 0
    for finding in examine():
        failed += finding.level == "fail"
        if as_json:
            typer.echo(json.dumps(asdict(finding)))
        else:
            typer.echo(f"{finding.level:<5}{finding.subject:<20} {finding.found}")
            if finding.remedy:
                typer.echo(f"{'':<26}-> {finding.remedy}")
    if failed:
        raise typer.Exit(1)
