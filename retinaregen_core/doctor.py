"""Whether an installation works, and what to do where it does not: each check says what it saw."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import torch
from huggingface_hub import is_offline_mode

from retinaregen_core import calibration, hub, requirements, weights
from retinaregen_core.errors import RetinaRegenError, WeightsError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.metrics.similarity import lpips_backbone
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.weights import Checkpoint

Level = Literal["ok", "warn", "fail"]
"""Works; works with a part missing; does not work."""
OLDEST_PYTHON = (3, 11)
GIGABYTE = 10**9
DISK_GB: tuple[float, float] = (2.0, 0.2)
"""Below the first a warning, below the second a failure: uploads are kept for ten minutes, the weights take 0.1 GB."""
MEMORY_GB: tuple[float, float] = (3.0, 1.0)
"""As for the disk: the page takes about 1 GB, a photograph of 64 megapixels about 2 GB more while it is restored."""
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says how much memory a container may use."""


@dataclass(frozen=True)
class Finding:
    """What one check saw."""

    subject: str
    level: Level
    found: str
    remedy: str = ""
    """What to do; empty when nothing has to be done."""


Check = Callable[[], Iterator[Finding]]


def examine() -> Iterator[Finding]:
    """Run every row of :data:`CHECKS`, cheap ones first; weights that a start would download are downloaded."""
    for subject, check in CHECKS.items():
        try:
            yield from check()
        except RetinaRegenError as error:
            yield Finding(subject, "fail", error.what, error.remedy)


def packages() -> Iterator[Finding]:
    """Python and every pinned package against what is installed."""
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("python", "ok", version)
    else:
        yield Finding("python", "fail", version, f"Install Python {wanted} or newer.")
    for name, pin in requirements.pins().items():
        yield _package(name, pin)


def _package(name: str, pin: str) -> Finding:
    remedy = f"Run: pip install {name}=={pin}"
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "fail", "not installed", remedy)
    if installed.partition("+")[0] == pin:
        return Finding(name, "ok", installed)
    return Finding(name, "warn", f"{installed}, tested with {pin}", remedy)


def checkpoints() -> Iterator[Finding]:
    """Every checkpoint that a manifest lists: there, and byte for byte what the manifest says."""
    names = list(dict.fromkeys(name for manifest in weights.known_manifests() for name in manifest.checkpoints))
    if not names:
        remedy = f"Restore checkpoints/ from the project's git repository, or {hub.OWN_COPY}"
        yield Finding("weights", "fail", "no manifest lists any", remedy)
    for name in names:
        try:
            yield _checkpoint(weights.locate(name))
        except WeightsError as error:
            yield Finding(f"weights {name}", "fail", error.what, error.remedy)


def _checkpoint(found: Checkpoint) -> Finding:
    return Finding(f"weights {found.name}", "ok", f"sha256 {found.sha256[:12]}, in {found.folder}")


def trust() -> Iterator[Finding]:
    """Whether errors and limits were learned for just the weights and the classifier that the page uses."""
    found = weights.locate()
    if calibration.load(found, weights.locate("readability")):
        yield Finding("trust", "ok", f"{calibration.FILE} belongs to the weights of {found.name}")
    else:
        remedy = "No expected error is shown, and cautions keep their general limits. Run: retinaregen evaluate trust"
        yield Finding("trust", "warn", f"no {calibration.FILE} belongs to the weights of {found.name}", remedy)


def published() -> Iterator[Finding]:
    """The Hub's copy of the weights, where one is known and may be asked."""
    repository, commit = weights.published_at(weights.known_manifests()[0])
    if not repository:
        yield Finding("hub", "ok", "no repository is configured: weights come from this disk only")
    elif is_offline_mode():
        yield Finding("hub", "ok", f"HF_HUB_OFFLINE is set: {repository} is not asked")
    else:
        yield _reached(repository, commit)


def _reached(repository: str, commit: str) -> Finding:
    try:
        hub.reach(repository, commit)
    except WeightsError as error:
        return Finding("hub", "warn", error.what, error.remedy)
    return Finding("hub", "ok", f"{repository} at {commit}")


def perceptual() -> Iterator[Finding]:
    """The network that LPIPS needs; without it that one number stays empty."""
    backbone = lpips_backbone()
    if backbone.is_file():
        yield Finding("lpips", "ok", str(backbone))
    else:
        remedy = "LPIPS stays empty. To have it, put torchvision's SqueezeNet 1.1 weights there, or set TORCH_HOME."
        yield Finding("lpips", "warn", f"{backbone} is missing", remedy)


def disk() -> Iterator[Finding]:
    """Room where uploads and results are kept."""
    wanted = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()).resolve()
    folder = next(place for place in (wanted, *wanted.parents) if place.is_dir())
    free = shutil.disk_usage(folder).free / GIGABYTE
    yield _room("disk", free, DISK_GB, f"in {folder}", "Free some space, or set GRADIO_TEMP_DIR to another disk.")


def memory() -> Iterator[Finding]:
    """Memory that this process could still get."""
    free = available_memory()
    if free is None:
        yield Finding("memory", "ok", "this system does not say how much is free")
    else:
        remedy = "Close other programs, or keep to photographs of a few megapixels."
        yield _room("memory", free / GIGABYTE, MEMORY_GB, "free", remedy)


def _room(subject: str, free: float, limits: tuple[float, float], where: str, remedy: str) -> Finding:
    warn, fail = limits
    level: Level = "fail" if free < fail else "warn" if free < warn else "ok"
    return Finding(subject, level, f"{free:.1f} GB {where}", "" if level == "ok" else remedy)


def available_memory() -> int | None:
    """Bytes that are free on this machine, or left of this container's share; ``None`` where Linux does not answer."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.is_file():
        return None
    lines = dict(line.split(":") for line in meminfo.read_text("ascii").splitlines())
    free = int(lines["MemAvailable"].split()[0]) * 1024
    limit, used = CGROUP / "memory.max", CGROUP / "memory.current"
    share = limit.read_text("ascii").strip() if limit.is_file() and used.is_file() else "max"
    return free if share == "max" else min(free, int(share) - int(used.read_text("ascii")))


def smoke() -> Iterator[Finding]:
    """Restore a drawn photograph on the installed weights."""
    model = RetinaRegen.from_pretrained()
    started = perf_counter()
    result = model.restore(draw(0).image, steps=1)
    seconds = perf_counter() - started
    complaint = _complaint(result)
    threads = f"{torch.get_num_threads()} threads" if model.device.type == "cpu" else "1 device"
    facts = f"one step on {model.device} ({threads}) in {seconds:.1f} s, PSNR to the upload "
    facts += f"{result.metrics.change.psnr:.1f} dB"
    if complaint:
        yield Finding("restoration", "fail", complaint, "The weights do not fit this version: fetch both again.")
    else:
        yield Finding("restoration", "ok", facts)


def _complaint(result: Restoration) -> str:
    """What must hold for any restoration, whatever it looks like."""
    outside = ~result.field_of_view.mask
    if not np.array_equal(result.restored[outside], result.photograph[outside]):
        return "pixels outside the field of view were changed"
    if np.ptp(result.restored[result.field_of_view.mask]) == 0:
        return "the restored picture is one flat colour"
    return ""


CHECKS: dict[str, Check] = {
    "packages": packages,
    "disk": disk,
    "memory": memory,
    "lpips": perceptual,
    "hub": published,
    "weights": checkpoints,
    "trust": trust,
    "restoration": smoke,
}
"""What is looked at, in this order."""
