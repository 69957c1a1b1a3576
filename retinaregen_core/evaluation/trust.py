"""What to believe of a checkpoint's results: the error to expect at each pixel, and when to warn of a result.

Both are learned on pairs of held-out photographs, stored beside the weights, and measured on photographs of another
source. A result is harmed when it is further from the truth than the degraded photograph was: see :data:`TOLERATED`.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from retinaregen_core import calibration as calibrations
from retinaregen_core import expected_error, hub, manifest
from retinaregen_core.calibration import Calibration
from retinaregen_core.comparison import compare_vessels
from retinaregen_core.errors import WeightsError
from retinaregen_core.evaluation.judge import Judge
from retinaregen_core.evaluation.pairs import Case, Pair, find_cases
from retinaregen_core.evaluation.tables import protocol, write_csv, write_json
from retinaregen_core.evaluation.trust_summary import TOLERATED, Observed, markdown_report, summarise
from retinaregen_core.expected_error import FEATURES, SIDE, Sample
from retinaregen_core.imaging.degrade import KINDS
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.records import Framed, Restoration
from retinaregen_core.verdict import CAUTIONS, Caution

logger = logging.getLogger(__name__)

PIXELS = 500
"""Drawn from each pair."""
LEAST_UNHARMED = 20
"""Unharmed results from which on a limit is chosen."""
CAUGHT = 0.9
"""Share of other eyes' pictures that a limit between them and unharmed results is to catch."""


def evaluate(data: Path, test: Path, out: Path, model: str = "flagship", limit: int | None = 24, seed: int = 0) -> Path:
    """Calibrate a checkpoint on ``data``, store that beside its weights, and measure it on ``test``.

    Writes ``trust_<model>`` as ``.csv``, ``.json`` and ``.md``, and ``trust.json`` into the checkpoint's folder; the
    manifest that lists the checkpoint gets the new hash.

    Args:
        data: photographs the restorer was not trained on; see :func:`retinaregen_core.evaluation.pairs.find_cases`.
        test: the same of another source, which decides nothing.
        out: folder for the results.
        model: name or folder of the restorer.
        limit: at most so many photographs of each.
        seed: of degradations, restorations, drawn pixels and bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no photograph was found.
        WeightsError: the weights are missing or altered, or lie in the Hub's cache, which is not written to.
    """
    loaded = RetinaRegen.from_pretrained(model)
    folder = loaded.checkpoint.folder
    _demand_own(folder)
    learned, measured = find_cases(data, None, limit, seed), find_cases(test, tuple(KINDS), limit, seed)
    calibration, table = evaluate_cases(loaded, learned, measured, out, model, seed)
    calibrations.save(calibration, folder)
    manifest.refresh(folder, calibrations.FILE)
    return table


def _demand_own(folder: Path) -> None:
    if hub.is_cached(folder / manifest.WEIGHTS):
        raise WeightsError(
            f"The weights lie in the Hub's cache, {folder}: nothing is written there.",
            "Copy that folder elsewhere, files and not links (cp -rL), and give the copy as --model.",
        )


def evaluate_cases(
    model: RetinaRegen, data: Sequence[Case], test: Sequence[Case], out: Path, name: str, seed: int
) -> tuple[Calibration, Path]:
    """:func:`evaluate` with a loaded model and cases at hand; the calibration is returned and not written."""
    learned, measured = (list(observe(model, cases, seed)) for cases in (data, test))
    calibration = calibrate(learned, calibrations.hashes(model.checkpoint, model.readability_checkpoint))
    stem = f"trust_{Path(name).name}"
    rows = ({"photograph": one.photograph, "type": one.kind, **one.falls, **one.measures} for one in measured)
    write_csv(rows, out / f"{stem}.csv")
    cells = summarise(measured, calibration, seed)
    content = {
        "protocol": {**protocol(seed, restorer=model.checkpoint), "tolerated": TOLERATED},
        "calibrated on": len(learned),
        "measured on": len(measured),
        **cells,
    }
    write_json(content, out / f"{stem}.json")
    table = out / f"{stem}.md"
    table.write_text(markdown_report(cells, calibration, len(learned), len(measured)), encoding="utf-8")
    return calibration, table


def calibrate(observed: Sequence[Observed], hashes: tuple[str, ...]) -> Calibration:
    """Learn the error from all pairs, and every limit from the unharmed ones."""
    limits = {name: choose(rule, *_values(name, observed)) for name, rule in CAUTIONS.items() if rule.budget}
    return Calibration(hashes, expected_error.fit([one.sample for one in observed]), limits)


def choose(rule: Caution, unharmed: np.ndarray, counterfeits: np.ndarray) -> float:
    """The limit that warns of ``rule.budget`` of the unharmed, or of fewer: halfway to other eyes' pictures, if apart.

    The rule's own limit where fewer than :data:`LEAST_UNHARMED` were measured, or nothing of the kind occurred.

    Args:
        rule: one that has a budget.
        unharmed: what it measures of unharmed results, float ``[N]``; minus infinity where nothing of the kind occurs.
        counterfeits: the same of other eyes' pictures, float ``[M]``, empty for a rule that is not held against them.
    """
    assert rule.budget is not None
    if unharmed.size < LEAST_UNHARMED:
        return rule.limit
    least = float(np.quantile(unharmed, 1 - rule.budget, method="higher"))
    if not np.isfinite(least):
        return rule.limit
    caught = float(np.quantile(counterfeits, 1 - CAUGHT)) if counterfeits.size else -np.inf
    return (least + caught) / 2 if caught > least else least


def _values(name: str, observed: Sequence[Observed]) -> tuple[np.ndarray, np.ndarray]:
    unharmed = np.array([one.measures[name] for one in observed if not one.harmed])
    return unharmed, np.array([one.counterfeit[name] for one in observed if name in one.counterfeit])


def observe(model: RetinaRegen, cases: Sequence[Case], seed: int) -> Iterator[Observed]:
    """Restore every case; the photograph before it lends its restored picture as the counterfeit."""
    previous: tuple[int, np.ndarray] | None = None
    current: tuple[int, np.ndarray] | None = None
    for number, case in enumerate(cases, start=1):
        logger.info("%d/%d: %s, type %s", number, len(cases), case.file, case.kind)
        pair = case.load()
        result = model.restore(pair.degraded, seed=seed, lpips=False)
        framed, truth = result.framed(SIDE), result.framing.crop(pair.reference, SIDE)
        if current and current[0] != case.index:
            previous = current
        current = case.index, framed.restored
        yield Observed(
            case.index,
            case.kind,
            _sample(case, framed, truth, seed),
            {name: rule.measure(result) for name, rule in CAUTIONS.items()},
            _counterfeit(result, framed, previous[1]) if previous else {},
            _falls(pair, result.restored),
        )


def _sample(case: Case, framed: Framed, truth: np.ndarray, seed: int) -> Sample:
    errors = np.abs(framed.restored.astype(np.float32) - truth).mean(axis=2)
    inside = np.flatnonzero(framed.mask)
    chosen = np.random.default_rng([seed, case.index]).choice(inside, min(PIXELS, inside.size), replace=False)
    rows = expected_error.features(framed).reshape(-1, len(FEATURES))[chosen]
    return Sample(case.dataset, rows, errors.ravel()[chosen].astype(float))


def _counterfeit(result: Restoration, framed: Framed, foreign: np.ndarray) -> dict[str, float]:
    forged = replace(result, structure=compare_vessels(framed.photograph, foreign, framed.mask))
    return {name: rule.measure(forged) for name, rule in CAUTIONS.items() if rule.counterfeit}


def _falls(pair: Pair, restored: np.ndarray) -> dict[str, float]:
    """Row of ``TOLERATED`` -> by how much the result is further from the truth than the degraded photograph."""
    judge = Judge(pair, lpips=False)
    before, after = judge(pair.degraded), judge(restored)
    lost = 0.0 if before.vessel_dice is None or after.vessel_dice is None else before.vessel_dice - after.vessel_dice
    return {
        "psnr_fov": before.similarity.psnr_fov - after.similarity.psnr_fov,
        "ssim_fov": before.similarity.ssim_fov - after.similarity.ssim_fov,
        "vessel_dice": lost,
    }
