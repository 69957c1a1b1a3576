"""From paths on a command line to photographs, and from a photograph to the place of its result."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from retinaregen_core.datasets import PHOTOGRAPH_SUFFIXES, files_below, is_photograph, stem
from retinaregen_core.errors import RetinaRegenError

logger = logging.getLogger(__name__)


def photographs(paths: Iterable[Path], leave_out: Path | None = None) -> list[Path]:
    """Files as named, whatever they are called; folders searched with their subfolders; each file once.

    Args:
        paths: files or folders.
        leave_out: an output folder below a searched one: its pictures are results of an earlier run.

    Raises:
        RetinaRegenError: nothing was found.
    """
    found: dict[Path, Path] = {}
    passed_over = 0
    for path in paths:
        for file in _files_below(path, leave_out) if _is_folder(path) else [path]:
            if file == path or is_photograph(file):
                found.setdefault(file.resolve(), file)
            else:
                passed_over += 1
    suffixes = ", ".join(sorted(PHOTOGRAPH_SUFFIXES))
    if passed_over:
        logger.info("Files passed over, neither DICOM nor with a suffix of %s: %d.", suffixes, passed_over)
    if not found:
        raise RetinaRegenError("There is no photograph to work on.", f"Name files, or folders that hold {suffixes}.")
    return list(found.values())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # nobody may look, or the name is too long: that is told when the file's turn comes
        return False


def _files_below(folder: Path, leave_out: Path | None) -> Iterator[Path]:
    results = leave_out.resolve() if leave_out else None
    if results == folder.resolve():
        results = None
    yield from (file for file in files_below(folder) if results not in file.resolve().parents)


def by_stem(files: Iterable[Path]) -> dict[str, Path]:
    """Stem -> file.

    Raises:
        RetinaRegenError: two have the same.
    """
    found: dict[str, Path] = {}
    for file in files:
        if (other := found.setdefault(stem(file), file)) != file:
            what = f"{other} and {file} have the same stem, so nobody can tell which is meant."
            raise RetinaRegenError(what, "Rename one of them, or name the other's folder alone.")
    return found


class Targets:
    """Where each photograph's result goes, so that nothing is replaced in silence."""

    def __init__(self, out: Path, files: Sequence[Path], references: Iterable[Path] = ()) -> None:
        self.out = out
        self._owners = {stem(file): file for file in reversed(files)}
        self._originals = {file.resolve() for file in (*files, *references)}

    def of(self, file: Path) -> Path:
        """``out/<stem>.png``; a derived image of a DICOM file goes beside it, as ``out/<stem>.dcm``.

        Raises:
            RetinaRegenError: it would replace the result of an earlier file of the same stem, or a picture that is no
                result of ours: an original, named or not.
        """
        target, owner = self.out / f"{stem(file)}.png", self._owners[stem(file)]
        if owner != file:
            raise RetinaRegenError(f"Its result would replace that of {owner}.", "Restore it into another folder.")
        for written in (target, target.with_suffix(".dcm")):
            if written.resolve() in self._originals or (written.exists() and not _is_result(written)):
                raise RetinaRegenError(
                    f"Its result would replace the original {written}.", "Choose another output folder."
                )
        return target


def _is_result(file: Path) -> bool:
    from retinaregen_core.verification import verify  # seconds, which a command without such a file need not wait

    try:
        return verify(file.read_bytes()).origin is not None
    except (RetinaRegenError, OSError):
        return False
