"""Freed memory is not kept. In processes of their own, because the C library forgets nothing that it was told."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not the C library that keeps memory")

HEAPS = """
import ctypes, sys, threading
from demo import memory

def work():
    kept.append([bytes(700) for _ in range(2000)])
    together.wait()

if sys.argv[1] == "shared":
    memory.share_one_heap()
kept, together = [], threading.Barrier(6)
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
library.fflush(None)
"""
FREED = """
from pathlib import Path
from demo import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(3000) for _ in range(30_000)]
kept = blocks[::100]
del blocks
before = resident()
memory.give_back()
print(before - resident())
"""


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, cwd=Path(__file__).parents[2]).stdout


def test_threads_that_come_later_share_one_heap() -> None:
    heaps = {how: run(HEAPS, how).count("<heap nr=") for how in ("own", "shared")}
    assert heaps["shared"] == 1 < heaps["own"]


def test_what_lies_freed_between_kept_blocks_goes_back() -> None:
    assert int(run(FREED)) > 50_000_000
