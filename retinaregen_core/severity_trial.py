"""How the four labels fall while one damage grows: nobody would trust a probability that jumps or comes back.

Sharp photographs of patients that no training saw are damaged as a whole, by each row of :data:`GRADED`
in equal steps of severity. Only the severity differs from step to step: the colour of a veil and its like stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import Entry
from retinaregen_core.evaluation.readability import trained_on
from retinaregen_core.evaluation.readability_rows import Opened, assess, opened
from retinaregen_core.evaluation.statistics import LEVEL, bootstrap, mean, spearman
from retinaregen_core.evaluation.tables import Row, markdown, protocol, spread, write_csv, write_json
from retinaregen_core.imaging import field_of_view
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.region_trial import photographs, sharp_held_out
from retinaregen_core.specs import LABELS
from retinaregen_core.training.readings import reduced
from retinaregen_core.training.regions import DAMAGES, WHOLE_DAMAGES, Damage

GRADED: dict[str, Damage] = DAMAGES | WHOLE_DAMAGES
STEPS = 8
SHOWN = (0, 2, 4, 6, 8)
"""Of the steps 0 (sharp) to :data:`STEPS` (worst), the ones whose mean probability the table shows."""
RISE = 0.05
"""A probability that rises by more than this from one step to the next, worse one has come back."""


def evaluate(data: Path, out: Path, limit: int | None = None, seed: int = 0) -> Path:
    """Measure the classifier at every severity of every damage; writes ``severity.csv``, ``.json`` and ``.md``.

    Args:
        data: an index of photographs, some of them known to be sharp.
        out: folder for the results.
        limit: at most so many photographs, spread evenly over all.
        seed: of the damage and of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no sharp photograph of a held-out patient.
        WeightsError: the weights are missing or altered.
    """
    index, model = datasets.read_index(data), RetinaRegen.from_pretrained()
    entries = sharp_held_out(index, trained_on(model.readability_checkpoint))
    return evaluate_entries(model, spread(entries, limit), out, seed)


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, seed: int) -> Path:
    """:func:`evaluate` with a loaded model and sharp photographs at hand."""
    total = len(entries) * len(GRADED) * (STEPS + 1)
    rows = write_csv(assess(model, _pictures(entries, seed), total), out / "severity.csv")
    by_damage = {name: [row for row in rows if row["dataset"] == name] for name in GRADED}
    cells = [_cell(name, label, part, seed) for label in LABELS for name, part in by_damage.items()]
    measured_by = protocol(seed, readability=model.readability_checkpoint)
    write_json({"protocol": measured_by, "damages": cells}, out / "severity.json")
    table = out / "severity.md"
    table.write_text(_report(cells), encoding="utf-8")
    return table


def _pictures(entries: Sequence[Entry], seed: int) -> Iterator[Opened]:
    """Photograph by photograph, damage by damage, from sharp to worst."""
    for number, (entry, photograph) in enumerate(photographs(entries)):
        mask = field_of_view.find(photograph).mask
        small, inside = (reduced(picture) for picture in (photograph * mask[..., None], mask.astype(np.uint8)))
        for place, (name, damage) in enumerate(GRADED.items()):
            for step in range(STEPS + 1):
                picture = small.astype(np.float32) / 255
                if step:
                    picture = damage(picture, step / STEPS, np.random.default_rng([seed, number, place]))
                masked = (np.clip(picture, 0, 1) * 255).astype(np.uint8) * (inside > 0)[..., None].astype(np.uint8)
                path = Path(f"{number}_{name}_{step}.png")
                yield opened(Entry(path, name, entry.patient, (1.0, None, None, None)), masked)


def _cell(name: str, label: str, rows: Sequence[Row], seed: int) -> dict[str, Any]:
    curves, contrasts = (
        np.array([row[key] for row in rows]).reshape(-1, STEPS + 1) for key in (f"p_{label}", "contrast")
    )
    rises = np.diff(curves, axis=1)
    orders = np.array([-spearman(np.arange(STEPS + 1), curve) for curve in curves])
    agreements = np.array([spearman(contrast, curve) for contrast, curve in zip(contrasts, curves, strict=True)])
    patients = [row["patient"] for row in rows[:: STEPS + 1]]

    def measures(chosen: np.ndarray) -> dict[str, float]:
        return {
            "falls with severity (rank correlation)": mean(orders[chosen]),
            "follows vessel contrast (rank correlation)": mean(agreements[chosen]),
            f"steps that rise by more than {RISE}": mean((rises[chosen] > RISE).astype(float).ravel()),
        }

    return {
        "label": label,
        "damage": name,
        "n": len(curves),
        "mean probability": [round(float(value), 3) for value in curves.mean(axis=0)],
        "largest rise of a step": round(float(rises.max()), 3),
        "measures": bootstrap(measures, patients, np.random.default_rng(seed)),
    }


def _report(cells: Sequence[dict[str, Any]]) -> str:
    tables = [
        f"### {label}\n\n{markdown([_flat(cell) for cell in cells if cell['label'] == label])}" for label in LABELS
    ]
    words = (
        "Mean calibrated probability of each label while one damage of the whole photograph grows from none (0) to the "
        f"worst that training draws (1), in {STEPS} equal steps. Numbers with {LEVEL:.0%} bootstrap intervals over "
        "patients. A damaged photograph is still one of a fundus until little is left of it: that label need not fall "
        "as the others do.\n"
    )
    return "\n".join([*tables, words])


def _flat(cell: Mapping[str, Any]) -> Row:
    return {
        "damage": cell["damage"],
        "n": cell["n"],
        **{f"p at {step / STEPS:g}": f"{cell['mean probability'][step]:.3f}" for step in SHOWN},
        **{name: f"{interval:.3f}" for name, interval in cell["measures"].items()},
        "largest rise of a step": cell["largest rise of a step"],
    }
