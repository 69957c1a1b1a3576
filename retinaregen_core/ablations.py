"""The paper's comparisons, each row trained and measured under one budget; what is finished is not done again."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from retinaregen_core import datasets, weights
from retinaregen_core.datasets import Entry
from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.evaluation import ablation_tables
from retinaregen_core.evaluation.pairs import Case, find_cases
from retinaregen_core.evaluation.paper_tables import PAPER_TABLES, rows_of
from retinaregen_core.evaluation.restoration import evaluate_cases
from retinaregen_core.evaluation.restoration_summary import INPUT
from retinaregen_core.evaluation.tables import write_json
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import RestorerSpec, lookup
from retinaregen_core.training import first_weights
from retinaregen_core.training.loop import train
from retinaregen_core.training.paper_recipe import paper_recipe
from retinaregen_core.training.restorer import LICENCE, RestorerTask
from retinaregen_core.weights import Checkpoint

logger = logging.getLogger(__name__)

RESULT = "result.json"
PROTOCOL = 2
"""Of measuring: a row that was measured by another is done again. 2: first weights of the seed, true field of view."""
STRIDE = 16
"""The working size is a multiple of it: the extractors' stride, and twice that of the backbones."""


@dataclass(frozen=True)
class Budget:
    """What every row gets alike; another budget is another set of results."""

    minutes: float
    """Of training, per row."""
    size: int
    """Working size in pixels, a multiple of 16."""
    kind: str
    """Type of degradation that is measured."""
    photographs: int
    seed: int
    steps: int
    """Timesteps visited on the way back, at least 1."""

    def __post_init__(self) -> None:
        if self.size % STRIDE:
            raise SpecError(f"A working size of {self.size} px does not fit.", f"Choose a multiple of {STRIDE}.")

    @property
    def name(self) -> str:
        return f"{self.size}px-{self.minutes:g}min-{self.kind}-{self.photographs}-{self.steps}steps-seed{self.seed}"


def ablate(names: Sequence[str], data: Path, out: Path, budget: Budget, test: Path | None = None) -> list[Path]:
    """Train and measure every row of some comparisons; write ``ablation_<name>.csv`` and ``.md`` below ``out``.

    Args:
        names: keys of ``PAPER_TABLES``.
        data: an index that labels its photographs; trained on are the sharp ones of all but the test patients.
        out: folder of the results, one sub-folder per budget and row. An interrupted row goes on where it stopped; one
            of other photographs or of another classifier is done again.
        budget: see :class:`Budget`.
        test: photographs that are measured; ``None`` for those of the test patients of ``data``.

    Returns:
        The Markdown tables.

    Raises:
        SpecError: an unknown comparison or type of degradation.
        ImageError: no photograph to train on or to measure.
        WeightsError: no readability checkpoint.
    """
    tables = {name: lookup(PAPER_TABLES, name, "comparison") for name in names}
    cases = find_cases(test or data, [budget.kind], budget.photographs, budget.seed)
    if any(case.kind != budget.kind for case in cases):
        raise ImageError("Pairs cannot be degraded for a comparison.", "Give a folder of sharp photographs as --test.")
    entries, folder = trainable(datasets.read_index(data)), out / budget.name
    inputs = fingerprint(entries, cases, weights.locate("readability"))
    results = {}
    rows = list(rows_of(names))
    for number, row in enumerate(rows, start=1):
        logger.info("row %d of %d: %s", number, len(rows), key(row.spec))
        results[row.spec] = finished(folder, row.spec, inputs) or run(row.spec, entries, cases, folder, budget, inputs)
    return [ablation_tables.write(name, table, results, folder) for name, table in tables.items()]


def trainable(entries: Sequence[Entry]) -> list[Entry]:
    """The sharp photographs of all but the test patients, those chosen for their sharpness and not graded.

    Raises:
        ImageError: there is none.
    """
    parts = datasets.split_by_patient(entry for entry in entries if entry.is_chosen_sharp)
    found = parts["train"] + parts["validation"]
    if not found:
        raise ImageError(
            "No photograph of this folder is known to be sharp.", "Give a folder with a manifest.csv that says so."
        )
    return found


def key(spec: RestorerSpec) -> str:
    """The row's name on disk: ``vae-resnet34-bilinear-static-static``."""
    return "-".join((spec.backbone, spec.extractor, spec.resize, spec.weighting, spec.condition))


def fingerprint(entries: Sequence[Entry], cases: Sequence[Case], readability: Checkpoint) -> str:
    """sha256 of what a row is trained on, measured on and judged by; the budget, seed included, is not part of it."""
    named = {
        "protocol": PROTOCOL,
        "entries": [(entry.dataset, entry.patient, entry.path.name) for entry in entries],
        "cases": [(case.dataset, case.index, case.file, case.kind) for case in cases],
        "readability": (readability.sha256, readability.config_sha256),
    }
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def finished(folder: Path, spec: RestorerSpec, inputs: str) -> dict[str, Any] | None:
    """What an earlier run measured with the same :func:`fingerprint`, or None."""
    known = _known(folder / key(spec), inputs)
    return known if "output" in known else None


def _known(place: Path, inputs: str) -> dict[str, Any]:
    """The row's file, which is there from the start of its training; empty when it is of other inputs."""
    path = place / RESULT
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return known if known.get("inputs") == inputs else {}


def run(
    spec: RestorerSpec, entries: Sequence[Entry], cases: Sequence[Case], folder: Path, budget: Budget, inputs: str
) -> dict[str, Any]:
    """Train one row, or go on with it, and measure it by the restoration protocol."""
    place = folder / key(spec)
    walked = replace(spec, num_steps=budget.steps)
    with first_weights.drawn_from(budget.seed):
        task = RestorerTask(paper_recipe(walked, budget.size), entries)
    state = place / "state.pt"
    resumed = state.is_file() and bool(_known(place, inputs))
    place.mkdir(parents=True, exist_ok=True)
    write_json({"inputs": inputs}, place / RESULT)
    record = train(task, place, minutes=budget.minutes, seed=budget.seed, resume=resumed, licence=LICENCE)
    checkpoint, readability = weights.locate(place), weights.locate("readability")
    cpu = torch.device("cpu")
    restorer, reader = weights.load_restorer(checkpoint, cpu), weights.load_reader(readability, cpu)
    model = RetinaRegen(restorer, reader, checkpoint, readability)
    table = evaluate_cases({key(spec): model}, cases, place, seed=budget.seed)
    cells = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))["results"]
    by_method = {cell["method"]: cell for cell in cells if cell["type"] == budget.kind}
    training = {name: record[name] for name in ("images", "steps", "wall_seconds", "parameters", "hardware")}
    result = {
        "inputs": inputs,
        "key": key(spec),
        "spec": asdict(replace(walked, image_size=budget.size)),
        "budget": asdict(budget),
        "training": training,
        "n": by_method[INPUT]["n"],
        "input": by_method[INPUT]["measures"],
        "output": by_method[key(spec)]["measures"],
    }
    write_json(result, place / RESULT)
    state.unlink()
    return result
