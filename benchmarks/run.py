"""How long and how much memory: ``python benchmarks/run.py [CASE ...]`` prints one JSON line per case.

Every case runs in a process of its own, so that no peak hides another, on drawn photographs and the installed weights.
Times are medians over repeats after one warm-up, unless the first run is the point. Nothing here passes or fails.
"""

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

REPEATS = 5
PAGE_PATIENCE = 120.0
"""Seconds that the page may take before the case gives up."""
LARGE = (8192, 6144)
"""Width and height of the 50 megapixel upload."""

Facts = dict[str, object]


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median duration after one warm-up."""
    work()
    return round(statistics.median(duration(work) for _ in range(repeats)), 3)


def duration(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_mb(who: int = resource.RUSAGE_SELF) -> int:
    """The largest resident memory so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(who).ru_maxrss * unit / 1e6)


def encoded(size: tuple[int, int], field: int, quality: int = 90) -> bytes:
    """A drawn photograph as a JPEG of ``size`` (width, height) whose field of view is ``field`` pixels wide."""
    import cv2
    import numpy as np
    from PIL import Image

    from retinaregen_core.imaging.phantom import draw

    width, height = size
    eye = cv2.resize(draw(0).image, (field, field), interpolation=cv2.INTER_LINEAR)
    picture = np.zeros((height, width, 3), np.uint8)
    top, left = (height - field) // 2, (width - field) // 2
    picture[top : top + field, left : left + field] = eye
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return file.getvalue()


def page() -> Facts:
    """From ``python app.py`` to the first answered request, and what the page then holds in memory."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    start = time.perf_counter()
    with running_page(port):
        ready = wait_for(f"http://127.0.0.1:{port}/", start)
    return {"seconds": round(ready, 2), "peak_mb": peak_mb(resource.RUSAGE_CHILDREN)}


@contextmanager
def running_page(port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The page in a process of its own, ended when the block ends."""
    own = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", **environment}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=own, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, start: float) -> float:
    """Seconds since ``start`` until the address answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while (elapsed := time.perf_counter() - start) < PAGE_PATIENCE:
        try:
            with opener.open(address, timeout=5) as answer:
                answer.read()
                return time.perf_counter() - start
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise TimeoutError(f"{address} did not answer within {elapsed:.0f} s")


def load() -> Facts:
    """Reading and checking the weights of both networks."""
    from retinaregen_core.pipeline import RetinaRegen

    return {"seconds": round(duration(RetinaRegen.from_pretrained), 3), "peak_mb": peak_mb()}


def assess() -> Facts:
    """The four labels of one encoded 1024 px photograph, and of the same one decoded."""
    from retinaregen_core.imaging import decode
    from retinaregen_core.pipeline import RetinaRegen

    model, photograph = RetinaRegen.from_pretrained(), encoded((1024, 1024), 1024)
    decoded = decode.read(photograph)
    return {
        "seconds": seconds(lambda: model.assess(photograph)),
        "seconds_after_decoding": seconds(lambda: model.assess(decoded)),
        "peak_mb": peak_mb(),
    }


def field_of_view() -> Facts:
    """Finding the field of view in 1024 px, and in 50 megapixels."""
    from retinaregen_core.imaging import decode
    from retinaregen_core.imaging.field_of_view import find

    small, large = decode.read(encoded((1024, 1024), 1024)), decode.read(encoded(LARGE, 6000))
    return {
        "seconds": seconds(lambda: find(small)),
        "seconds_50_mp": seconds(lambda: find(large)),
        "peak_mb": peak_mb(),
    }


def restore() -> Facts:
    """A 512 px field of view at the checkpoint's own number of steps, warm."""
    return restoration(encoded((512, 512), 512), warm=True)


def large_upload() -> Facts:
    """A 50 megapixel photograph in a fresh process, decoding and pasting back at its own size included."""
    return {"megapixels": round(LARGE[0] * LARGE[1] / 1e6, 1), **restoration(encoded(LARGE, 6000), warm=False)}


def restoration(photograph: bytes, warm: bool) -> Facts:
    """When the labels, the first step and the result arrive, counted from the start of one stream."""
    from retinaregen_core.pipeline import RetinaRegen

    model = RetinaRegen.from_pretrained()
    if warm:
        model.restore(photograph)
    start = time.perf_counter()
    arrivals = [time.perf_counter() - start for _ in model.stream(photograph)]
    return {
        "steps": len(arrivals) - 2,
        "seconds": round(arrivals[-1], 3),
        "seconds_to_labels": round(arrivals[0], 3),
        "seconds_to_first_step": round(arrivals[1], 3),
        "peak_mb": peak_mb(),
    }


CASES: dict[str, Callable[[], Facts]] = {
    case.__name__: case for case in (page, load, assess, field_of_view, restore, large_upload)
}


def main(names: list[str]) -> int:
    """One case: run it here. Several or none: run each (or all) in its own process."""
    unknown = set(names) - set(CASES)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(CASES)}", file=sys.stderr)
        return 2
    if len(names) == 1:
        facts = CASES[names[0]]()
        print(json.dumps({"case": names[0], "cpus": os.cpu_count(), **facts}), flush=True)
        return 0
    return max(subprocess.run([sys.executable, __file__, name]).returncode for name in names or CASES)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
