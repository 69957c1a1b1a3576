"""From observed pairs to the numbers that are quoted: how well errors are foretold, and what is warned of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retinaregen_core.calibration import Calibration
from retinaregen_core.evaluation.statistics import Interval, Statistic, bootstrap, mean, spearman
from retinaregen_core.evaluation.tables import markdown
from retinaregen_core.expected_error import LEVEL, Sample, predict
from retinaregen_core.verdict import CAUTIONS

TOLERATED = {"psnr_fov": 0.0, "ssim_fov": 0.002, "vessel_dice": 0.02}
"""Measure against the truth -> how far it may fall below that of the degraded photograph; beyond that it is harm."""


@dataclass(frozen=True)
class Observed:
    """One pair, restored."""

    photograph: int
    kind: str
    sample: Sample
    measures: dict[str, float]
    """Row of ``CAUTIONS`` -> what it measures."""
    counterfeit: dict[str, float]
    """The same, had the restored picture been that of another eye; only rules that are there to catch it."""
    falls: dict[str, float]
    """Row of :data:`TOLERATED` -> by how much the result is worse than the degraded photograph."""

    @property
    def harmed(self) -> bool:
        """Whether one of them fell too far."""
        return any(fall > TOLERATED[name] for name, fall in self.falls.items())


def warned_by(measures: Mapping[str, float], limits: Mapping[str, float]) -> list[str]:
    """The rules that warn."""
    return [name for name, value in measures.items() if value > limits.get(name, CAUTIONS[name].limit)]


ERROR_MEASURES = {
    "spearman": "Spearman's rank correlation of expected and true absolute error, pixels of all pairs pooled",
    "within": "the same inside one picture, mean over the pairs in which the expected error varies",
    "coverage": f"share of true values inside the {LEVEL:.0%} interval",
    "width": "mean half width of that interval, grey levels",
    "error": "mean absolute error, grey levels",
    "expected": "mean expected error, grey levels",
}
CAUTION_MEASURES = {
    "harmed": "results that are harmed",
    "recall": "of the harmed, warned of",
    "false_alarm": "of the unharmed, warned of",
    "precision": "of the warned of, harmed",
}
"""What is measured; intervals are percentile bootstraps over photographs."""


def summarise(observed: Sequence[Observed], calibration: Calibration, seed: int) -> dict[str, Any]:
    """All numbers: of the expected error, of all cautions together, and of each one."""
    groups = [one.photograph for one in observed]
    rules = {name: [name in warned_by(one.measures, calibration.limits) for one in observed] for name in CAUTIONS}
    caught = [bool(warned_by(one.counterfeit, calibration.limits)) for one in observed if one.counterfeit]

    def measured(statistic: Statistic) -> dict[str, Interval]:
        return bootstrap(statistic, groups, np.random.default_rng(seed))

    warned = np.any(list(rules.values()), axis=0)
    return {
        "kinds": _by_kind(observed, warned),
        "error": measured(_error_statistic(observed, calibration)),
        "cautions": measured(_caution_statistic(observed, warned)),
        "rules": {name: measured(_caution_statistic(observed, np.array(warned))) for name, warned in rules.items()},
        "other eyes caught": mean(np.array(caught, dtype=float)),
    }


def _by_kind(observed: Sequence[Observed], warned: np.ndarray) -> dict[str, dict[str, float]]:
    """Type of degradation -> the measures of the cautions, without intervals: there are few of each."""
    kinds = np.array([one.kind for one in observed])
    statistic = _caution_statistic(observed, warned)
    chosen = {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())}
    return {kind: {"n": float(len(indices)), **statistic(indices)} for kind, indices in chosen.items()}


def _error_statistic(observed: Sequence[Observed], calibration: Calibration) -> Statistic:
    errors = [one.sample.errors for one in observed]
    predicted = [predict(calibration.error, one.sample.features) for one in observed]
    within = np.array([spearman(expected, true) for (expected, _), true in zip(predicted, errors, strict=True)])

    def measured(chosen: np.ndarray) -> dict[str, float]:
        true = np.concatenate([errors[index] for index in chosen])
        expected, bounds = (np.concatenate([predicted[index][part] for index in chosen]) for part in (0, 1))
        return {
            "spearman": spearman(expected, true),
            "within": mean(within[chosen]),
            "coverage": float((true <= bounds).mean()),
            "width": float(bounds.mean()),
            "error": float(true.mean()),
            "expected": float(expected.mean()),
        }

    return measured


def _caution_statistic(observed: Sequence[Observed], warned: np.ndarray) -> Statistic:
    harmed = np.array([one.harmed for one in observed])

    def measured(chosen: np.ndarray) -> dict[str, float]:
        harm, warning = harmed[chosen], warned[chosen]
        return {
            "harmed": float(harm.mean()),
            "recall": _share(warning[harm]),
            "false_alarm": _share(warning[~harm]),
            "precision": _share(harm[warning]),
        }

    return measured


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if flags.size else float("nan")


def markdown_report(cells: Mapping[str, Any], calibration: Calibration, learned: int, measured: int) -> str:
    """The numbers with their meaning, then one line for each type and for each caution."""
    lines = [
        {"measure": meaning, "value": f"{cells[part][name]:.3f}"}
        for part, meanings in (("error", ERROR_MEASURES), ("cautions", CAUTION_MEASURES))
        for name, meaning in meanings.items()
    ]
    lines.append({"measure": "other eyes' pictures, warned of", "value": f"{cells['other eyes caught']:.3f}"})
    rules = [
        {
            "caution": name,
            "limit": f"{calibration.limits.get(name, CAUTIONS[name].limit):.3f}",
            **{CAUTION_MEASURES[key]: f"{cells['rules'][name][key]:.3f}" for key in ("recall", "false_alarm")},
        }
        for name in CAUTIONS
    ]
    kinds = [
        {"type": kind, "n": f"{cell['n']:.0f}"}
        | {CAUTION_MEASURES[key]: f"{cell[key]:.3f}" for key in ("harmed", "recall", "false_alarm")}
        for kind, cell in cells["kinds"].items()
    ]
    tolerated = ", ".join(f"{name} {fall:g}" for name, fall in TOLERATED.items())
    return (
        f"{markdown(lines)}\n{markdown(kinds)}\n{markdown(rules)}\n"
        f"- Calibrated on {learned} pairs, measured on {measured}, inside the field of view.\n"
        f"- harmed: further from the truth than the degraded photograph, by more than: {tolerated}.\n"
    )
