"""Many visitors at once: ``python benchmarks/load.py [SESSIONS]`` prints JSON lines; exit status 1 if a bar is missed.

The page runs in a process of its own. Every session sends a photograph of a size that no other has, restores it, and
must get back a picture of exactly that size that equals its own outside the field of view. A full queue is an answer,
too: the session waits and asks again. Afterwards the page's memory must be within a tenth of what it was before.
"""

import contextlib
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gradio_client import Client, handle_file
from PIL import Image
from run import running_page, wait_for

from demo.words.en import problems
from retinaregen_core.imaging.phantom import draw

SMALLEST = 300
"""Pixels of the first session's photograph; each further one has one more."""
PATIENCE_S = 600.0
SETTLE_S = 35.0
"""The page gives memory back every half minute."""
WARM_UP = 4
"""Sessions before the memory of a page in use is called its start; their own line starts from a page just opened."""
MOST_MB, RETURNED_WITHIN = 3000, 0.1
FAULTY = 6
"""Calls that must fail, before one that must not."""


@dataclass
class Visit:
    """What happened to one session."""

    size: int
    seconds: float = 0.0
    turned_away: int = 0
    """Times that the queue was full."""
    outcome: str = "nothing came back"
    failures: list[str] = field(default_factory=list)


def photograph(folder: Path, size: int) -> Path:
    """A drawing of the session's own size."""
    path = folder / f"{size}.png"
    Image.fromarray(draw(size, size).image).save(path)
    return path


def visit(at: str, folder: Path, size: int) -> Visit:
    """Open, restore, compare; asks again while the queue is full."""
    seen, started = Visit(size), time.perf_counter()
    path = photograph(folder, size)
    own: dict[str, Any] = {"download_files": folder / f"results-{size}", "httpx_kwargs": {"timeout": PATIENCE_S}}
    client = Client(at, verbose=False, **own)
    try:
        while seen.outcome == "nothing came back" and time.perf_counter() - started < PATIENCE_S:
            attempt(client, path, seen)
    finally:
        client.close()
    seen.seconds = time.perf_counter() - started
    return seen


def attempt(client: Client, path: Path, seen: Visit) -> None:
    """One upload and one restoration."""
    try:
        client.predict(handle_file(path), api_name="/open")
        outputs = client.predict("flagship", 1, seen.size, api_name="/restore")
    except Exception as error:  # whatever the server says to a visitor counts
        seen.outcome, seen.failures = "failed", [*seen.failures, str(error)[:200]]
        return
    if problems.QUEUE_FULL[0] in str(outputs):
        seen.turned_away += 1
        time.sleep(1)
    else:
        seen.outcome = judged(outputs, path)


def judged(outputs: tuple[Any, ...], path: Path) -> str:
    """Whether the picture that came back is this visitor's own."""
    readings = [value for value in outputs if isinstance(value, dict) and value.get("phase") == "done"]
    if not readings:
        return f"no picture: {[str(value)[:80] for value in outputs if value]}"
    own = np.asarray(Image.open(path))
    back = np.asarray(Image.open(readings[-1]["restored"]).convert("RGB"))
    return "own picture" if own.shape == back.shape and np.array_equal(own[:4, :4], back[:4, :4]) else "another's"


def resident_mb(pid: int) -> int:
    """What the server holds now, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6)


@contextlib.contextmanager
def watched(pid: int, readings: list[int]) -> Iterator[None]:
    """Sample the server's memory five times a second."""
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.2):
            readings.append(resident_mb(pid))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


def crowd(case: str, at: str, pid: int, folder: Path, sessions: int) -> dict[str, Any]:
    """All sessions at once, and the server's memory before, while and after."""
    before, readings = resident_mb(pid), [resident_mb(pid)]
    started = time.perf_counter()
    with watched(pid, readings), ThreadPoolExecutor(sessions) as pool:
        visits = list(pool.map(lambda i: visit(at, folder, SMALLEST + i), range(sessions)))
    seconds = time.perf_counter() - started
    time.sleep(SETTLE_S)
    after = resident_mb(pid)
    taken = sorted(seen.seconds for seen in visits)
    return {
        "case": case,
        "sessions": sessions,
        "own_picture": sum(seen.outcome == "own picture" for seen in visits),
        "others": [f"{seen.outcome} {seen.failures}" for seen in visits if seen.outcome != "own picture"],
        "turned_away_then_served": sum(seen.turned_away > 0 for seen in visits),
        "seconds": round(seconds, 1),
        "seconds_median": round(statistics.median(taken), 1),
        "seconds_longest": round(taken[-1], 1),
        "memory_mb": {"before": before, "peak": max(readings), "after": after},
        "returned_within": round(after / before - 1, 3),
    }


def faults(at: str, folder: Path) -> dict[str, Any]:
    """Calls that fail, one after another; the slot must be free for the good one that follows."""
    client = Client(at, verbose=False)
    said = 0
    for number in range(FAULTY):
        arguments = ("flagship", 1, 0) if number % 2 else ("no such restorer", 1, 0)
        try:  # nothing is open, or no such restorer: a sentence or an error, never a wait
            client.submit(*arguments, api_name="/restore").result(timeout=30)
            said += 1
        except Exception:
            said += 1
    seen = visit(at, folder, SMALLEST - 1)
    return {"case": "faults", "answered": said, "of": FAULTY, "then": seen.outcome, "seconds": round(seen.seconds, 1)}


def killed(folder: Path) -> dict[str, Any]:
    """The server is killed after a download and started again: the download is whole, and nothing else is left."""
    cache = folder / "cache"

    def files() -> int:
        return sum(path.is_file() for path in cache.rglob("*"))

    port = free_port()
    with running_page(port, GRADIO_TEMP_DIR=str(cache)) as page:
        wait_for(address(port), time.perf_counter())
        client, seen = Client(address(port), verbose=False, download_files=folder / "killed"), Visit(SMALLEST)
        attempt(client, photograph(folder, SMALLEST), seen)
        page.kill()
        page.wait()
    left = files()
    with running_page(port, GRADIO_TEMP_DIR=str(cache)):
        wait_for(address(port), time.perf_counter())
        return {"case": "killed", "download": seen.outcome, "files_left": left, "files_after_restart": files()}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def address(port: int) -> str:
    """Of the page on this machine."""
    return f"http://127.0.0.1:{port}/"


def main(sessions: int = 20) -> int:
    """Serve, warm up, and let them come."""
    port = free_port()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with running_page(port) as page:
            wait_for(address(port), time.perf_counter())
            told(crowd("warm-up", address(port), page.pid, folder, WARM_UP))
            many = told(crowd("crowd", address(port), page.pid, folder, sessions))
            fault = told(faults(address(port), folder))
        kill = told(killed(folder))
    return int(not held(many, fault, kill, sessions))


def told(line: dict[str, Any]) -> dict[str, Any]:
    """Print it as soon as it is known."""
    print(json.dumps(line), flush=True)
    return line


def held(many: dict[str, Any], fault: dict[str, Any], kill: dict[str, Any], sessions: int) -> bool:
    """Whether every bar is met."""
    served = many["own_picture"] == sessions and fault["then"] == kill["download"] == "own picture"
    lean = many["memory_mb"]["peak"] <= MOST_MB and many["returned_within"] <= RETURNED_WITHIN
    return served and lean and kill["files_after_restart"] == 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
