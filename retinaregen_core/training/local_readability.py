"""Training of the local readability: where can a photograph be read? Damage whose place is known tells."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from retinaregen_core import weights
from retinaregen_core.datasets import Entry, counts, read_index, split_by_patient
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import field_of_view, pixels
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.specs import LocalSpec
from retinaregen_core.training.augment import grey, other_camera, paper_augmentation, turn
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.readability import HELD_OUT
from retinaregen_core.training.readings import COLOURLESS, UNDAMAGED_COLOURS, as_uploaded, read_framed, reduced, spoil
from retinaregen_core.training.regions import SIZE, Regions, judge_places, places_seen
from retinaregen_core.training.restorer import LICENCE
from retinaregen_core.training.stream import batches, pick, shuffled

BATCH_SIZE, LEARNING_RATE = 16, 1e-3
VALIDATION_SAMPLES = 480
GRADED, OF_BAD, OF_GOOD = 0.25, 0.1, 0.95
"""Share of the photographs that are graded by people instead of damaged, and what is expected of their places: a grade
speaks of the whole, and hardly any of a bad photograph can be read."""
USES = 4


class LocalStream(IterableDataset[dict[str, Tensor]]):
    """Yields ``image`` uint8 ``[3, S, S]`` and ``places`` float32 ``[g, g]``, for ever: 1 readable, 0 not, NaN unknown.

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
        self.sharp = [entry.path for entry in entries if entry.is_chosen_sharp]
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
        for image, places in shuffled(self.draw, rng, USES):
            image, places = turn([image, places], rng)
            image = paper_augmentation(image, rng)
            yield {"image": torch.tensor(image).permute(2, 0, 1), "places": torch.tensor(places)}

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One picture at S, and its places."""
        picture, places = self._graded(rng) if rng.random() < self.share else self._damaged(rng)
        return as_uploaded(picture, self.size, rng), places

    def _damaged(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        image = self._read(self.sharp, rng)
        damaged = spoil(image, Regions(_anywhere(rng), _anywhere(rng)), rng)
        return damaged.picture, judge_places(damaged.sharp, damaged.left, damaged.inside, self.grid)

    def _graded(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        expected, paths = self.graded[int(rng.integers(len(self.graded)))]
        image = reduced(self._read(paths, rng))
        inside = field_of_view.find(image).mask
        return image, np.where(places_seen(inside, self.grid), np.float32(expected), np.float32(np.nan))

    def _read(self, paths: Sequence[Path], rng: np.random.Generator) -> np.ndarray:
        """Of another camera, perhaps without colour: uint8 ``[512, 512, 3]``."""
        image = other_camera(pick(paths, read_eye, rng)[1], rng, UNDAMAGED_COLOURS)
        return grey(image, rng) if rng.random() < COLOURLESS else image


def read_eye(path: Path) -> np.ndarray:
    """As :func:`read_framed`.

    Raises:
        ImageError: it cannot be read, or shows no field of view once it is framed.
    """
    image = read_framed(path)
    field_of_view.find(reduced(image))
    return image


def _anywhere(rng: np.random.Generator) -> tuple[float, float]:
    x, y = rng.uniform(0, SIZE, size=2)
    return float(x), float(y)


class LocalTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(self, entries: Sequence[Entry], seed: int, classifier: ReadabilityClassifier, sha256: str) -> None:
        self.parts, self.seed = split_by_patient(entries), seed
        self.classifier, self.size = classifier, classifier.spec.image_size
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
        verdicts = batch["places"]
        known = ~verdicts.isnan()
        return F.binary_cross_entropy_with_logits(learner(self._seen(batch["image"])).float()[known], verdicts[known])

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
        rows = [
            (network(self._seen(batch["image"])), batch["places"])
            for batch in islice(samples, max(1, VALIDATION_SAMPLES // BATCH_SIZE))
        ]
        logits, verdicts = (torch.cat(column).numpy() for column in zip(*rows, strict=True))
        known = ~np.isnan(verdicts)
        evidence, readable = logits[known][:, None], verdicts[known] > 0.5
        fit = LogisticRegression(C=1e3).fit(evidence, readable)
        self.network.spec = replace(self.network.spec, slope=float(fit.coef_[0, 0]), intercept=float(fit.intercept_[0]))
        return {"places": int(known.sum()), "auc": round(float(roc_auc_score(readable, evidence[:, 0])), 4)}

    def facts(self) -> dict[str, Any]:
        return {
            "model": "local-readability",
            "datasets": counts(self.parts["train"]),
            "split": {part: len(entries) for part, entries in self.parts.items()},
            "classifier": self.network.spec.classifier,
            "optimizer": type(self.optimizer).__name__,
            "parameters": sum(p.numel() for p in self.network.parameters()),
        }


def train(data: Path, out: Path, minutes: float, seed: int, resume: bool) -> dict[str, Any]:
    """Train the local readability of the classifier in place on the sharp and the graded photographs of ``data``.

    Raises:
        ImageError: there is no sharp photograph to train on, or none to validate on.
        WeightsError: there is no classifier, or no such run in ``out`` to resume.
    """
    checkpoint = weights.locate("readability")
    entries = [entry for entry in read_index(data) if entry.dataset not in HELD_OUT]
    task = LocalTask(entries, seed, weights.load_readability(checkpoint), checkpoint.sha256)
    if not all(any(entry.is_chosen_sharp for entry in task.parts[part]) for part in ("train", "validation")):
        raise ImageError(
            "There are too few photographs that are known to be sharp: some to train on and some to validate on.",
            "Put them into pool512/, and name them in manifest.csv.",
        )
    return run(task, out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE)
