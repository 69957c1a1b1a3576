"""Does a restoration keep small bright lesions and wipe dust? No other measure of a whole picture would show it.

Every spot that a sharp photograph shows, and every lesion drawn onto it, is looked for again after the photograph was
damaged, and after that was restored. What stands out at less than ``metrics.spots.WEAKENED`` of its true prominence has
faded. Spots of a dusty photograph that the sharp one does not show are dust, and should. Whether a spot that a
photograph shows is a lesion, nobody says: in healthy eyes it is texture that must stay as well.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from retinaregen_core.datasets import Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation.pairs import pair_seed, references
from retinaregen_core.evaluation.statistics import LEVEL, Statistic, bootstrap
from retinaregen_core.evaluation.tables import Row, identity, markdown, spread, write_csv
from retinaregen_core.imaging import spots
from retinaregen_core.imaging.degrade import degrade
from retinaregen_core.imaging.spots import Prominence
from retinaregen_core.metrics.spots import WEAKENED, fading
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training.lesions import add_lesions
from retinaregen_core.training.pairs import read_framed

NONE = "none"
DAMAGES = (NONE, "010", "110", "111", "cataract", "clinic")
"""How photographs are damaged: not at all, or by a row of ``degrade.KINDS``."""
DUSTY = ("010", "110")
"""Of these the ones that add dust and no light of another kind, in which texture would pass for dust."""
SHOWN, DRAWN = "spots that it shows", "lesions drawn onto it"
KEYS = ("photograph", "of", "damage")
"""Columns that say what was counted."""
NEW = 0.5
"""A spot stands out by less than this share of its prominence where it is not: there it was drawn, or is dust."""


def evaluate(data: Path, out: Path, model: str = "flagship", limit: int | None = None, seed: int = 0) -> Path:
    """Restore sharp photographs, damaged or not, and count the spots that fade; writes ``lesions`` (csv, md).

    Args:
        data: sharp photographs that no network was trained on, or a labelled index: see ``evaluation.pairs``.
        out: folder for the results.
        model: name, path or repository of the restorer.
        limit: at most so many photographs, spread evenly.
        seed: of lesions, damage and bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: there is no photograph to measure.
        WeightsError: the weights are missing or altered.
    """
    entries = spread(references(data), limit)
    if not entries:
        raise ImageError(
            f"There is no sharp photograph in {data} to measure.", f"Name a folder that holds some of {spots.SIDE} px."
        )
    return evaluate_entries(RetinaRegen.from_pretrained(model), entries, out, seed)


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, seed: int) -> Path:
    """:func:`evaluate` with a loaded model and sharp photographs at hand."""
    rows = write_csv(_measured(model, entries, seed), out / "lesions.csv")
    table = out / "lesions.md"
    notes = (
        f"\n{len(entries)} photographs; faded: less than {WEAKENED:.0%} of the true prominence is left. Truth is the "
        "sharp photograph, for dust the damaged one. Lesions are drawn as for training (training/lesions.py), on other "
        f"eyes; small bright ones are counted. {LEVEL:.0%} bootstrap intervals over photographs. "
        f"{identity(model.checkpoint)['name']} {model.checkpoint.sha256[:12]}, seed {seed}.\n"
    )
    table.write_text(markdown(list(_lines(rows, seed))) + notes, encoding="utf-8")
    return table


def _measured(model: RetinaRegen, entries: Sequence[Entry], seed: int) -> Iterator[Row]:
    """A photograph's lesions and damage depend on its number and the seed alone."""
    for number, entry in enumerate(entries):
        photograph, mask = read_framed(entry.path)
        plain = photograph * mask[..., None].astype(np.uint8)
        drawn = add_lesions(plain, mask, np.random.default_rng([seed, number]))
        for of, sharp in ((SHOWN, plain), (DRAWN, drawn)):
            truth, places = _spots(sharp, mask)
            if of == DRAWN:
                places = _missing(places, truth, spots.prominence(plain, mask))
            for damage in DAMAGES:
                damaged = sharp if damage == NONE else degrade(sharp, mask, damage, pair_seed(seed, number, damage))
                restored = model.restore(damaged, seed=seed, lpips=False).restored
                (before, shown), after = _spots(damaged, mask), spots.prominence(restored, mask)
                dust = _missing(shown, before, truth) if damage in DUSTY else np.zeros_like(shown)
                yield {
                    "photograph": entry.path.name,
                    "of": of,
                    "damage": damage,
                    "spots": int(places.max()),
                    "faded before": len(fading(places, truth, before).weakened),
                    "faded after": len(fading(places, truth, after).weakened),
                    "dust": int(dust.max()),
                    "dust faded": len(fading(dust, before, after).weakened),
                }


def _spots(picture: np.ndarray, mask: np.ndarray) -> tuple[Prominence, np.ndarray]:
    """How far everything stands out, and the numbered spots."""
    height = spots.prominence(picture, mask)
    return height, spots.find(height.relative)


def _missing(places: np.ndarray, shown: Prominence, elsewhere: Prominence) -> np.ndarray:
    """Of numbered spots those that another picture of the same eye does not show, numbered anew."""
    numbers = np.zeros(int(places.max()) + 1, np.int32)
    there, here = elsewhere.relative, shown.relative
    numbers[1:] = [there[places == n].mean() < NEW * here[places == n].mean() for n in range(1, len(numbers))]
    kept: np.ndarray = (np.cumsum(numbers) * numbers).astype(np.int32)[places]
    return kept


def _lines(rows: Sequence[Row], seed: int) -> Iterator[Row]:
    for of, damage in dict.fromkeys((row["of"], row["damage"]) for row in rows):
        part = [row for row in rows if (row["of"], row["damage"]) == (of, damage)]
        shares = bootstrap(_statistic(part), range(len(part)), np.random.default_rng(seed))
        count = {name: sum(row[name] for row in part) for name in ("spots", "dust")}
        faded = {f"faded {when}": f"{shares[f'faded {when}']:.1%}" for when in ("before", "after")}
        dust = {"dust": count["dust"], "dust faded": f"{shares['dust faded']:.1%}"}
        yield {"of": of, "damage": damage, "spots": count["spots"], **faded, **dust}


def _statistic(rows: Sequence[Row]) -> Statistic:
    """Shares of all spots of some photographs."""
    counts = {name: np.array([row[name] for row in rows], float) for name in rows[0] if name not in KEYS}

    def measured(chosen: np.ndarray) -> dict[str, float]:
        total = {name: values[chosen].sum() for name, values in counts.items()}
        of = {"faded before": "spots", "faded after": "spots", "dust faded": "dust"}
        return {part: total[part] / total[whole] if total[whole] else np.nan for part, whole in of.items()}

    return measured
