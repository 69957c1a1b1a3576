"""An endless stream of framed pictures with the readability labels that are known of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from retinaregen_core.datasets import DISC, UNKNOWN, Entry
from retinaregen_core.errors import FieldOfViewError
from retinaregen_core.imaging import decode, field_of_view
from retinaregen_core.imaging.degrade import DEGRADATIONS, degrade
from retinaregen_core.imaging.degrade import SIZE as DEGRADE_SIZE
from retinaregen_core.imaging.degrade.coding import as_jpeg
from retinaregen_core.imaging.framing import framed
from retinaregen_core.training.augment import grey, other_camera, paper_augmentation, reframe, turn
from retinaregen_core.training.other_pictures import draw_other
from retinaregen_core.training.regions import SIZE, Regions, crop, damage, judge, regions_from_disc, soft_disc
from retinaregen_core.training.stream import pick, shuffled

SHARES = {"graded": 0.27, "damaged": 0.4, "sharp": 0.08, "other": 0.25}
"""How often each source is drawn: photographs graded by people, damaged sharp ones, sharp ones, other pictures."""
UPLOADS = {"graded": 0.36, "damaged": 0.24, "sharp": 0.2, "other": 0.2}
"""The same as uploads may be expected, most of them readable: what probabilities are calibrated for."""
TAKEN_APART, OUTLIERS = 0.25, 0.12
"""Shares of the other pictures that are fundus photographs taken apart, and photographs graded as something else."""
LOCATED = 0.75
"""Share of the damaged photographs whose optic disc the source tells: only there can damage be aimed at a region."""
CROPS = 0.08
"""Share of the damaged photographs that end too early."""
INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
USES = 3
UNDAMAGED_COLOURS = 1.6
"""Strength of the colour augmentation: graded photographs come colour-equalised, clinics' do not."""

COLOURLESS = 0.15
"""Share of the photographs that are shown grey or red-free."""

EXPORT_SIDES, EXPORT_QUALITIES = (400, 1100), (50, 95)
"""Pixels per side and JPEG quality of a photograph that is exported anew."""
DIMMED, DIMMEST = 0.3, 0.25
"""Share of these that are taken with less light, and what is left of it in the darkest."""

Labels = tuple[float | None, ...]
Reading = tuple[np.ndarray, Labels]


class Damaged(NamedTuple):
    """A damaged photograph, and by what it is judged; all at 320 px."""

    picture: np.ndarray
    """uint8 ``[320, 320, 3]``, black outside the field of view."""
    sharp: np.ndarray
    """float32 ``[320, 320, 3]`` in [0, 1]: as it was."""
    inside: np.ndarray
    """bool ``[320, 320]``: the field of view."""

    @property
    def left(self) -> np.ndarray:
        """What is left of the photograph, in the range of ``sharp``."""
        return self.picture.astype(np.float32) / 255


class ReadingStream(IterableDataset[dict[str, Tensor]]):
    """Yields ``image`` and ``copy`` uint8 ``[3, S, S]``, one picture :func:`exported` anew, and ``labels``, for ever.

    ``labels`` are float32 ``[4]``, NaN where unknown.

    Args:
        entries: photographs with labels; those with all four labels 1 also serve as sharp originals to be damaged.
        size: S in pixels.
        seed: same seed, same stream (for one worker).
        shares: :data:`SHARES` or :data:`UPLOADS`; a source without photographs gets none, the others as much more.
    """

    def __init__(self, entries: Sequence[Entry], size: int, seed: int, shares: Mapping[str, float] = SHARES) -> None:
        self.size, self.seed = size, seed
        graded = [e for e in entries if e.is_graded and e.labels != UNKNOWN]
        names = sorted({e.dataset for e in graded})
        self.entries = {e.path: e for e in entries}
        self.graded = [[e.path for e in graded if e.dataset == name] for name in names]
        self.outliers = [e.path for e in graded if e.labels[0] == 0]
        self.sharp = [e.path for e in entries if e.is_chosen_sharp]
        self.located = [path for path in self.sharp if DISC in self.entries[path].facts] or self.sharp
        pools = {"graded": self.graded, "damaged": self.sharp, "sharp": self.sharp}
        filled = {name: share for name, share in shares.items() if pools.get(name, True)}
        self.shares = {name: share / sum(filled.values()) for name, share in filled.items()}

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        for image, copy, labels in shuffled(self._twice, rng, USES):
            both = paper_augmentation(np.stack(turn([image, copy], rng)), rng)
            image, copy = torch.tensor(both).permute(0, 3, 1, 2)
            known = torch.tensor([float("nan") if label is None else float(label) for label in labels])
            yield {"image": image, "copy": copy, "labels": known}

    def _twice(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, Labels]:
        picture, labels = self.draw(rng)
        if rng.random() < 0.5:
            picture = reframe(picture, rng)
        return as_uploaded(picture, self.size, rng), exported(picture, self.size, rng), labels

    def draw(self, rng: np.random.Generator) -> Reading:
        """One picture at the size of its source, and its labels."""
        source = str(rng.choice(list(self.shares), p=list(self.shares.values())))
        if source == "other":
            return _framed(self._other(rng)), (0.0, 0.0, 0.0, 0.0)
        path, image = pick(self._pool(source, rng), read_framed, rng)
        entry, image = self.entries[path], other_camera(image, rng, UNDAMAGED_COLOURS)
        if rng.random() < COLOURLESS:
            image = grey(image, rng)
        if source == "damaged":
            return damage_photograph(image, regions_of(entry), rng)
        return image, entry.labels

    def _pool(self, source: str, rng: np.random.Generator) -> Sequence[Path]:
        """A large set of graded photographs is drawn more often than a small one, but not in proportion."""
        if source == "graded":
            sizes = np.sqrt([len(pool) for pool in self.graded])
            return self.graded[int(rng.choice(len(sizes), p=sizes / sizes.sum()))]
        return self.located if source == "damaged" and rng.random() < LOCATED else self.sharp

    def _other(self, rng: np.random.Generator) -> np.ndarray:
        kind = rng.random()
        if kind < TAKEN_APART and self.sharp:
            return draw_other(rng, pick(self.sharp, read_framed, rng)[1])
        if TAKEN_APART <= kind < TAKEN_APART + OUTLIERS and self.outliers:
            return other_camera(pick(self.outliers, decode.read, rng)[1], rng, UNDAMAGED_COLOURS)
        return draw_other(rng)


def as_uploaded(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Reduced to ``size``, often through a copy of another size or JPEG quality."""
    if rng.random() < 0.4:
        side = int(rng.integers(size, 2 * SIZE))
        image = cv2.resize(image, (side, side), interpolation=int(rng.choice(INTERPOLATIONS)))
    if rng.random() < 0.4:
        image = as_jpeg(image, int(rng.integers(60, 98)))
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def exported(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Another file of the same picture, reduced to ``size``: same content, other pixels, some coded while dark."""
    side = int(rng.integers(*EXPORT_SIDES))
    light = float(rng.uniform(DIMMEST, 1)) if rng.random() < DIMMED else 1.0
    wide = cv2.resize(image, (side, side), interpolation=int(rng.choice(INTERPOLATIONS)))
    coded = as_jpeg(cv2.convertScaleAbs(wide, alpha=light), int(rng.integers(*EXPORT_QUALITIES)))
    return cv2.resize(cv2.convertScaleAbs(coded, alpha=1 / light), (size, size), interpolation=cv2.INTER_AREA)


def damage_photograph(image: np.ndarray, regions: Regions, rng: np.random.Generator) -> Reading:
    """:func:`spoil` a sharp photograph, and judge what is left of every region.

    Returns:
        uint8 ``[320, 320, 3]`` and the four labels.
    """
    damaged = spoil(image, regions, rng)
    return damaged.picture, judge(damaged.sharp, damaged.left, damaged.inside, regions)


def spoil(image: np.ndarray, regions: Regions, rng: np.random.Generator) -> Damaged:
    """Damage a sharp photograph as a whole, in one region or both.

    Args:
        image: uint8 ``[512, 512, 3]``, framed.
        regions: its disc and macula, in pixels at 320.
        rng: of all chance.
    """
    mask = field_of_view.find(image).mask
    sharp = degraded = image * mask[..., None].astype(np.uint8)
    if rng.random() < 0.35:
        degraded = degrade(sharp, mask, str(rng.choice(list(DEGRADATIONS))), int(rng.integers(2**31)))
    before, picture = (reduced(p).astype(np.float32) / 255 for p in (sharp, degraded))
    inside = reduced(mask.astype(np.uint8)) > 0
    for _ in range(int(rng.choice([0, 1, 2], p=[0.1, 0.6, 0.3]))):
        picture = damage(picture, _where(regions, rng), rng)
    if rng.random() < CROPS:
        picture = crop(picture, float(rng.uniform()), rng)
    return Damaged(np.round(picture * inside[..., None] * 255).astype(np.uint8), before, inside)


def read_framed(path: Path) -> np.ndarray:
    """As the product frames an upload: uint8 ``[512, 512, 3]``; as it is where there is no field of view."""
    return _framed(decode.read(path))


def _framed(image: np.ndarray) -> np.ndarray:
    """As the product frames an upload, at the size of the pools; a picture without a field of view stays as it is."""
    try:
        return framed(image, DEGRADE_SIZE)
    except FieldOfViewError:
        return image


def reduced(image: np.ndarray) -> np.ndarray:
    """``[H, W]`` or ``[H, W, C]`` at the size at which damage is put on and judged: ``[320, 320]`` or with C."""
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _where(regions: Regions, rng: np.random.Generator) -> np.ndarray:
    """Everywhere, or a soft disc on the optic disc, on the macula or anywhere else: float32 ``[320, 320]``."""
    anywhere = (float(rng.uniform(0, SIZE)), float(rng.uniform(0, SIZE)))
    centre = [None, regions.disc, regions.macula, anywhere][int(rng.choice(4, p=[0.25, 0.38, 0.28, 0.09]))]
    if centre is None:
        return np.ones((SIZE, SIZE), np.float32)
    return soft_disc(centre, float(rng.uniform(38, 90)), float(rng.uniform(3, 38)))


def regions_of(entry: Entry) -> Regions:
    """Disc and macula of a photograph, in pixels at 320; None where the source does not say."""
    disc = entry.facts.get(DISC)
    scale = SIZE / DEGRADE_SIZE  # the source gives pixels at 512
    return regions_from_disc((disc[0] * scale, disc[1] * scale) if disc else None)
