"""Where pictures lie while a session lasts: a folder per session, gone when it ends, and after ten minutes at most.

No picture is kept in memory: a session's folder is named by its key and a secret of this process, so that an address
cannot be guessed, two visitors never share a file, and what a killed process left behind goes with the next start.
"""

import asyncio
import atexit
import hmac
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import gradio as gr
from gradio.context import LocalContext

from demo import memory

if sys.platform != "win32":
    import fcntl

FOLDER_VARIABLE = "GRADIO_TEMP_DIR"
PREFIX = "retinaregen-"
SWEEP_EVERY_S, DELETE_AFTER_S = 30.0, 560.0
"""A file goes at most ``DELETE_AFTER_S + SWEEP_EVERY_S`` seconds after it was made: less than ten minutes."""
SECRET = secrets.token_bytes(16)


class Lease(NamedTuple):
    """Something of a session that has to be let go."""

    session: str
    since: float
    let_go: Callable[[], None]


_LEASES: list[Lease] = []
_LOCK = Lock()


@cache
def root() -> Path:
    """The folder of this process, which Gradio uses as well: inside ``GRADIO_TEMP_DIR``, or the system's own.

    It goes with the process: the web application's lifespan does not end while a browser is connected.
    """
    base = os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir()
    folder = Path(base) / f"{PREFIX}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700, parents=True)
    _hold(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


def _hold(folder: Path) -> int | None:
    """Lock a folder until this process ends, however it ends; the descriptor, or ``None`` if somebody else holds it."""
    if sys.platform == "win32":
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def store(data: bytes, name: str) -> str:
    """Write an encoded picture under a neutral name into the folder of the session that asks; returns its path."""
    path = place(name)
    path.write_bytes(data)
    return str(path)


def place(name: str) -> Path:
    """Where a new file of this neutral name may be written for the session that asks."""
    folder = _room(session()) / secrets.token_hex(8)
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True)
    return folder / name


def session() -> str:
    """The key of the session that asks; empty outside a request."""
    request = LocalContext.request.get(None)
    return (request.session_hash or "") if request else ""


def at_the_end(let_go: Callable[[], None]) -> None:
    """Call it when the session that asks ends, and after ten minutes at most."""
    with _LOCK:
        _LEASES.append(Lease(session(), time.time(), let_go))


def _let_go(over: Callable[[Lease], bool]) -> None:
    with _LOCK:
        ended = [lease for lease in _LEASES if over(lease)]
        _LEASES[:] = [lease for lease in _LEASES if not over(lease)]
    for lease in ended:
        lease.let_go()


def expire(older_than_s: float) -> None:
    """Let go of everything that has been held for longer than that."""
    limit = time.time() - older_than_s
    _let_go(lambda lease: lease.since < limit)


def forget(request: gr.Request) -> None:
    """The session has ended: its pictures go at once."""
    ended = request.session_hash or ""
    _let_go(lambda lease: lease.session == ended)
    shutil.rmtree(_room(ended), ignore_errors=True)


def sweep(folder: Path, older_than_s: float) -> None:
    """Delete the files of ``folder`` that were written longer ago than that, and the folders left empty."""
    limit = time.time() - older_than_s
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        with suppress(OSError):  # somebody else was faster, or is writing into it
            if path.is_dir():
                path.rmdir()
            elif path.lstat().st_mtime < limit:
                path.unlink()


def sweep_orphans() -> None:
    """Remove what killed processes left: a living one holds its folder, and touches it with every sweep."""
    limit = time.time() - DELETE_AFTER_S
    for folder in set(root().parent.glob(f"{PREFIX}*")) - {root()}:
        with suppress(OSError):
            held = _hold(folder)
            if held is not None or folder.lstat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
            if held is not None:
                os.close(held)


@asynccontextmanager
async def kept_clean(app: Any) -> AsyncIterator[None]:
    """While the page runs, sweep by age, and give memory back (a ``lifespan`` of the web application)."""
    sweep_orphans()
    task = asyncio.create_task(_sweep_for_ever())
    try:
        yield
    finally:
        task.cancel()


async def _sweep_for_ever() -> None:
    while True:
        await asyncio.to_thread(sweep, root(), DELETE_AFTER_S)
        await asyncio.to_thread(expire, DELETE_AFTER_S)
        await asyncio.to_thread(memory.give_back)
        with suppress(FileNotFoundError):
            os.utime(root())
        await asyncio.sleep(SWEEP_EVERY_S)


def _room(session: str) -> Path:
    return root() / hmac.new(SECRET, session.encode(), "sha256").hexdigest()[:32]
