"""A batch under way: files in, one row after the other out; what is finished stays, whatever happens to the rest."""

import io
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import IO, Any, NamedTuple

import gradio as gr

from demo import cache, failures, models, runs, views, words
from demo.batch import rows
from demo.batch.intake import Sent
from demo.kept import anonymous_file
from demo.runs import endable
from demo.turns import Turns
from retinaregen_core import archive, report
from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.errors import ImageError, RetinaRegenError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.outcomes import COLUMNS, TASKS, Outcome, follow, table
from retinaregen_core.records import Event
from retinaregen_core.verdict import cautions

SKIP: Any = gr.skip()
TURNS = Turns(room=4)
"""One batch at a time; it and somebody's single photograph share the processor, neither waits for the other. Few wait,
because the files of each stay on the disk until its turn."""
RESULT_FILE = "restored_file"
"""Column that the page adds: which file of the ZIP belongs to a row."""
WARNED = "warned/"
"""Folder of the ZIP for restored pictures that something speaks against."""


class Update(NamedTuple):
    """One new state of the batch page; what is not named stays as it is."""

    batch: Any = SKIP
    table: Any = SKIP
    status: Any = SKIP
    start: Any = SKIP
    cancel: Any = SKIP
    results: Any = SKIP


class Item(NamedTuple):
    """One file of the batch, not yet read."""

    name: str
    read: Callable[[], bytes]


@dataclass(eq=False)
class Batch:
    """What is finished. Pictures and reports lie in a file without a name.

    It ends with the session, ten minutes after the batch at most.
    """

    records: list[dict[str, str]] = field(default_factory=list)
    html: str = field(default_factory=rows.head)
    store: IO[bytes] = field(default_factory=anonymous_file)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    """File of the result -> where it begins in ``store``, and its length."""
    total: int = 0
    lock: Lock = field(default_factory=Lock)
    """Results may be taken home while the batch goes on."""

    def add(self, outcome: Outcome, photograph: Photograph | None) -> None:
        """Take an outcome in; its pictures are in the store afterwards and no longer in memory."""
        row, files = outcome.row(photograph), {}
        with self.lock:
            number = len(self.records) + 1
            if outcome.restoration:
                eye = photograph.laterality if photograph else None
                folder = WARNED if cautions(outcome.restoration) else ""
                row[RESULT_FILE] = f"{folder}{number:03}.png"
                files[row[RESULT_FILE]] = self._stored(report.as_png(outcome.restoration))
                files[f"{folder}{number:03}.json"] = self._stored(report.as_json(outcome.restoration, eye))
            self.html += rows.row(number, outcome, photograph)
            self.spans |= files  # all that could be made is there: now it counts
            self.records.append(row)

    def write_csv(self, target: IO[bytes]) -> None:
        """The table for a spreadsheet: UTF-8 with the mark that Excel wants."""
        text = io.StringIO()
        table(text, (RESULT_FILE, *COLUMNS)).writerows(self.records)
        target.write(text.getvalue().encode("utf-8-sig"))

    def write_zip(self, target: IO[bytes]) -> None:
        """Restored pictures and their records under the numbers of the table, and the table."""
        with self.lock, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as results:
            for name, (start, length) in self.spans.items():
                self.store.seek(start)
                results.writestr(name, self.store.read(length))
            with results.open("table.csv", "w") as member:
                self.write_csv(member)

    def forget(self) -> None:
        """End of the results' time: names, thumbnails and pictures go."""
        with self.lock:
            self.store.close()
            self.records, self.html, self.spans = [], "", {}

    def _stored(self, data: bytes) -> tuple[int, int]:
        start = self.store.seek(0, io.SEEK_END)
        self.store.write(data)
        self.store.flush()  # a full disk is told now, while it can still be said of which photograph
        return start, len(data)


def on_received(files: Sequence[Sent]) -> Update:
    """Files are there; nothing is done before the user says what, nor before a batch under way has ended.

    The status line belongs to that batch, so what became of the files is said beside it.
    """
    for sent in files:
        cache.at_the_end(partial(Path(sent.path).unlink, missing_ok=True))  # as sent, with the data of its camera
    if runs.under_way():
        gr.Info(words.batch.NEXT.format(count=len(files)), title=words.status.NOTICE)
        return Update()
    ready = views.status(words.batch.READY.format(count=len(files)))
    return Update(status=ready, start=gr.update(interactive=bool(files)))


@endable
def on_start(files: Sequence[Sent], task: str) -> Generator[Update, None, None]:
    """Open the files, wait for one's turn, work through them; status at every step, table at every photograph."""
    batch = Batch()
    with ExitStack() as stack:
        stack.callback(cache.at_the_end, batch.forget)
        items = [item for sent in files for item in _items(sent, stack)]
        batch.total = len(items)
        try:
            waiting = stack.enter_context(TURNS.place())
        except RetinaRegenError as full:  # nothing has been replaced
            yield _ended(views.problem(full))
            return
        yield Update(batch, batch.html, start=gr.update(interactive=False), cancel=gr.update(interactive=True))
        for place in waiting:
            yield Update(status=rows.waiting(place))
        yield from _finished_one_by_one(items, task, batch)
    yield _ended(views.status(words.batch.DONE.format(**_counts(batch))))


def _finished_one_by_one(items: Sequence[Item], task: str, batch: Batch) -> Iterator[Update]:
    started = perf_counter()
    yield _under_way(batch, started)
    for item in items:
        for _ in _worked_on(item, task, batch):
            yield _under_way(batch, started)
        yield _under_way(batch, started)._replace(table=batch.html, results=gr.update(visible=True))


def on_stopped(batch: Batch | None) -> Update:
    """The run has ended; what it had finished is in ``batch``."""
    finished = batch or Batch()
    stopped = _ended(views.status(words.batch.STOPPED.format(**_counts(finished))))
    return stopped._replace(table=finished.html)  # the last row may have come too late to be sent


def on_csv(batch: Batch | None) -> Path:
    """The table as a file of the cache, which deletes it after ten minutes."""
    return _written("retinaregen_batch.csv", _finished(batch).write_csv)


def on_zip(batch: Batch | None) -> Path:
    """All results as a file of the cache, which deletes it after ten minutes."""
    return _written("retinaregen_batch.zip", _finished(batch).write_zip)


def _finished(batch: Batch | None) -> Batch:
    if batch is None or batch.store.closed:
        raise ImageError(*words.problems.RESULT_EXPIRED)
    return batch


def _written(name: str, write: Callable[[IO[bytes]], None]) -> Path:
    path = cache.place(name)
    with path.open("wb") as file:
        write(file)
    return path


def _ended(status: str) -> Update:
    return Update(status=status, start=gr.update(interactive=True), cancel=gr.update(interactive=False))


def _counts(batch: Batch) -> dict[str, int]:
    kinds = [row["outcome"] for row in batch.records]
    return {
        "done": len(kinds),
        "total": batch.total,
        "restored": kinds.count("restored"),
        "failed": kinds.count("failed"),
    }


def _under_way(batch: Batch, started: float) -> Update:
    done = min(len(batch.records), batch.total - 1)
    return Update(status=rows.progress(done, batch.total, perf_counter() - started))


def _items(sent: Sent, stack: ExitStack) -> Iterator[Item]:
    """The file itself, or the photographs in it if it is an archive.

    It is opened here and now: the cache deletes waiting files after ten minutes, and an open one can still be read.
    """
    try:
        file = stack.enter_context(io.BufferedReader(io.FileIO(sent.path)))
        if not archive.is_archive(file):
            yield Item(sent.name, file.read)
            return
        for member in archive.members(file):
            yield Item(member.name, member.read)
    except FileNotFoundError:
        yield _unreadable(sent.name, RetinaRegenError(*words.problems.FILE_EXPIRED))
    except RetinaRegenError as problem:
        yield _unreadable(sent.name, problem)


def _unreadable(name: str, problem: RetinaRegenError) -> Item:
    def read() -> bytes:
        raise problem

    return Item(name, read)


def _worked_on(item: Item, task: str, batch: Batch) -> Generator[DenoisingStep, None, None]:
    """Steps of one photograph; in the end its row is in the batch."""
    photograph: Photograph | None = None

    def events() -> Iterator[Event]:
        nonlocal photograph
        photograph = decode.photograph(item.read())
        yield from models.treat(photograph.image, TASKS[task])

    outcome = yield from follow(item.name, _told(events()))
    try:
        batch.add(outcome, photograph)
    except Exception as error:
        problem = failures.in_words(error, "a batch", words.problems.FILE_UNEXPECTED)
        batch.add(Outcome(item.name, outcome.before, None, problem), photograph)


def _told(events: Iterator[Event]) -> Iterator[Event]:
    """What is not the photograph's fault becomes a sentence too, so that the batch goes on. The log gets no name."""
    try:
        yield from events
    except RetinaRegenError:
        raise
    except Exception as error:
        raise failures.in_words(error, "a batch", words.problems.FILE_UNEXPECTED) from error
