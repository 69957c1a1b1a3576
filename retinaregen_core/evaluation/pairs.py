"""Test cases of the restoration protocol: a degraded photograph beside the reference it came from."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL.Image

from retinaregen_core import datasets
from retinaregen_core.batch import by_stem
from retinaregen_core.datasets import Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.tables import spread
from retinaregen_core.imaging import decode, field_of_view
from retinaregen_core.imaging.degrade import DEGRADATIONS, KINDS, SIZE, degrade
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.imaging.grey import red_free
from retinaregen_core.specs import lookup
from retinaregen_core.uploads import read_upload

logger = logging.getLogger(__name__)

REAL = "real"
"""The type of a pair that was photographed twice, not drawn."""
PAIR_FOLDERS = (("input", "reference"), ("degraded", "sharp"))
"""Names of the two sub-folders of a folder of pairs; each pair has one stem."""


class Pair(NamedTuple):
    """A degraded photograph, its reference, and where the eye is: quality is measured there, not where the damage lets
    the eye be found."""

    degraded: np.ndarray
    reference: np.ndarray
    """uint8 ``[512, 512, 3]`` in [0, 255], like ``degraded``."""
    mask: np.ndarray
    """bool ``[512, 512]``: the field of view of the reference."""


@dataclass(frozen=True)
class Case:
    """One pair to restore, read or drawn only when it is needed."""

    index: int
    """Of the photograph, in the folder's own order: the group of the bootstrap and part of the seed."""
    file: str
    kind: str
    """A key of ``degrade.KINDS``, or :data:`REAL`."""
    load: Callable[[], Pair]
    dataset: str
    """Of the photograph: the index's word, or the folder's name."""


def find_cases(data: Path, kinds: Sequence[str] | None, limit: int | None, seed: int, grey: bool = False) -> list[Case]:
    """Every case of a folder, photograph by photograph.

    Args:
        data: sharp photographs that no network was trained on; or a labelled index, of which the readable photographs
            of held-out patients, at least 512 px, are taken; or real pairs in two sub-folders: :data:`PAIR_FOLDERS`.
        kinds: keys of ``degrade.KINDS``, ``None`` for the published ones; real pairs have no type.
        limit: at most so many photographs, spread evenly over the folder.
        seed: of the drawn degradations. Photograph, type and seed decide a pair, whatever else is evaluated.
        grey: keep the green channel alone, as a green filter before the camera does.

    Raises:
        ImageError: there is no photograph, or an input without its reference.
        RetinaRegenError: two references have the same stem.
        SpecError: an unknown kind.
    """
    for kind in kinds or ():
        lookup(KINDS, kind, "degradation")
    folders = [(data / a, data / b) for a, b in PAIR_FOLDERS if (data / a).is_dir() and (data / b).is_dir()]
    if folders:
        cases = [
            [Case(i, a.name, REAL, partial(_read, a, b), data.name)] for i, (a, b) in enumerate(_matched(*folders[0]))
        ]
    else:
        cases = [_drawn(index, entry, kinds, seed) for index, entry in enumerate(references(data))]
    if not cases:
        raise ImageError(
            f"There is no photograph in {data} that can serve as a reference.",
            f"Name a folder that holds sharp fundus photographs of {SIZE} px or more.",
        )
    chosen = [case for photograph in spread(cases, limit) for case in photograph]
    return [replace(case, load=partial(_grey, case.load)) for case in chosen] if grey else chosen


def pair_seed(seed: int, index: int, kind: str) -> int:
    """The seed of one degradation: equal for every run, independent between photographs and between types."""
    return int(np.random.default_rng([seed, index, list(KINDS).index(kind)]).integers(2**32))


def references(data: Path) -> list[Entry]:
    """Sharp photographs of at least 512 px that no network was trained on: of a labelled index the test patients'."""
    entries = datasets.read_index(data)
    if any(entry.labels != datasets.UNKNOWN for entry in entries):
        held_out = datasets.split_by_patient(entries)["test"]
        entries = [entry for entry in held_out if entry.labels == datasets.SHARP_LABELS]
    fit = [entry for entry in entries if _is_large_enough(entry)]
    if len(fit) < len(entries):
        logger.info("Left out: %d photographs smaller than %d px, or enlarged.", len(entries) - len(fit), SIZE)
    return fit


def _is_large_enough(entry: Entry) -> bool:
    """An enlarged photograph is no sharp reference. Of a DICOM file the size is seen when it is decoded."""
    if entry.is_enlarged:
        return False
    try:
        with PIL.Image.open(entry.path) as image:
            return min(image.size) >= SIZE
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError):
        return True  # decoding says what is wrong, if anything is


def _drawn(index: int, entry: Entry, kinds: Sequence[str] | None, seed: int) -> list[Case]:
    return [
        Case(
            index,
            entry.path.name,
            kind,
            partial(_degrade, entry.path, kind, pair_seed(seed, index, kind)),
            entry.dataset,
        )
        for kind in kinds or DEGRADATIONS
    ]


def _matched(inputs: Path, references: Path) -> list[tuple[Path, Path]]:
    truths = by_stem(_photographs(references))
    found = _photographs(inputs)
    for path in found:
        if datasets.stem(path) not in truths:
            raise ImageError(
                f"{path.name} has no reference: nothing in {references} is called {datasets.stem(path)}.",
                "Give every input a reference of the same name, or move it away.",
            )
    return [(path, truths[datasets.stem(path)]) for path in found]


def _photographs(folder: Path) -> list[Path]:
    return [path for path in datasets.files_below(folder) if datasets.is_photograph(path)]


def _grey(load: Callable[[], Pair]) -> Pair:
    pair = load()
    return Pair(red_free(pair.degraded), red_free(pair.reference), pair.mask)


def _read(degraded: Path, reference: Path) -> Pair:
    """Both cut to the square of the reference's field of view, and brought to 512 px."""
    pair = read_upload(degraded, reference)
    assert pair.reference is not None
    fov = field_of_view.find(pair.reference)
    framing = Framing.at(fov, SIZE)
    return Pair(framing.crop(pair.image, SIZE), framing.crop(pair.reference, SIZE), framing.crop_mask(fov.mask, SIZE))


def _degrade(path: Path, kind: str, seed: int) -> Pair:
    """Degrade at 512 px; the reference is black outside its field of view, as the degraded one is."""
    image = decode.read(path)
    fov = field_of_view.find(image)
    framing = Framing.at(fov, SIZE)
    image, mask = framing.crop(image, SIZE), framing.crop_mask(fov.mask, SIZE)
    return Pair(degrade(image, mask, kind, seed), image * mask[..., None].astype(np.uint8), mask)
