"""How much better a restored photograph is than the degraded one, per type of degradation.

Protocol: degrade at 512 px with a seed per photograph and type, restore through the pipeline that everyone uses,
compare with the sharp photograph. Input, output and gain stand side by side, because most of a good-looking number is
the input's own; doing nothing and CLAHE are measured in the same run. Definitions: ``metrics.similarity``.
"""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.evaluation import figures
from retinaregen_core.evaluation.baselines import CLAHE_CLIP_LIMIT, CLAHE_TILES, clahe
from retinaregen_core.evaluation.pairs import Case, find_cases
from retinaregen_core.evaluation.restoration_summary import CLAHE, INPUT, MEASURES, Method, markdown_report, summarise
from retinaregen_core.evaluation.statistics import LEVEL, REPLICATES
from retinaregen_core.evaluation.tables import Row, identity, write_csv, write_json
from retinaregen_core.metrics.similarity import Similarity, compare
from retinaregen_core.pipeline import Readability, Restoration, RetinaRegen, versions

logger = logging.getLogger(__name__)


def evaluate(
    data: Path,
    out: Path,
    model: str = "flagship",
    steps: list[int] | None = None,
    kinds: list[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Path:
    """Measure a restorer and write ``restoration_<model>`` as ``.csv``, ``.json``, ``.md`` and one ``.png`` per type.

    Args:
        data: held-out photographs or a folder of real pairs; see :func:`retinaregen_core.evaluation.pairs.find_cases`.
        out: folder for the results. The figures show photographs of ``data``: their licence holds for them, too.
        model: name, path or repository of the restorer.
        steps: numbers of reverse steps to compare; ``None`` for the checkpoint's own.
        kinds: types of degradation; ``None`` for all.
        limit: at most so many photographs, spread evenly over the folder.
        seed: of the degradations, of the restorer's noise and of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no photograph was found.
        SpecError: unknown type of degradation.
        WeightsError: the weights are missing or altered.
    """
    cases = find_cases(data, kinds, limit, seed)
    return evaluate_cases(RetinaRegen.from_pretrained(model), cases, out, Path(model).name, steps, seed)


def evaluate_cases(
    model: RetinaRegen, cases: Sequence[Case], out: Path, name: str, steps: Sequence[int] | None, seed: int
) -> Path:
    """:func:`evaluate` with a loaded model and cases at hand; ``name`` heads the columns and names the files."""
    stem = f"restoration_{name}"
    counts: Sequence[int | None] = list(dict.fromkeys(steps)) if steps else [None]
    rows = write_csv(_measure_all(model, cases, name, counts, seed), out / f"{stem}.csv")
    measured = [row for row in rows if not row["error"]]
    if not measured:
        raise RetinaRegenError(
            f"None of the {len(cases)} cases could be measured.", f"See the reasons in {out / stem}.csv."
        )
    cells = summarise(measured, seed)
    failures = [row for row in rows if row["error"]]
    write_json({"protocol": _protocol(model, seed), "results": cells, "failures": failures}, out / f"{stem}.json")
    for kind, chosen in _extremes(measured).items():
        _draw(model, cases, chosen, kind, seed, out / f"{stem}_{kind}.png")
    table = out / f"{stem}.md"
    table.write_text(markdown_report(cells, len(failures)), encoding="utf-8")
    return table


def _measure_all(
    model: RetinaRegen, cases: Sequence[Case], name: str, counts: Sequence[int | None], seed: int
) -> Iterator[Row]:
    for number, case in enumerate(cases, start=1):
        logger.info("%d/%d: %s, type %s", number, len(cases), case.file, case.kind)
        try:
            yield from _measure(model, case, name, counts, seed)
        except RetinaRegenError as error:
            yield _row(case, (name, None), error=str(error))


def _measure(model: RetinaRegen, case: Case, name: str, counts: Sequence[int | None], seed: int) -> list[Row]:
    """One row per method. A case counts only when every method could be measured on it."""
    degraded, reference = case.load()
    results = [model.restore(degraded, steps=count, seed=seed, reference=reference) for count in counts]
    mask, before = results[0].field_of_view.mask, results[0].before
    equalised = clahe(degraded, mask)
    return [
        _row(case, (INPUT, None), results[0].metrics.input_quality, (before, before)),
        _row(case, (CLAHE, None), compare(equalised, reference, mask), (before, model.assess(equalised))),
        *(_restored_row(case, name, result) for result in results),
    ]


def _restored_row(case: Case, name: str, result: Restoration) -> Row:
    taken = result.provenance
    return _row(case, (name, taken.steps), result.metrics.quality, (result.before, result.after), taken.seconds)


def _row(
    case: Case,
    method: Method,
    quality: Similarity | None = None,
    readability: tuple[Readability, Readability] | None = None,
    seconds: float = math.nan,
    error: str = "",
) -> Row:
    before, after = (score.readable for score in readability) if readability else (None, None)
    return {
        "photograph": case.index,
        "file": case.file,
        "type": case.kind,
        "method": method[0],
        "steps": method[1],
        **{measure: _number(getattr(quality, measure, None)) for measure in MEASURES},
        "readable_before": before,
        "readable_after": after,
        "seconds": seconds,
        "error": error,
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _protocol(model: RetinaRegen, seed: int) -> dict[str, Any]:
    return {
        "restorer": identity(model.checkpoint),
        "readability": identity(model.readability_checkpoint),
        "versions": versions(),
        "seed": seed,
        "interval": f"{LEVEL:.0%} percentile bootstrap over photographs, {REPLICATES} draws",
        "clahe": {"clip_limit": CLAHE_CLIP_LIMIT, "tiles": CLAHE_TILES, "channel": "L of Lab"},
    }


def _extremes(rows: Iterable[Row]) -> dict[str, dict[str, tuple[float, Row]]]:
    """Per type the worst, median and best restored row with its gain in PSNR, at the first number of steps."""
    inputs = {(row["photograph"], row["type"]): row["psnr"] for row in rows if row["method"] == INPUT}
    restored = [row for row in rows if row["method"] not in (INPUT, CLAHE)]
    gains = [
        (row["psnr"] - inputs[row["photograph"], row["type"]], row)
        for row in restored
        if row["steps"] == restored[0]["steps"]
    ]
    by_kind: dict[str, list[tuple[float, Row]]] = {}
    for gain, row in sorted(gains, key=lambda pair: pair[0]):
        by_kind.setdefault(row["type"], []).append((gain, row))
    return {k: {"worst": r[0], "median": r[len(r) // 2], "best": r[-1]} for k, r in by_kind.items()}


def _draw(
    model: RetinaRegen,
    cases: Sequence[Case],
    chosen: Mapping[str, tuple[float, Row]],
    kind: str,
    seed: int,
    path: Path,
) -> None:
    """Restored again instead of kept: same seed, same picture, and a long run needs no memory for it."""
    by_key = {(case.index, case.kind): case for case in cases}
    steps = chosen["worst"][1]["steps"]
    sheet = []
    for rank, (gain, row) in chosen.items():
        degraded, reference = by_key[row["photograph"], kind].load()
        restored = model.restore(degraded, steps=steps, seed=seed).restored
        caption = f"{rank}: photograph {row['photograph']}, {row['psnr']:.1f} dB (gain {gain:+.1f})"
        sheet.append((caption, (degraded, restored, reference)))
    title = f"type {kind}: worst, median and best gain in PSNR, steps: {steps}"
    figures.pictures(sheet, ("input", "restored", "reference"), title, path)
