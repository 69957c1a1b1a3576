"""How much better a restored photograph is than the degraded one, per type of degradation.

Protocol: degrade at 512 px with a seed per photograph and type, restore through the pipeline that everyone uses,
compare with the sharp photograph, inside the sharp photograph's field of view. Input, output and gain stand side by
side, because most of a good-looking number is the input's own; doing nothing and CLAHE are measured in the same run.
Definitions: ``metrics.similarity``.
"""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.evaluation import figures
from retinaregen_core.evaluation.baselines import CLAHE_CLIP_LIMIT, CLAHE_TILES, clahe
from retinaregen_core.evaluation.judge import Judge, Judged
from retinaregen_core.evaluation.pairs import REAL, Case, find_cases
from retinaregen_core.evaluation.restoration_summary import CLAHE, INPUT, VESSELS, Method, markdown_report, summarise
from retinaregen_core.evaluation.statistics import LEVEL, REPLICATES
from retinaregen_core.evaluation.tables import Row, identity, write_csv, write_json
from retinaregen_core.metrics.similarity import SIMILARITIES
from retinaregen_core.pipeline import Readability, Restoration, RetinaRegen, versions
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.verdict import cautions

logger = logging.getLogger(__name__)


def evaluate(
    data: Path,
    out: Path,
    models: Sequence[str] = ("flagship",),
    steps: Sequence[int] = (),
    kinds: list[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    lpips: bool = True,
    samples: int = 1,
    red_free: bool = False,
) -> Path:
    """Measure restorers and write ``restoration_<model>`` as ``.csv``, ``.json``, ``.md`` and one ``.png`` per type.

    Args:
        data: held-out photographs or a folder of real pairs; see :func:`retinaregen_core.evaluation.pairs.find_cases`.
        out: folder for the results, those without colour in its ``red_free``. The figures show photographs of ``data``:
            their licence holds for them, too.
        models: names, paths or repositories of restorers: the one in question, then those it is held against.
        steps: numbers of reverse steps of the first model to compare; empty for the checkpoint's own, which the other
            models always take.
        kinds: types of degradation; ``None`` for all.
        limit: at most so many photographs, spread evenly over the folder.
        seed: of the degradations, of the restorer's noise and of the bootstrap.
        lpips: False leaves LPIPS out, for speed.
        samples: restorations whose mean is the first model's result; the other models always take one.
        red_free: measure photographs without colour, the green channel of ``data``.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no photograph was found.
        SpecError: unknown type of degradation.
        WeightsError: the weights are missing or altered.
    """
    cases = find_cases(data, kinds, limit, seed, red_free)
    if kinds and any(case.kind == REAL for case in cases):
        logger.warning("%s holds pairs, which are measured as they are: no type is drawn.", data)
    loaded = {title: RetinaRegen.from_pretrained(name) for title, name in zip(titles(models), models)}
    return evaluate_cases(loaded, cases, out / "red_free" if red_free else out, steps, seed, lpips, samples)


def titles(models: Sequence[str]) -> list[str]:
    """The last part of each path, or all of it where two models end alike: ``checkpoints_flagship``."""
    last = [Path(name).name for name in models]
    whole = ["_".join(Path(name).parts).strip("/_.") for name in models]
    return [full if last.count(short) > 1 else short for short, full in zip(last, whole)]


@dataclass(frozen=True)
class Contest:
    """Who is measured, and how."""

    entrants: Sequence[tuple[str, RetinaRegen, SamplingOptions]]
    """Name, restorer, and how it is run; the first is the one in question."""
    lpips: bool


def evaluate_cases(
    models: Mapping[str, RetinaRegen],
    cases: Sequence[Case],
    out: Path,
    steps: Sequence[int] = (),
    seed: int = 0,
    lpips: bool = True,
    samples: int = 1,
) -> Path:
    """:func:`evaluate` with loaded models and cases at hand; the names head the columns and name the files.

    Raises:
        RetinaRegenError: not one case could be measured.
    """
    (first, model), *others = models.items()
    counts: Sequence[int | None] = list(dict.fromkeys(steps)) or [None]
    ours = [(first, model, SamplingOptions(count, seed, samples=samples)) for count in counts]
    contest = Contest([*ours, *((name, other, SamplingOptions(seed=seed)) for name, other in others)], lpips)
    stem = f"restoration_{first}"
    rows = write_csv(_measure_all(contest, cases), out / f"{stem}.csv")
    measured = [row for row in rows if not row["error"]]
    if not measured:
        raise RetinaRegenError(
            f"None of the {len(cases)} cases could be measured.", f"See the reasons in {out / stem}.csv."
        )
    cells = summarise(measured, seed)
    failures = [row for row in rows if row["error"]]
    protocol = _protocol(models, seed, samples)
    write_json({"protocol": protocol, "results": cells, "failures": failures}, out / f"{stem}.json")
    for kind, chosen in _extremes(measured, contest).items():
        _draw(contest, cases, chosen, kind, out / f"{stem}_{kind}.png")
    table = out / f"{stem}.md"
    table.write_text(markdown_report(cells, len(failures)), encoding="utf-8")
    return table


def _measure_all(contest: Contest, cases: Sequence[Case]) -> Iterator[Row]:
    for number, case in enumerate(cases, start=1):
        logger.info("%d/%d: %s, type %s", number, len(cases), case.file, case.kind)
        try:
            yield from _measure(contest, case)
        except RetinaRegenError as error:
            yield _row(case, (contest.entrants[0][0], None), error=str(error))


def _measure(contest: Contest, case: Case) -> list[Row]:
    """One row per method. A case counts only when every method could be measured on it."""
    pair = case.load()
    degraded = pair.degraded
    results = [
        (name, model.restore(degraded, lpips=False, **asdict(options))) for name, model, options in contest.entrants
    ]
    before, model = results[0][1].before, contest.entrants[0][1]
    equalised = clahe(degraded, pair.mask)
    judge = Judge(pair, contest.lpips)
    return [
        _row(case, (INPUT, None), judge(degraded), (before, before)),
        _row(case, (CLAHE, None), judge(equalised), (before, model.assess(equalised))),
        *(_restored_row(case, name, result, judge(result.restored)) for name, result in results),
    ]


def _restored_row(case: Case, name: str, result: Restoration, judged: Judged) -> Row:
    taken, scores = result.provenance, (result.before, result.after)
    return _row(case, (name, taken.steps), judged, scores, " ".join(cautions(result)), taken.seconds)


def _row(
    case: Case,
    method: Method,
    judged: Judged | None = None,
    readability: tuple[Readability, Readability] | None = None,
    warned: str | None = None,
    seconds: float = math.nan,
    error: str = "",
) -> Row:
    before, after = (score.readable for score in readability) if readability else (None, None)
    similarity = judged.similarity if judged else None
    return {
        "photograph": case.index,
        "file": case.file,
        "type": case.kind,
        "method": method[0],
        "steps": method[1],
        **{measure: _number(getattr(similarity, measure, None)) for measure in SIMILARITIES},
        VESSELS: _number(judged.vessel_dice if judged else None),
        "readable_before": before,
        "readable_after": after,
        "cautions": warned,
        "seconds": seconds,
        "error": error,
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _protocol(models: Mapping[str, RetinaRegen], seed: int, samples: int) -> dict[str, Any]:
    return {
        "restorers": {name: identity(model.checkpoint) for name, model in models.items()},
        "readability": identity(next(iter(models.values())).readability_checkpoint),
        "versions": versions(),
        "seed": seed,
        "samples": samples,
        "interval": f"{LEVEL:.0%} percentile bootstrap over photographs, {REPLICATES} draws",
        "clahe": {"clip_limit": CLAHE_CLIP_LIMIT, "tiles": CLAHE_TILES, "channel": "L of Lab"},
    }


def _extremes(rows: Iterable[Row], contest: Contest) -> dict[str, dict[str, tuple[float, Row]]]:
    """Per type the worst, median and best row of the first entrant with its gain in PSNR."""
    inputs = {(row["photograph"], row["type"]): row["psnr"] for row in rows if row["method"] == INPUT}
    name = contest.entrants[0][0]
    restored = [row for row in rows if row["method"] == name]
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
    contest: Contest, cases: Sequence[Case], chosen: Mapping[str, tuple[float, Row]], kind: str, path: Path
) -> None:
    """Restored again instead of kept: same seed, same picture, and a long run needs no memory for it."""
    by_key = {(case.index, case.kind): case for case in cases}
    steps, (_, model, options) = chosen["worst"][1]["steps"], contest.entrants[0]
    sheet = []
    for rank, (gain, row) in chosen.items():
        degraded, reference, _ = by_key[row["photograph"], kind].load()
        restored = model.restore(degraded, lpips=False, **asdict(replace(options, steps=steps))).restored
        caption = f"{rank}: photograph {row['photograph']}, {row['psnr']:.1f} dB (gain {gain:+.1f})"
        sheet.append((caption, (degraded, restored, reference)))
    title = f"type {kind}: worst, median and best gain in PSNR, steps: {steps}"
    figures.pictures(sheet, ("input", "restored", "reference"), title, path)
