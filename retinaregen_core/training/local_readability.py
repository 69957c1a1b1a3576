"""Training of the local readability: where can a photograph be read? Damage whose place is known tells."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from retinaregen_core import weights
from retinaregen_core.datasets import DISC, Entry, counts, read_index, split_by_patient
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import field_of_view, pixels
from retinaregen_core.nets.local_readability import REGIONS, LocalReadability, Told
from retinaregen_core.nets.readability import ReadabilityClassifier, folded
from retinaregen_core.specs import LocalSpec
from retinaregen_core.training import first_weights
from retinaregen_core.training.augment import grey, mirror, other_camera, paper_augmentation, turn
from retinaregen_core.training.calibration import area
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.losses import masked_bce
from retinaregen_core.training.readability import HELD_OUT
from retinaregen_core.training.readings import (
    COLOURLESS,
    LOCATED,
    UNDAMAGED_COLOURS,
    as_uploaded,
    read_framed,
    reduced,
    regions_of,
    spoil,
)
from retinaregen_core.training.regions import SIZE, Regions, judge, judge_places, places_seen
from retinaregen_core.training.restorer import LICENCE
from retinaregen_core.training.stream import batches, pick, shuffled

BATCH_SIZE, LEARNING_RATE = 16, 1e-3
VALIDATION_SAMPLES = 800
GRADED, OF_BAD, OF_GOOD = 0.25, 0.1, 0.95
"""Share of the photographs that are graded by people instead of damaged, and what is expected of their places: a grade
speaks of the whole, and hardly any of a bad photograph can be read."""
AIMED = 0.5
"""Share of the damaged photographs whose damage is aimed at disc and macula; of the others it may lie anywhere."""
TURNED = 0.2
"""Share of the photographs that are turned by quarters; the others are mirrored at most, as cameras do."""
SPREAD = 0.05
"""Of where a region lies, as a share of the side: two people would mark it that far apart."""
OF_WHERE = 0.2
"""Weight in the loss of where the regions lie; what can be read there counts 1, as do the places."""
USES = 4

Sample = tuple[np.ndarray, np.ndarray, tuple[float | None, ...]]
"""A picture uint8 ``[S, S, 3]``; ``places`` and ``where``, float32 ``[g, g, 1 + R]``; and ``regions``."""


class LocalStream(IterableDataset[dict[str, Tensor]]):
    """An endless stream of pictures and of what is known of their places.

    Yields ``image`` uint8 ``[3, S, S]``; ``places`` float32 ``[g, g]``: 1 readable, 0 not, NaN unknown; ``where``
    float32 ``[R, g, g]``: how likely a region of ``REGIONS`` lies there, all 0 where nobody knows; ``regions`` float32
    ``[R]``: as ``places``.

    Args:
        entries: those known to be sharp are damaged; those graded as a whole, good or not to be read, are shown as they
            are.
        size: S in pixels.
        grid: g, places per side.
        seed: same seed, same stream (for one worker).
        graded: share of the graded ones, where there are any.
    """

    def __init__(self, entries: Sequence[Entry], size: int, grid: int, seed: int, graded: float = GRADED) -> None:
        self.size, self.grid, self.seed = size, grid, seed
        self.entries = {entry.path: entry for entry in entries}
        self.sharp = [entry.path for entry in entries if entry.is_chosen_sharp]
        self.located = [path for path in self.sharp if DISC in self.entries[path].facts] or self.sharp
        self.graded: list[tuple[float, list[Path]]] = []
        for expected, label in ((OF_BAD, 0.0), (OF_GOOD, 1.0)):
            told = [e for e in entries if e.is_graded and e.labels[0] != 0 and e.labels[-1] == label]
            names = sorted({entry.dataset for entry in told})
            self.graded += [(expected, [entry.path for entry in told if entry.dataset == name]) for name in names]
        self.share = graded if self.graded else 0.0

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        for image, maps, regions in shuffled(self.draw, rng, USES):
            image, maps = turn([image, maps], rng) if rng.random() < TURNED else mirror([image, maps], rng)
            places, *where = torch.tensor(maps).unbind(dim=-1)
            yield {
                "image": torch.tensor(paper_augmentation(image, rng)).permute(2, 0, 1),
                "places": places,
                "where": torch.stack(where),
                "regions": torch.tensor([math.nan if label is None else float(label) for label in regions]),
            }

    def draw(self, rng: np.random.Generator) -> Sample:
        """One picture at S, what is known of its places and where its regions lie, and what is known of these."""
        picture, maps, regions = self._graded(rng) if rng.random() < self.share else self._damaged(rng)
        return as_uploaded(picture, self.size, rng), maps, regions

    def _damaged(self, rng: np.random.Generator) -> Sample:
        path, image = self._read(self.located if rng.random() < LOCATED else self.sharp, rng)
        known = regions_of(self.entries[path])
        aimed = known if rng.random() < AIMED else Regions(_anywhere(rng), _anywhere(rng))
        damaged = spoil(image, aimed, rng)
        judged = damaged.sharp, damaged.left, damaged.inside
        where = [whereabouts(centre, self.grid) for centre in (known.macula, known.disc)]
        maps = np.dstack([judge_places(*judged, self.grid), *where, throughout(places_seen(damaged.inside, self.grid))])
        return damaged.picture, maps, judge(*judged, known)[1:]

    def _graded(self, rng: np.random.Generator) -> Sample:
        expected, paths = self.graded[int(rng.integers(len(self.graded)))]
        path, image = self._read(paths, rng)
        image = reduced(image)
        seen = places_seen(field_of_view.find(image).mask, self.grid)
        places = np.where(seen, np.float32(expected), np.float32(np.nan))
        unknown = whereabouts(None, self.grid)
        return image, np.dstack([places, unknown, unknown, throughout(seen)]), self.entries[path].labels[1:]

    def _read(self, paths: Sequence[Path], rng: np.random.Generator) -> tuple[Path, np.ndarray]:
        """Of another camera, perhaps without colour: uint8 ``[512, 512, 3]``."""
        path, image = pick(paths, read_eye, rng)
        image = other_camera(image, rng, UNDAMAGED_COLOURS)
        return path, grey(image, rng) if rng.random() < COLOURLESS else image


def read_eye(path: Path) -> np.ndarray:
    """As :func:`read_framed`.

    Raises:
        ImageError: it cannot be read, or shows no field of view once it is framed.
    """
    image = read_framed(path)
    field_of_view.find(reduced(image))
    return image


def whereabouts(centre: tuple[float, float] | None, grid: int) -> np.ndarray:
    """How likely a region lies at each place, float32 ``[g, g]`` of sum 1; all 0 where nobody knows.

    ``centre`` is ``(x, y)`` in pixels at 320.
    """
    if centre is None:
        return np.zeros((grid, grid), np.float32)
    middles = (np.arange(grid) + 0.5) / grid
    across, down = (np.exp(-(((middles - c / SIZE) / SPREAD) ** 2) / 2) for c in centre)
    likely = np.outer(down / down.sum(), across / across.sum())
    where: np.ndarray = likely.astype(np.float32)
    return where


def throughout(seen: np.ndarray) -> np.ndarray:
    """The retina lies at all places of the field of view alike: bool ``[g, g]`` -> float32 ``[g, g]`` of sum 1."""
    where: np.ndarray = (seen / max(seen.sum(), 1)).astype(np.float32)
    return where


def _anywhere(rng: np.random.Generator) -> tuple[float, float]:
    x, y = rng.uniform(0, SIZE, size=2)
    return float(x), float(y)


class LocalTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(self, entries: Sequence[Entry], seed: int, classifier: ReadabilityClassifier, sha256: str) -> None:
        self.parts, self.seed = split_by_patient(entries), seed
        self.size = classifier.spec.image_size
        fast = folded(classifier).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.classifier: ReadabilityClassifier = fast
        with torch.no_grad():
            _, channels, self.grid, _ = classifier.read(torch.zeros(1, 3, self.size, self.size)).places.shape
        self.network = self.learner = LocalReadability(LocalSpec(sha256, channels))
        self.optimizer = torch.optim.AdamW(self.learner.parameters(), LEARNING_RATE, weight_decay=0.01)
        self.memory: dict[str, Tensor] = {}

    def batches(self, seed: int) -> Iterator[Batch]:
        return batches(self._stream("train", seed), BATCH_SIZE)

    def _stream(self, part: str, seed: int, graded: float = GRADED) -> LocalStream:
        return LocalStream(self.parts[part], self.size, self.grid, seed, graded)

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        told: Told = learner(self._seen(batch["image"]))
        said = masked_bce(told.logits, batch["places"]) + masked_bce(told.opinions, batch["regions"])
        return said - OF_WHERE * (batch["where"] * told.where).sum(dim=(2, 3)).mean()

    @torch.no_grad()
    def _seen(self, images: Tensor) -> Tensor:
        """What the classifier, which does not learn, makes of uint8 ``[B, 3, S, S]``."""
        signed = pixels.bytes_to_signed(images).contiguous(memory_format=torch.channels_last)
        places: Tensor = self.classifier.to(images.device).read(signed).places
        return places

    @torch.no_grad()
    def finish(self, network: nn.Module) -> dict[str, Any]:
        """Platt's line on patients and damages that training did not see; returns how well places are told apart."""
        self.classifier.cpu()
        samples = DataLoader(self._stream("validation", self.seed + 1_000_003, graded=0.0), BATCH_SIZE)
        rows: list[tuple[Tensor, ...]] = []
        for batch in islice(samples, max(1, VALIDATION_SAMPLES // BATCH_SIZE)):
            told: Told = network(self._seen(batch["image"]))
            rows.append((told.logits, batch["places"], told.opinions, batch["regions"]))
        logits, verdicts, opinions, regions = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
        known = ~np.isnan(verdicts)
        fit = LogisticRegression(C=1e3).fit(logits[known][:, None], verdicts[known] > 0.5)
        self.network.spec = replace(self.network.spec, slope=float(fit.coef_[0, 0]), intercept=float(fit.intercept_[0]))
        apart = {name: area(opinions[:, i], regions[:, i]) for i, name in enumerate(REGIONS)}
        return {"places": int(known.sum()), "auc": area(logits[known], verdicts[known]), "auc_of_opinions": apart}

    def facts(self) -> dict[str, Any]:
        return {
            "model": "local-readability",
            "datasets": counts(self.parts["train"]),
            "split": {part: len(entries) for part, entries in self.parts.items()},
            "classifier": self.network.spec.classifier,
            "optimizer": type(self.optimizer).__name__,
            "parameters": sum(p.numel() for p in self.network.parameters()),
        }


def train(data: Path, out: Path, minutes: float, seed: int, resume: bool, start: str | None = None) -> dict[str, Any]:
    """Train the local readability of the classifier in place on the sharp and the graded photographs of ``data``.

    Args:
        start: checkpoint whose weights are the first ones; it may belong to an earlier classifier, whose middle layers
            a later one's resemble.

    Raises:
        ImageError: there is no sharp photograph to train on, or none to validate on.
        WeightsError: there is no classifier, no checkpoint ``start``, or no such run in ``out`` to resume.
    """
    checkpoint = weights.locate("readability")
    entries = [entry for entry in read_index(data) if entry.dataset not in HELD_OUT]
    with first_weights.drawn_from(seed):
        task = LocalTask(entries, seed, weights.load_readability(checkpoint), checkpoint.sha256)
    if not all(any(entry.is_chosen_sharp for entry in task.parts[part]) for part in ("train", "validation")):
        raise ImageError(
            "There are too few photographs that are known to be sharp: some to train on and some to validate on.",
            "Put them into pool512/, and name them in manifest.csv.",
        )
    if start:
        task.network.load_state_dict(weights.load_head(weights.locate(start)).state_dict())
    return run(task, out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE, start=start)
