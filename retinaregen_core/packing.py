"""A light copy of a training folder, for a machine that is lent for minutes and reached through a narrow door."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from retinaregen_core.datasets import MANIFEST, read_rows
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode
from retinaregen_core.whole_files import whole

FULL_COLOUR = 0
"""Pillow's chroma subsampling 4:4:4: a restorer must not learn a JPEG's colour blocks as the truth."""


def pack(data: Path, out: Path, folders: Sequence[str] = (), quality: int = 75) -> int:
    """Copy the photographs that ``data/manifest.csv`` lists as smaller JPEGs, with the manifest and other tables.

    The copy is read by every command that reads ``data``; names, patients and labels stay, so splits do, too.

    Args:
        data: a folder with a ``manifest.csv``.
        out: the copy; photographs that are there already are kept, so an interrupted copy goes on.
        folders: folders below ``data`` to take; all when empty.
        quality: of the JPEGs, 1 to 95.

    Returns:
        bytes of the photographs in ``out``.

    Raises:
        ImageError: no manifest, or it lists nothing in ``folders``, a photograph that cannot be read, or two that
            differ in nothing but their suffix.
    """
    manifest = data / MANIFEST
    if not manifest.is_file():
        raise ImageError(f"There is no {MANIFEST} in {data}.", "Give the folder that the manifest describes.")
    rows = [row for _, row in read_rows(manifest) if _is_wanted(Path(row["file"]), folders)]
    if not rows:
        raise ImageError(f"{MANIFEST} lists nothing in {', '.join(folders)}.", "Name folders as the manifest does.")
    out.mkdir(parents=True, exist_ok=True)
    for table in data.glob("*.csv"):
        shutil.copy(table, out)
    size, owners = 0, dict[str, Path]()
    for row in rows:
        source, row["file"] = data / row["file"], str(Path(row["file"]).with_suffix(".jpg"))
        if owners.setdefault(row["file"], source) != source:
            what = f"The copy of {source} would replace that of {owners[row['file']]}."
            raise ImageError(what, "Rename one of them, here and in the manifest.")
        size += _copied(source, out / row["file"], quality)
    with (out / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return size


def _is_wanted(path: Path, folders: Sequence[str]) -> bool:
    return not folders or any(path.is_relative_to(folder) for folder in folders)


def _copied(source: Path, target: Path, quality: int) -> int:
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            photograph = decode.read(source)
        except ImageError as error:
            raise ImageError(f"{source}: {error.what}", error.remedy) from error
        with whole(target) as partial:
            Image.fromarray(photograph).save(partial, "JPEG", quality=quality, subsampling=FULL_COLOUR)
    return target.stat().st_size
