"""The region-targeted test: which part of a photograph cannot be read is known, because it was damaged here.

Sharp photographs of patients that no training saw are damaged on the optic disc, on the macula, somewhere else or as a
whole, and labelled by the rule of ``training.regions``; besides them stand untouched ones and pictures of other things.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import DISC, SHARP_LABELS, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.readability import held_out, report, trained_on
from retinaregen_core.evaluation.readability_rows import Opened, assess, opened
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.degrade import SIZE
from retinaregen_core.imaging.framing import framed
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training.other_pictures import draw_other
from retinaregen_core.training.readings import damage_photograph, regions_of
from retinaregen_core.training.stream import PATIENCE, readable

DAMAGED, SHARP, OTHER = "damaged", "sharp", "other"
CYCLE = (DAMAGED, DAMAGED, DAMAGED, SHARP, OTHER)
"""What the samples are, in turn."""


def evaluate(data: Path, out: Path, samples: int = 500, seed: int = 0) -> Path:
    """Measure the classifier on pictures of known damage; writes what ``evaluate readability`` writes.

    Args:
        data: an index of photographs, the sharp ones framed; their optic discs are known or not.
        out: folder for the results.
        samples: pictures in all.
        seed: of the damage and of the bootstrap: the same seed makes the same pictures.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no sharp photograph of a held-out patient.
        WeightsError: the weights are missing or altered.
    """
    index, model = datasets.read_index(data), RetinaRegen.from_pretrained()
    return evaluate_entries(model, sharp_held_out(index, trained_on(model.readability_checkpoint)), out, samples, seed)


def sharp_held_out(index: Sequence[Entry], trained: Iterable[str] | None) -> list[Entry]:
    """Photographs that the source knows to be sharp, of patients that no training saw.

    Args:
        index: of one folder.
        trained: names of the data sets that were trained on, see :func:`held_out`.

    Raises:
        ImageError: there is none.
    """
    sharp = [entry for entry in held_out(index, trained) if entry.is_chosen_sharp]
    if not sharp:
        raise ImageError(
            "No photograph of a held-out patient is known to be sharp.",
            "Give a folder with a manifest.csv that says so.",
        )
    return sharp


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, samples: int, seed: int) -> Path:
    """:func:`evaluate` with a loaded model and sharp photographs at hand."""
    return report(model, assess(model, _pictures(entries, samples, seed), samples), out, seed)


def _pictures(entries: Sequence[Entry], samples: int, seed: int) -> Iterator[Opened]:
    """A picture depends on its number and the seed alone.

    Photographs are taken in an order drawn by the seed, so that a few stand for all. Those to be damaged are of a known
    optic disc, where there are any: of the others, nobody knows what the damage leaves of disc and macula.
    """
    walks = {DAMAGED: walk(located(entries), seed), SHARP: walk(entries, seed)}
    for number in range(samples):
        kind, rng = CYCLE[number % len(CYCLE)], np.random.default_rng([seed, number])
        name = Path(f"{number}.png")
        if kind == OTHER:
            yield opened(Entry(name, OTHER, f"{OTHER}/{number}", (0, 0, 0, 0)), draw_other(rng))
            continue
        (entry, image), labels = next(walks[kind]), SHARP_LABELS
        if kind == DAMAGED:
            image, (fundus, macula, disc, retina) = damage_photograph(image, regions_of(entry), rng)
            labels = (fundus, macula, disc, retina)
        yield opened(Entry(name, kind, entry.patient, labels), image)


def located(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Those whose optic disc is known; all, where none is."""
    return [entry for entry in entries if entry.facts.get(DISC)] or entries


def walk(entries: Sequence[Entry], seed: int) -> Iterator[tuple[Entry, np.ndarray]]:
    """All :func:`photographs` in an order drawn by the seed, over and over."""
    return photographs(cycle([entries[place] for place in np.random.default_rng(seed).permutation(len(entries))]))


def photographs(entries: Iterable[Entry]) -> Iterator[tuple[Entry, np.ndarray]]:
    """Each with its pixels, framed to 512 px; one that cannot be read is named and passed over.

    Raises:
        ImageError: :data:`PATIENCE` in a row cannot be read.
    """
    missed = 0
    for entry in entries:
        found = list(readable([entry.path], lambda path: framed(decode.read(path), SIZE)))
        missed = 0 if found else missed + 1
        if missed == PATIENCE:
            raise ImageError("Hardly one of these photographs can be read.", "See above which, and why.")
        yield from ((entry, image) for image in found)
