"""A ZIP of photographs, read one at a time and never unpacked to disk, so no name in it can lead anywhere."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from retinaregen_core.datasets import is_furniture
from retinaregen_core.errors import ImageError, RetinaRegenError

MAX_FILES = 1000
MAX_FILE_BYTES = 400_000_000
"""What 64 megapixels of 16-bit colour need. A ZIP states the size of every file and zipfile reads no further."""
MAX_TOTAL_BYTES = 4_000_000_000
"""A bomb of many large files stops here; every read before is bounded by the line above."""
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
)
"""What :mod:`zipfile` raises over broken files; that it cannot unpack one is a ``RuntimeError`` as well."""


@dataclass(frozen=True, eq=False)
class Member:
    """One file of an archive."""

    name: str
    """As the archive gives it, folders included, unprintable characters replaced. For people only: it is no path."""
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def read(self) -> bytes:
        """The file's content.

        Raises:
            ImageError: it is locked, too large, an archive itself, or damaged.
        """
        if self.info.flag_bits & 1:
            raise ImageError("The file is locked with a password.", "Unlock the archive and send it again.")
        size = self.info.file_size
        if size > MAX_FILE_BYTES:
            raise ImageError(
                "The file unpacks to {size} MB; at most {most} MB are read.",
                "Export the photograph smaller.",
                size=size // 10**6,
                most=MAX_FILE_BYTES // 10**6,
            )
        try:
            data = self.archive.read(self.info)
        except DAMAGED as error:
            raise ImageError(
                "The file is damaged or packed in a way that cannot be read.", "Make the archive again."
            ) from error
        if data.startswith(b"PK\x03\x04"):
            raise ImageError("This is an archive inside the archive.", "Send the inner archive by itself.")
        return data


def is_archive(file: IO[bytes]) -> bool:
    """Whether a file begins as a ZIP does; the file's position is kept."""
    place = file.tell()
    start = file.read(4)
    file.seek(place)
    return start in (b"PK\x03\x04", b"PK\x05\x06")


def members(file: IO[bytes]) -> Iterator[Member]:
    """The files of a ZIP in its own order; folders, hidden files and those of operating systems are passed over.

    Raises:
        RetinaRegenError: the archive is damaged, empty, or holds too many files or too much.
    """
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGED as error:
        raise RetinaRegenError("The archive is damaged or cut short.", "Make the ZIP again and send it.") from error
    wanted = [info for info in archive.infolist() if not (info.is_dir() or is_furniture(PurePosixPath(info.filename)))]
    total = sum(info.file_size for info in wanted)
    if not wanted:
        raise RetinaRegenError("There is no file in this archive.", "Put photographs into it.")
    if len(wanted) > MAX_FILES or total > MAX_TOTAL_BYTES:
        raise RetinaRegenError(
            "The archive holds {files} files of {size:.1f} GB unpacked; "
            "at most {most} files and {limit:.0f} GB are read.",
            "Split it into smaller ones.",
            files=len(wanted),
            size=total / 10**9,
            most=MAX_FILES,
            limit=MAX_TOTAL_BYTES / 10**9,
        )
    for info in wanted:
        yield Member(printable(info.filename), archive, info)


def printable(name: str) -> str:
    """A name as it may be shown: characters that steer a terminal or the writing direction are replaced."""
    return "".join(character if character.isprintable() else "�" for character in name)
