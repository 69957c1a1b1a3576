"""The model card of the published weights: every number is read from the training records and evaluation results."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult
from huggingface_hub.repocard_data import CardData, eval_results_to_model_index

from retinaregen_core.manifest import CARD, CONFIG, WEIGHTS, Manifest, areas_of_labels, training_record

HUB_LICENCES = {"CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0", "Apache-2.0": "apache-2.0"}
"""How our licence lines begin -> the Hub's identifier; another licence is declared as "other"."""
TAGS = ["ophthalmology", "fundus", "retina", "diffusion", "image-restoration", "image-quality", "research-use-only"]
SCORES = {
    "auc": ("roc_auc", "ROC AUC"),
    "ece": ("expected_calibration_error", "Expected calibration error"),
    "accuracy": ("accuracy", "Accuracy"),
    "f1": ("f1", "F1"),
}
"""What the card tells of each label: measure of ``evaluate readability`` -> the Hub's identifier, and its title."""
GENERATED = "This card is written by `retinaregen publish` from the training records; edit those, not this."


@dataclass(frozen=True)
class Measured:
    """One measured number."""

    task: str
    dataset: str
    metric: str
    """The Hub's name of the metric."""
    name: str
    value: float

    def as_result(self) -> EvalResult:
        """In the Hub's words; the data set is not on the Hub, so its identity is made from its name."""
        return EvalResult(
            task_type=self.task,
            dataset_type=re.sub(r"[^A-Za-z0-9.]+", "-", self.dataset).strip("-"),
            dataset_name=self.dataset,
            metric_type=self.metric,
            metric_value=self.value,
            metric_name=self.name,
        )


def card(manifest: Manifest, repository: str, results: Path | None = None) -> str:
    """The repository's README.md: the metadata block that the Hub reads, and what a reader has to know.

    Args:
        manifest: the checkpoints to describe.
        repository: "owner/name" on the Hub.
        results: folder that ``retinaregen evaluate`` wrote to; its numbers count where they are of these very weights.
    """
    records = {name: training_record(manifest.root / name) for name in sorted(manifest.checkpoints)}
    measured = {name: [*_validated(records[name]), *_evaluated(manifest, name, results)] for name in records}
    metadata = _metadata(manifest, records, measured)
    parts = [_introduction(manifest, repository), *(_section(manifest, name, records, measured) for name in records)]
    return f"---\n{CardData(**metadata).to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _metadata(
    manifest: Manifest, records: Mapping[str, Mapping[str, Any]], measured: Mapping[str, list[Measured]]
) -> dict[str, Any]:
    every = [row for rows in measured.values() for row in rows]
    index = [
        entry
        for name, rows in measured.items()
        if rows
        for entry in eval_results_to_model_index(f"RetinaRegen {name}", [row.as_result() for row in rows])
    ]
    return {
        **_licence({row.licence for row in manifest.checkpoints.values()}),
        "pipeline_tag": "image-to-image",
        "library_name": "retinaregen",
        "tags": TAGS,
        "datasets": sorted({dataset for record in records.values() for dataset in record.get("datasets", {})}) or None,
        "metrics": sorted({row.metric for row in every}) or None,
        "model-index": index or None,
    }


def _licence(lines: set[str]) -> dict[str, str]:
    """One identifier for the repository; several licences, or one that the Hub does not list, are "other"."""
    known = {identifier for line in lines for start, identifier in HUB_LICENCES.items() if line.startswith(start)}
    if len(known) == 1 and all(line.startswith(tuple(HUB_LICENCES)) for line in lines):
        return {"license": known.pop()}
    return {"license": "other", "license_name": "; ".join(sorted(lines))}


def _validated(record: Mapping[str, Any]) -> Iterator[Measured]:
    """What the training run itself measured on photographs that it did not train on."""
    validation = record.get("validation", {})
    for label, value in areas_of_labels(validation).items():
        dataset = f"validation samples (n = {validation.get('n', '?')})"
        yield Measured("image-classification", dataset, "roc_auc", f"ROC AUC, {label}", value)
    for kind, scores in validation.items():
        if isinstance(scores, dict) and "output" in scores:
            dataset = f"validation photographs degraded by type {kind} (n = {validation.get('photographs', '?')})"
            yield _psnr(dataset, scores["output"], scores.get("input"))


def _psnr(dataset: str, value: float, start: float | None) -> Measured:
    name = "PSNR in dB" if start is None else f"PSNR in dB, from {start:.2f} dB"
    return Measured("image-to-image", dataset, "psnr", name, value)


def _evaluated(manifest: Manifest, name: str, results: Path | None) -> Iterator[Measured]:
    """What ``retinaregen evaluate`` measured, when it measured the weights and the calibration that are published."""
    if results is None:
        return
    files = manifest.checkpoints[name].files
    for file, network, read in (
        (f"restoration_{name}.json", ("restorers", name), partial(_restored, name)),
        (f"{name}.json", ("readability",), _scored),
    ):
        path = results / file
        if not path.is_file():
            continue
        report = json.loads(path.read_text("utf-8"))
        measured = _measured_checkpoint(report, network)
        # Results from before configs were hashed say nothing of them.
        if measured.get("sha256") == files[WEIGHTS] and measured.get("config_sha256", files[CONFIG]) == files[CONFIG]:
            yield from read(report)


def _measured_checkpoint(report: Mapping[str, Any], network: tuple[str, ...]) -> Mapping[str, Any]:
    """Which checkpoint a report's protocol names at the keys ``network``; empty for another protocol."""
    found: Any = report.get("protocol", {})
    for key in network:
        found = found.get(key, {})
    identity: Mapping[str, Any] = found
    return identity


def _scored(report: Mapping[str, Any]) -> Iterator[Measured]:
    """Of ``evaluate readability``: each label on all held-out photographs, then whole-image grades."""
    for cell in report["labels"]:
        if cell["set"] == "held_out":
            dataset = f"held-out photographs (n = {cell['n']})"
            for key in filter(cell["measures"].get, SCORES):
                yield from _score(dataset, key, cell["label"], cell["measures"][key])
    for cell in report["tasks"]:
        for score, area in cell["measures"].items():
            yield from _score(f"{cell['task']} (n = {cell['n']})", "auc", score, area)


def _score(dataset: str, key: str, of: str, measured: Mapping[str, float | None]) -> Iterator[Measured]:
    """Nothing where there was nothing to tell apart: the file then holds ``null``."""
    if measured["value"] is None or measured["low"] is None:
        return
    metric, title = SCORES[key]
    name = f"{title}, {of}, 95 % interval {measured['low']:.3f} to {measured['high']:.3f}"
    yield Measured("image-classification", dataset, metric, name, measured["value"])


def _restored(name: str, report: Mapping[str, Any]) -> Iterator[Measured]:
    inputs = {
        cell["type"]: cell["measures"]["psnr"]["value"] for cell in report["results"] if cell["method"] == "input"
    }
    for cell in report["results"]:
        if cell["method"] == name and cell["measures"]["psnr"]["value"] is not None:  # null: identical pictures
            dataset = f"held-out photographs degraded by type {cell['type']}, {cell['steps']} steps (n = {cell['n']})"
            yield _psnr(dataset, cell["measures"]["psnr"]["value"], inputs.get(cell["type"]))


def _introduction(manifest: Manifest, repository: str) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(manifest.checkpoints))
    return f"""# RetinaRegen weights

Networks that score fundus photographs for readability and restore unreadable ones by conditional diffusion: {names}.

**Research use only. Not a medical device.** A restored picture may contain invented detail: never diagnose from it.
Compare it with the photograph, look at what was changed, and retake a photograph that stays unreadable.

```python
from retinaregen_core import RetinaRegen

model = RetinaRegen.from_pretrained("flagship")  # RETINAREGEN_HUB_REPOSITORY={repository}, _COMMIT=the pinned commit
result = model.restore("photograph.jpg", seed=0)
```

Every file's sha256 is in `manifest.toml`; the project refuses files that differ from its own copy of it. {GENERATED}"""


def _section(
    manifest: Manifest,
    name: str,
    records: Mapping[str, Mapping[str, Any]],
    measured: Mapping[str, Iterable[Measured]],
) -> str:
    row, record = manifest.checkpoints[name], records[name]
    lines = [f"## {name}", "", f"Licence: {row.licence}. Weights sha256: `{row.files[WEIGHTS]}`.", ""]
    lines += [f"- {title}: {record[key]}" for key, title in FACTS.items() if key in record]
    lines += [f"- Photographs: {_counts(record['datasets'])}"] if record.get("datasets") else []
    lines += [f"- Training loss, by photographs seen: {said}"] if (said := _curve(record)) else []
    rows = [f"| {row.dataset} | {row.name} | {row.value:.4g} |" for row in measured[name]]
    lines += ["", "| measured on | metric | value |", "|---|---|---|", *rows] if rows else ["", "Nothing measured yet."]
    meaning = manifest.root / name / CARD
    lines += ["", meaning.read_text("utf-8").strip()] if meaning.is_file() else []
    return "\n".join(lines)


def _counts(datasets: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in datasets.items())


def _curve(record: Mapping[str, Any]) -> str:
    """The learning curve's first, middle and last point; empty where the record has none."""
    points = list(zip(*record["curve"].values(), strict=True)) if "curve" in record else []
    shown = [points[i] for i in sorted({0, len(points) // 2, len(points) - 1})] if points else []
    return ", ".join(f"{loss:.4g} at {images}" for images, loss in shown)


FACTS = {
    "parameters": "Parameters",
    "steps": "Training steps",
    "images": "Photographs seen, repeats counted",
    "wall_seconds": "Seconds of training",
    "hardware": "Hardware",
    "seed": "Seed",
}
"""Key of ``training.json`` -> what the card calls it."""
