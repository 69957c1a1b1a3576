"""Training of the readability classifier (paper section 2.2)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import update_bn
from torch.utils.data import DataLoader

from retinaregen_core import weights
from retinaregen_core.datasets import SHARP_LABELS, Entry, counts, read_index, split_by_patient
from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.imaging import pixels
from retinaregen_core.manifest import training_record, write_training_record
from retinaregen_core.nets.familiarity import Familiarity
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.specs import LABELS, ReadabilitySpec, lookup, suggest
from retinaregen_core.training import first_weights
from retinaregen_core.training.calibration import Local, calibrated, look, measured
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.losses import masked_bce
from retinaregen_core.training.readings import SHARES, UPLOADS, ReadingStream
from retinaregen_core.training.restorer import LICENCE, to_working_size
from retinaregen_core.training.stream import batches

HELD_OUT = frozenset({"drive"})
"""Data sets that no training sees: DRIVE measures the restorers."""
FIRST_SIZE, FIRST_SHARE = 160, 0.6
"""Pixels during the first share of the budget, when speed counts; then the spec's 224. Weights that were trained before
begin with the latter."""
BLUR = 0.95
"""Low-pass filter, in pixels at 224: halves or better what JPEG coding and resampling move."""
COLOUR_BLUR = 1.3
"""The same for colour, which JPEG files keep at half the size: a third of what JPEG 70 at 512 px moves is left."""
BATCH_SIZE = 16
VALIDATION_SAMPLES, STATISTICS_SAMPLES, KNOWN_PHOTOGRAPHS = 1600, 320, 1024
OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]] = {
    "adamw": lambda parameters: torch.optim.AdamW(parameters, 6e-4, weight_decay=0.02),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, 1e-4, weight_decay=1e-5),
}
"""The second is the paper's (section 2.2); in nine minutes from random weights it learned more (assets/measured)."""
CONSISTENCY = 0.2
"""Weight of the distance (Huber's) between the logits of two files of one picture: how it was saved must not count."""
SMOOTHING = 0.02
"""Labels are pulled this far from 0 and 1: graders disagree, and a calibrated probability is never certain."""


class ReadabilityTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(self, entries: list[Entry], seed: int, optimizer: str = "rmsprop") -> None:
        self.parts, self.seed = split_by_patient(entries), seed
        self.spec = ReadabilitySpec(blur=BLUR, colour_blur=COLOUR_BLUR)
        self.network = ReadabilityClassifier(self.spec)
        self.learner = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = lookup(OPTIMIZERS, optimizer, "optimizer")(self.learner.parameters())
        self.counts = torch.ones(2, len(LABELS))
        self.first_share = torch.tensor(FIRST_SHARE)
        self.memory = {"counts": self.counts, "first_share": self.first_share}

    def batches(self, seed: int) -> Iterator[Batch]:
        stream = ReadingStream(self.parts["train"], self.spec.image_size, seed)
        return batches(stream, BATCH_SIZE)

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        size = FIRST_SIZE if progress < self.first_share else self.spec.image_size
        images = to_working_size(pixels.bytes_to_signed(torch.cat([batch["image"], batch["copy"]])), size)
        labels = batch["labels"]
        smooth = (labels * (1 - 2 * SMOOTHING) + SMOOTHING).repeat(2, 1)
        logits = learner(images).float()
        known = masked_bce(logits, smooth, self._class_weights(labels).to(images))
        return known + CONSISTENCY * F.huber_loss(*logits.chunk(2))

    def _class_weights(self, labels: Tensor) -> Tensor:
        """Inverse proportions of all samples seen so far, ``[2, 4]``, mean 1 per label (paper section 2.2)."""
        self.counts += torch.stack([(labels == value).sum(dim=0) for value in (0, 1)]).cpu()
        return self.counts.sum(dim=0) / (2 * self.counts)

    def finish(self, network: nn.Module) -> dict[str, Any]:
        """:meth:`calibrate` the averaged network; returns what that gives."""
        self._refresh_statistics()
        return self.calibrate()

    def calibrate(self, local: Local | None = None, regions_only: bool = False) -> dict[str, Any]:
        """:func:`calibration.calibrated`, on patients and damages that training did not see.

        Args:
            local: after its sha256, whose opinions on the regions shall be heeded.
            regions_only: leave the first label and what is familiar as they are.

        Returns:
            what the labels give there.
        """
        self.network.familiarity = self.network.familiarity or self._remember()
        samples = islice(self._samples("validation", 1_000_003, UPLOADS), VALIDATION_SAMPLES // BATCH_SIZE)
        seen = look(self.network, samples, local)
        self.network.spec = calibrated(self.network.spec, seen, regions_only)
        return measured(self.network, seen)

    def _samples(self, part: str, offset: int, shares: Mapping[str, float] = SHARES) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches ``[B, 3, S, S]`` in [-1, 1] with their labels, made in this process."""
        stream = ReadingStream(self.parts[part], self.spec.image_size, self.seed + offset, shares)
        for batch in DataLoader(stream, BATCH_SIZE):
            yield to_working_size(pixels.bytes_to_signed(batch["image"]), self.spec.image_size), batch["labels"]

    @torch.no_grad()
    def _refresh_statistics(self) -> None:
        """Batch normalisation's statistics, measured anew for the averaged weights: an average of old ones is wrong."""
        samples = islice(self._samples("train", 2_000_003), STATISTICS_SAMPLES // BATCH_SIZE)
        update_bn((images for images, _ in samples), self.network)

    @torch.no_grad()
    def _remember(self) -> Familiarity:
        """What the early layers make of training photographs, damaged ones too, but of no other picture."""
        known: list[tuple[Tensor, ...]] = []
        for images, labels in self._samples("train", 3_000_003):
            known += zip(*self.network.read(images[labels[:, 0] != 0]).statistics)
            if len(known) >= KNOWN_PHOTOGRAPHS:
                break
        familiarity = Familiarity()
        familiarity.remember([torch.stack(layer) for layer in zip(*known[:KNOWN_PHOTOGRAPHS])])
        self.network.familiarity = familiarity
        self.network.spec = replace(self.spec, known_photographs=KNOWN_PHOTOGRAPHS)
        return familiarity

    def facts(self) -> dict[str, Any]:
        return {
            "model": "readability",
            "datasets": counts(self.parts["train"]),
            "split": {part: len(entries) for part, entries in self.parts.items()},
            "sources": SHARES,
            "optimizer": type(self.optimizer).__name__,
            "parameters": sum(p.numel() for p in self.network.parameters()),
        }


def train(
    data: Path,
    out: Path,
    minutes: float,
    seed: int,
    resume: bool,
    start: str | None = None,
    without: Collection[str] = (),
    optimizer: str = "rmsprop",
) -> dict[str, Any]:
    """Train the classifier on the labelled photographs of ``data`` and leave a checkpoint folder in ``out``.

    Args:
        start: checkpoint whose weights are the first ones; drawn at random when ``None``.
        without: data sets that are kept for the test as a whole. The weights of ``start`` may have seen them.
        optimizer: row of :data:`OPTIMIZERS`.

    Raises:
        ImageError: ``data`` holds too few readable photographs, see :func:`_demand_readable`.
        SpecError: unknown ``optimizer``, or a name in ``without`` is no data set of ``data``.
        WeightsError: there is no checkpoint ``start``, or no such run in ``out`` to resume.
    """
    known = weights.load_readability(weights.locate(start)) if start else None
    task = begin(data, seed, known, without, optimizer)
    return run(task, out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE, start=start)


def calibrate(data: Path, out: Path, start: str, seed: int, regions_only: bool = False) -> dict[str, Any]:
    """Calibrate the checkpoint ``start`` anew, and leave it with its record in ``out``; no tensor of it is changed.

    A checkpoint that remembers no photographs yet is given some. If a local readability was learned for it and is in
    place, its labels heed that one's opinions from now on. ``regions_only`` leaves the first label, which heeds none,
    as it is, and so what is refused.

    Returns:
        the record of its training, with what calibration and familiarity now give on the validation split.

    Raises:
        ImageError: ``data`` holds too few readable photographs, see :func:`_demand_readable`.
        WeightsError: there is no checkpoint ``start``.
    """
    checkpoint = weights.locate(start)
    known = weights.load_readability(checkpoint)
    task = begin(data, seed, known)
    if regions_only:
        task.network.spec = known.spec
    if known.familiarity:
        task.network.familiarity = known.familiarity
        task.network.spec = replace(task.network.spec, known_photographs=known.spec.known_photographs)
    task.network.eval()
    record = training_record(checkpoint.folder) | {
        "validation": task.calibrate(weights.load_local(checkpoint), regions_only),
        "calibration": {
            "seed": seed,
            "samples": VALIDATION_SAMPLES,
            "regions_only": regions_only,
            "sources": UPLOADS,
            "datasets": sorted({entry.dataset for part in ("train", "validation") for entry in task.parts[part]}),
        },
    }
    weights.save(task.network, out)
    write_training_record(out, record)
    return record


def begin(
    data: Path,
    seed: int,
    known: ReadabilityClassifier | None,
    without: Collection[str] = (),
    optimizer: str = "rmsprop",
) -> ReadabilityTask:
    """The task on the photographs of ``data``, with the weights of ``known``; raises as :func:`train` does."""
    entries, kept = read_index(data), HELD_OUT.union(without)
    if unknown := set(without) - {entry.dataset for entry in entries}:
        raise SpecError(
            f"There is no data set {min(unknown)!r} in {data}.", suggest(min(unknown), {e.dataset for e in entries})
        )
    usable = [entry for entry in entries if entry.dataset not in kept]
    _demand_readable(usable)
    with first_weights.drawn_from(seed):
        task = ReadabilityTask(usable, seed, optimizer)
    if known:
        task.network.network.load_state_dict(known.network.state_dict())
        task.first_share.zero_()
    return task


def _demand_readable(entries: Sequence[Entry]) -> None:
    """Some photographs must be known to be readable in all labels; what is not can be drawn or made of them.

    Raises:
        ImageError: there is none to train on, or none to validate on.
    """
    parts = split_by_patient(entry for entry in entries if entry.labels == SHARP_LABELS)
    train, validation = len(parts["train"]), len(parts["validation"])
    if not train or not validation:
        raise ImageError(
            f"These photographs cannot teach readability: of {len(entries)}, {train} to train on and {validation} to "
            "validate on are known to be readable in all four labels.",
            'Say more of them, of more patients: "quality": "good", "usable", "reject" or "bad" in the labels of '
            "manifest.csv, or SynFundus-1M's annotation file.",
        )
