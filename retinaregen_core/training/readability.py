"""Training of the readability classifier (paper section 2.2)."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn
from torch.utils.data import DataLoader

from retinaregen_core.datasets import Entry, read_index, split_by_patient
from retinaregen_core.imaging import pixels
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.specs import LABELS, ReadabilitySpec, from_config
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.losses import masked_bce
from retinaregen_core.training.readings import SHARES, ReadingStream
from retinaregen_core.training.restorer import LICENCE, to_working_size
from retinaregen_core.training.stream import batches

HELD_OUT = frozenset({"drive"})
"""Data sets that no training sees: DRIVE measures the restorers."""
FIRST_SIZE, FIRST_SHARE = 160, 0.7
"""Pixels during the first share of the budget, when speed counts; then the spec's 224."""
BATCH_SIZE = 16
VALIDATION_SAMPLES, STATISTICS_SAMPLES = 600, 320
SMOOTHING = 0.02
"""Labels are pulled this far from 0 and 1: graders disagree, and a calibrated probability is never certain."""


class ReadabilityTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(self, entries: list[Entry], seed: int) -> None:
        self.parts, self.seed, self.spec = split_by_patient(entries), seed, ReadabilitySpec()
        self.network = ReadabilityClassifier(self.spec)
        self.learner = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.RMSprop(self.learner.parameters(), 1e-4, weight_decay=1e-5)
        self.counts = torch.ones(2, len(LABELS))

    def batches(self, seed: int) -> Iterator[Batch]:
        stream = ReadingStream(self.parts["train"], self.spec.image_size, seed)
        return batches(stream, BATCH_SIZE)

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        images = to_working_size(
            pixels.bytes_to_signed(batch["image"]), FIRST_SIZE if progress < FIRST_SHARE else self.spec.image_size
        )
        labels = batch["labels"]
        smooth = labels * (1 - 2 * SMOOTHING) + SMOOTHING
        return masked_bce(learner(images), smooth, self._class_weights(labels).to(images))

    def _class_weights(self, labels: Tensor) -> Tensor:
        """Inverse proportions of all samples seen so far, ``[2, 4]``, mean 1 per label (paper section 2.2)."""
        self.counts += torch.stack([(labels == value).sum(dim=0) for value in (0, 1)]).cpu()
        return self.counts.sum(dim=0) / (2 * self.counts)

    def finish(self, network: nn.Module) -> dict[str, Any]:
        """Platt scaling per label on patients and damages that training did not see, and what it gives there."""
        self._refresh_statistics()
        logits, labels = self._validation_logits()
        slopes, intercepts = zip(*(_platt(logits[:, i], labels[:, i]) for i in range(len(LABELS))))
        calibration = {"slopes": slopes, "intercepts": intercepts}
        self.network.spec = from_config(ReadabilitySpec, asdict(self.spec) | calibration)
        return {"n": len(labels), "auc": {name: _auc(logits[:, i], labels[:, i]) for i, name in enumerate(LABELS)}}

    @torch.no_grad()
    def _refresh_statistics(self) -> None:
        """Batch normalisation's statistics, measured anew for the averaged weights: an average of old ones is wrong."""
        stream = ReadingStream(self.parts["train"], self.spec.image_size, self.seed + 2_000_003)
        samples = islice(DataLoader(stream, BATCH_SIZE), STATISTICS_SAMPLES // BATCH_SIZE)
        images = (to_working_size(pixels.bytes_to_signed(batch["image"]), self.spec.image_size) for batch in samples)
        update_bn(images, self.network)

    @torch.no_grad()
    def _validation_logits(self) -> tuple[np.ndarray, np.ndarray]:
        stream = ReadingStream(self.parts["validation"], self.spec.image_size, self.seed + 1_000_003)
        logits, labels = [], []
        for batch in islice(DataLoader(stream, BATCH_SIZE), VALIDATION_SAMPLES // BATCH_SIZE):
            images = to_working_size(pixels.bytes_to_signed(batch["image"]), self.spec.image_size)
            logits.append(self.network(images).numpy())
            labels.append(batch["labels"].numpy())
        return np.concatenate(logits), np.concatenate(labels)

    def facts(self) -> dict[str, Any]:
        names = {e.dataset for e in self.parts["train"]}
        return {
            "model": "readability",
            "datasets": {name: sum(e.dataset == name for e in self.parts["train"]) for name in sorted(names)},
            "split": {part: len(entries) for part, entries in self.parts.items()},
            "sources": SHARES,
            "parameters": sum(p.numel() for p in self.network.parameters()),
        }


def _platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    known = ~np.isnan(labels)
    fit = LogisticRegression(C=1e3).fit(logits[known, None], labels[known] > 0.5)
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])


def _auc(logits: np.ndarray, labels: np.ndarray) -> float:
    known = ~np.isnan(labels)
    return round(float(roc_auc_score(labels[known] > 0.5, logits[known])), 4)


def train(data: Path, out: Path, minutes: float, seed: int, resume: bool) -> dict[str, Any]:
    """Train the classifier on the labelled photographs of ``data`` and leave a checkpoint folder in ``out``.

    Raises:
        ImageError: no photographs in ``data``.
    """
    entries = [entry for entry in read_index(data) if entry.dataset not in HELD_OUT]
    return run(ReadabilityTask(entries, seed), out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE)
