"""What a freshly trained restorer does to photographs it never saw, measured through the product's own path."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from retinaregen_core.datasets import Entry
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.nets.reader import Reader
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training.pairs import read_framed
from retinaregen_core.weights import Checkpoint

KINDS = ("111", "cataract")
PHOTOGRAPHS = 4


def validate(restorer: Restorer, reader: Reader, entries: Sequence[Entry]) -> dict[str, Any]:
    """Mean PSNR in dB before and after, per type, over the first few sharp photographs of ``entries``."""
    here = Checkpoint("in training", Path(), None, None, "", "", False, "not published")
    model = RetinaRegen(restorer, reader, here, here)
    numbers: dict[str, Any] = {"photographs": len(entries[:PHOTOGRAPHS])}
    for kind in KINDS:
        pairs = [_psnr(model, entry, kind, seed) for seed, entry in enumerate(entries[:PHOTOGRAPHS])]
        numbers[kind] = {
            name: round(fmean(values), 3) for name, values in zip(("input", "output"), zip(*pairs), strict=True)
        }
    return numbers


def _psnr(model: RetinaRegen, entry: Entry, kind: str, seed: int) -> tuple[float, float]:
    sharp, mask = read_framed(entry.path)
    degraded = degrade(sharp, mask, kind, seed)
    metrics = model.restore(degraded, seed=seed, reference=sharp).metrics
    assert metrics.input_quality is not None and metrics.quality is not None
    return metrics.input_quality.psnr, metrics.quality.psnr
