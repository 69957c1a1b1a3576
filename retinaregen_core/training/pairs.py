"""An endless stream of (degraded photograph, sharp reference) pairs for the restorers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from retinaregen_core.imaging import decode, field_of_view, pixels
from retinaregen_core.imaging.degrade import SIZE, degrade
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.nets.reader import Reader
from retinaregen_core.specs import LABELS
from retinaregen_core.training.augment import even_out, recolour, turn
from retinaregen_core.training.lesions import add_lesions
from retinaregen_core.training.stream import pick, shuffled

KIND_SHARES = {
    "111": 0.18,
    "cataract": 0.22,
    "101": 0.08,
    "011": 0.10,
    "001": 0.07,
    "100": 0.09,
    "010": 0.06,
    "110": 0.06,
    "clinic": 0.09,
    "none": 0.05,
}
"""How often each degradation is drawn; "none" teaches that a sharp photograph is left as it is."""
LIGHT_SHARES = {
    "111": 0.22,
    "cataract": 0.34,
    "001": 0.20,
    "clinic": 0.10,
    "100": 0.03,
    "010": 0.03,
    "110": 0.03,
    "none": 0.05,
}
"""The same where light alone is learned: to it 101 and 011 are the same as 111."""
CLINIC_SHARES = {"clinic": 0.22, "111": 0.16, "cataract": 0.24, "001": 0.10, "none": 0.14, "110": 0.14}
"""Light learned for photographs as clinics have them: a fifth are damaged as no published type does, and nearly three
in ten are lit as they should be, so that these are left alone."""
DETAIL_SHARES = {
    "focus": 0.24,
    "clinic": 0.10,
    "111": 0.14,
    "cataract": 0.14,
    "101": 0.06,
    "100": 0.10,
    "010": 0.09,
    "110": 0.09,
    "none": 0.04,
}
"""Everything but light: a quarter are blurred as lens and hand blur, noisy or strongly compressed."""
MIXES: dict[str, Mapping[str, float]] = {
    "all": KIND_SHARES,
    "light": LIGHT_SHARES,
    "clinic": CLINIC_SHARES,
    "detail": DETAIL_SHARES,
}
"""What a recipe may ask for."""
EVENED = 0.6
"""Share of the photographs lit more or less evenly than their camera does: where all are darker at the rim and blotched
in blue, an evenly lit one passes for hazy."""
RECOLOURED = 0.9
"""Share of the photographs shown in another camera's colours. With half of them, the light correction may tell a camera
by its frame and sharpness, and give its eyes their usual brightness: wrong for every camera that it does not know."""
LESIONED = 0.4
"""Share of the photographs onto which lesions are drawn, before anything is spoiled: they are to stay."""
USES = 6
"""Times that one degraded pair is shown, each time turned or mirrored afresh: degrading costs as much as a step."""

Pair = tuple[np.ndarray, np.ndarray, Tensor]


class PairStream(IterableDataset[dict[str, Tensor]]):
    """Yields ``photograph`` and ``reference`` uint8 ``[3, S, S]`` and ``scores`` float32 ``[4]``, for ever.

    Args:
        paths: sharp photographs; those that are not 512 px square are framed and brought to it.
        seed: same seed, same stream (for one worker).
        degraded: False pairs every photograph with itself (the paper's training never sees a degraded one).
        reader: gives the readability scores of the degraded photograph; None draws scores at random, so that a
            restorer trained before its classifier does not come to depend on them.
        size: S in pixels; both are reduced to it after degrading.
        shares: a row of :data:`MIXES`.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        seed: int,
        degraded: bool = True,
        reader: Reader | None = None,
        size: int = SIZE,
        shares: Mapping[str, float] = KIND_SHARES,
    ) -> None:
        self.paths, self.seed, self.degraded, self.reader = list(paths), seed, degraded, reader
        self.size, self.shares = size, shares

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        cv2.setNumThreads(1)  # beside a training process every further thread only waits
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        for photograph, reference, scores in shuffled(self._draw, rng, USES):
            photograph, reference = turn([photograph, reference], rng)
            yield {"photograph": _chw(photograph), "reference": _chw(reference), "scores": scores}

    def _draw(self, rng: np.random.Generator) -> Pair:
        _, (photograph, mask) = pick(self.paths, read_framed, rng)
        reference = _black_outside(photograph, mask)
        if rng.random() < EVENED:
            reference = _black_outside(even_out(reference, mask, rng), mask)
        if rng.random() < RECOLOURED:
            reference = _black_outside(recolour(reference, mask, rng), mask)
        if self.degraded and rng.random() < LESIONED:
            reference = add_lesions(reference, mask, rng)
        kind = str(rng.choice(list(self.shares), p=list(self.shares.values())))
        photograph = _spoil(reference, mask, kind, rng) if self.degraded else reference
        scores = self._scores(photograph, rng)
        return _reduced(photograph, self.size), _reduced(reference, self.size), scores

    @torch.no_grad()
    def _scores(self, photograph: np.ndarray, rng: np.random.Generator) -> Tensor:
        if self.reader is None:
            return torch.from_numpy(rng.random(len(LABELS), dtype=np.float32))
        small = _reduced(photograph, self.reader.classifier.spec.image_size)
        scores: Tensor = self.reader(pixels.to_signed(small)[None])[0]
        return scores


def _spoil(reference: np.ndarray, mask: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    match kind:
        case "none":
            return reference
        case "cataract" if rng.random() < 0.5:  # the colour jitter of the paper instead of its code's, see degrade
            return degrade(reference[..., ::-1], mask, kind, int(rng.integers(2**31)))[..., ::-1]
        case _:
            return degrade(reference, mask, kind, int(rng.integers(2**31)))


def read_framed(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A photograph at 512 px and its field of view: uint8 ``[512, 512, 3]``, bool ``[512, 512]``.

    Raises:
        ImageError: it cannot be read, or shows no field of view.
    """
    framing, packed = _frame(path)
    return framing.crop(decode.read(path), SIZE), np.unpackbits(packed).reshape(SIZE, SIZE).astype(bool)


@lru_cache(maxsize=4096)
def _frame(path: Path) -> tuple[Framing, np.ndarray]:
    """Where the photograph's square lies, and the packed mask at 512 px."""
    fov = field_of_view.find(decode.read(path))
    framing = Framing.at(fov, SIZE)
    return framing, np.packbits(framing.crop_mask(fov.mask, SIZE))


def _black_outside(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return image * mask[..., None].astype(np.uint8)


def _reduced(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def _chw(image: np.ndarray) -> Tensor:
    return torch.tensor(image).permute(2, 0, 1)
