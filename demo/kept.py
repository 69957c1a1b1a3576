"""A record between two clicks: its pictures in a file without a name, the rest in the session.

Nothing large lives in the session, no address leads to the file, and it ends with the session, or after ten minutes.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from threading import Lock
from typing import IO, Any, Generic, TypeVar

import numpy as np

from demo import cache, words
from retinaregen_core.errors import ImageError

Record = TypeVar("Record")


@dataclass(frozen=True)
class Slot:
    """Stands for the array of this number."""

    number: int


@dataclass(frozen=True, eq=False)
class Kept(Generic[Record]):
    """A record that can be had again while its session lasts, for ten minutes at most."""

    record: Any
    """The record with a :class:`Slot` in place of every array."""
    arrays: IO[bytes]
    lock: Lock = field(default_factory=Lock)

    def again(self) -> Record:
        """What was kept, bit for bit.

        Raises:
            ImageError: its time is over.
        """
        with self.lock:
            if self.arrays.closed:
                raise ImageError(*words.problems.RESULT_EXPIRED)
            self.arrays.seek(0)
            with np.load(self.arrays, allow_pickle=False) as archive:
                found: Record = _exchanged(self.record, lambda slot: archive[f"arr_{slot.number}"])
        return found

    def forget(self) -> None:
        """Its time is over."""
        with self.lock:
            self.arrays.close()


def keep(record: Record) -> Kept[Record]:
    """Put a record's pictures away."""
    arrays: list[np.ndarray] = []

    def put(array: np.ndarray) -> Slot:
        arrays.append(array)
        return Slot(len(arrays) - 1)

    emptied = _exchanged(record, put)
    file = anonymous_file()
    np.savez(file, *arrays)
    kept = Kept[Record](emptied, file)
    cache.at_the_end(kept.forget)
    return kept


def anonymous_file() -> IO[bytes]:
    """An empty file that has no name: it cannot be served, and is gone when it is closed or the process ends.

    It lies where the page keeps all else, which may be a file system in memory.
    """
    return tempfile.TemporaryFile(dir=cache.root())


def _exchanged(value: Any, exchange: Callable[[Any], Any]) -> Any:
    """The same record with every array, or every slot, exchanged."""
    match value:
        case np.ndarray() | Slot():
            return exchange(value)
        case tuple():
            parts = [_exchanged(part, exchange) for part in value]
            return getattr(value, "_make", tuple)(parts)  # a named tuple stays one
        case _ if is_dataclass(value) and not isinstance(value, type):
            new = {part.name: _exchanged(getattr(value, part.name), exchange) for part in fields(value) if part.init}
            return replace(value, **new)
        case _:
            return value
