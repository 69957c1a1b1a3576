"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a path beside ``path`` to write to; it takes that one's place when the block ends.

    Where the block fails, as on a full disk, what stood at ``path`` still does, and nothing is left behind that looks
    like a result.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
