"""How fast a folder is assessed, and whether memory stays flat: ``python benchmarks/folder.py [FILES]`` (10,000).

A few drawn photographs of 256 to 512 px are linked under as many names into a temporary folder, and ``assess FOLDER``
runs on it as a user starts it. Prints one JSON line: photographs a second from the first answer on, of the clock and of
processor time (which other work on the machine hardly touches), and the resident memory ten times on the way.
Linux alone tells a process's memory in the way used here.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

FILES = 10_000
SIDES = (256, 320, 384, 448, 512)
"""Pixels; a clinic's photographs are larger and are mostly decoded more slowly."""
READINGS = 10
"""How often the memory is read."""


def main(arguments: list[str]) -> int:
    """Make the folder, run the command on it, print what was measured."""
    files = int(arguments[0]) if arguments else FILES
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), files)
        seconds, processor, memory = watch(Path(folder), files)
    facts = {
        "files": files,
        "cpus": len(os.sched_getaffinity(0)),
        "seconds": round(seconds, 1),
        "photographs_per_second": round((files - 1) / seconds, 2),
        "photographs_per_processor_second": round((files - 1) / processor, 2),
        "resident_mb": memory,
        "growth_mb_from_first_reading": memory[-1] - memory[0],
    }
    print(json.dumps(facts), flush=True)
    return 0


def fill(folder: Path, files: int) -> None:
    """``files`` names for a few photographs."""
    from PIL import Image

    from retinaregen_core.imaging.phantom import draw

    for number, side in enumerate(SIDES[:files]):
        Image.fromarray(draw(number, side).image).save(folder / f"{number:05}.jpg", quality=90)
    for number in range(len(SIDES), files):
        os.link(folder / f"{number % len(SIDES):05}.jpg", folder / f"{number:05}.jpg")


def watch(folder: Path, files: int) -> tuple[float, float, list[int]]:
    """Seconds and processor seconds from the first answer to the last one, and the resident memory on the way.

    Memory is in MB (10^6 bytes).
    """
    command = [sys.executable, "-m", "retinaregen_core", "assess", str(folder), "--csv", os.devnull]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        memory, step = [], max(2, files // READINGS)
        wait_for_answer(process)
        started, used = time.perf_counter(), processor_seconds(process.pid)
        for answered in range(2, files + 1):
            wait_for_answer(process)
            if answered % step == step // 2:  # never the last one, after which the process may be gone
                memory.append(resident_mb(process.pid))
        return time.perf_counter() - started, processor_seconds(process.pid) - used, memory


def wait_for_answer(process: subprocess.Popen[str]) -> None:
    """Read until the command has named the next file's scores."""
    assert process.stderr is not None
    if next((line for line in lines(process) if line.startswith("[")), None) is None:
        raise RuntimeError(f"the command ended early, with {process.wait()}")


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the command says, as it says it."""
    assert process.stderr is not None
    yield from iter(process.stderr.readline, "")


def processor_seconds(pid: int) -> float:
    """Seconds that a process has computed, in its own code and in the system's."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> int:
    """Resident memory of a process now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
