"""``retinaregen pack``: training photographs for the journey."""

from typing import Annotated

import typer

from retinaregen_core.commands.options import Data, Out


def pack(
    data: Data,
    out: Out,
    folder: Annotated[list[str] | None, typer.Option(help="Folder below DATA to take; repeat it. All else.")] = None,
    quality: Annotated[int, typer.Option(min=1, max=95, help="Of the JPEGs.")] = 75,
) -> None:
    """Copy a training folder as smaller JPEGs, to carry it to a machine with a GPU.

    \b
    Example:
      retinaregen pack --data photographs/ --out runs/packed --folder pool512 --folder pool400up512
    """
    from retinaregen_core import packing

    size = packing.pack(data, out, folder or (), quality)
    typer.echo(f"{out}: {size / 2**20:.1f} MiB of photographs")
