"""Before-and-after sheets of real photographs, which have no reference: only a person can say what they gained.

Each row shows the original, the restored picture and where it was changed, with the readability labels of both. To be
refused or mended: invented vessels, shifted colours, halos, a washed-out disc.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from retinaregen_core import datasets
from retinaregen_core.errors import ImageError, RetinaRegenError
from retinaregen_core.evaluation import figures
from retinaregen_core.evaluation.baselines import vessel_contrast
from retinaregen_core.evaluation.tables import Row, markdown, spread, write_csv
from retinaregen_core.metrics.change import change_maps
from retinaregen_core.pipeline import Readability, Restoration, RetinaRegen
from retinaregen_core.specs import LABELS
from retinaregen_core.verdict import refusal

logger = logging.getLogger(__name__)

SIDE = 512
"""Pixels of every picture on a sheet."""
FULL_CHANGE = 20.0
"""Delta E that gets the last colour of the map."""
GROUPS = ("refused", "unreadable", "readable")
"""What a photograph may be before it is restored."""
COLUMNS = ("original", "AI-restored", f"change, Delta E 0 to {FULL_CHANGE:.0f}")


def draw(
    data: Path,
    out: Path,
    model: str = "flagship",
    steps: int | None = None,
    limit: int | None = None,
    rows: int = 4,
    seed: int = 0,
) -> list[Path]:
    """Restore every photograph of a folder; write ``sheet_<number>.png``, ``sheets.csv`` and ``sheets.md``.

    Args:
        data: a folder of photographs. The sheets show them: their licence holds for the sheets, too.
        out: folder for the sheets.
        model: name, path or repository of the restorer.
        steps: reverse steps; ``None`` for the checkpoint's own.
        limit: at most so many photographs, spread evenly over the folder.
        rows: photographs on one sheet.
        seed: of the restorer's noise.

    Returns:
        The sheets.

    Raises:
        ImageError: there is no photograph, or none that shows a field of view.
        WeightsError: the weights are missing or altered.
    """
    paths = [entry.path for entry in spread(datasets.read_index(data), limit)]
    return draw_photographs(RetinaRegen.from_pretrained(model), paths, out, steps, rows, seed)


def draw_photographs(
    model: RetinaRegen, paths: Sequence[Path], out: Path, steps: int | None = None, rows: int = 4, seed: int = 0
) -> list[Path]:
    """:func:`draw` with a loaded model and photographs at hand.

    Raises:
        ImageError: none of the photographs could be restored.
    """
    table: list[Row] = []
    sheets = []
    for number, start in enumerate(range(0, len(paths), rows), start=1):
        results = list(_restore(model, paths[start : start + rows], steps, seed))
        table += [_row(number, path, result) for path, result in results]
        if results:
            out.mkdir(parents=True, exist_ok=True)
            sheets.append(out / f"sheet_{number:03d}.png")
            cases = [(_caption(path, result), _pictures(result)) for path, result in results]
            figures.pictures(cases, COLUMNS, f"{model.checkpoint.name}, research use only", sheets[-1], SIDE)
        logger.info("%d of %d", min(start + rows, len(paths)), len(paths))
    if not sheets:
        raise ImageError("None of the photographs could be restored.", "See the reasons above.")
    write_csv(table, out / "sheets.csv")
    weights = f"{model.checkpoint.name} {model.checkpoint.sha256[:12]}, seed {seed}, {steps or 'its own'} steps."
    (out / "sheets.md").write_text(f"{markdown(summarise(table))}\n{weights}\n", encoding="utf-8")
    return sheets


def summarise(table: Sequence[Row]) -> list[Row]:
    """What restoring made of the photographs that were refused before, unreadable or readable: a row for each.

    Without a reference these are hints, not quality: the classifier's second opinion, and a contrast at the scale of
    vessels that noise raises, too.
    """
    rows: list[Row] = []
    for name in GROUPS:
        found = [row for row in table if row["before"] == name]
        if not found:
            continue
        contrasts = [[row[key] for row in found] for key in ("contrast_before", "contrast_after")]
        means = " -> ".join(f"{fmean(values):.2f}" for values in contrasts)
        readable = sum(row["readable_after"] for row in found)
        more = sum(after > 1.05 * before for before, after in zip(*contrasts, strict=True))
        less = sum(after < 0.95 * before for before, after in zip(*contrasts, strict=True))
        rows.append(
            {
                "before": name,
                "n": len(found),
                "readable after": readable,
                "vessel contrast": means,
                "more by 5 %": more,
                "less by 5 %": less,
                "bright spots": sum(row["spots"] for row in found),
                "weakened": sum(row["spots_weakened"] for row in found),
                "in photographs": sum(row["spots_weakened"] > 0 for row in found),
            }
        )
    return rows


def _restore(
    model: RetinaRegen, paths: Sequence[Path], steps: int | None, seed: int
) -> Iterator[tuple[Path, Restoration]]:
    for path in paths:
        try:
            yield path, model.restore(path, steps, seed, lpips=False)
        except RetinaRegenError as error:
            logger.warning("%s is left out: %s", path.name, error)


def _pictures(result: Restoration) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uint8 ``[512, 512, 3]`` each: original, restored, map of the change (light and detail together)."""
    framing = result.framing
    original, restored = (framing.crop(picture, SIDE) for picture in (result.photograph, result.restored))
    maps = change_maps(original, restored, framing.crop_mask(result.field_of_view.mask, SIDE))
    share = np.clip(np.hypot(maps.light, maps.detail) / FULL_CHANGE, 0, 1)
    colours = cv2.applyColorMap((share * 255).astype(np.uint8), cv2.COLORMAP_PLASMA)
    return original, restored, np.ascontiguousarray(colours[..., ::-1])


def _caption(path: Path, result: Restoration) -> str:
    return f"{datasets.stem(path)}\nbefore: {_words(result.before)}\nafter: {_words(result.after)}"


def _words(score: Readability) -> str:
    """``unreadable: macula, retina``, ``readable``, or why it is refused: ``refused: symmetric``."""
    if reason := refusal(score):
        return f"refused: {reason}"
    missing = [label for label, readable in zip(LABELS, score.readable_labels, strict=True) if not readable]
    return f"unreadable: {', '.join(missing)}" if missing else "readable"


def _row(sheet: int, path: Path, result: Restoration) -> Row:
    change = result.metrics.change
    probabilities = zip(LABELS, result.before.probabilities, result.after.probabilities, strict=True)
    labels = {k: v for label, a, b in probabilities for k, v in ((f"before_{label}", a), (f"after_{label}", b))}
    refused, unreadable, readable = GROUPS
    before = readable if result.before.readable else refused if refusal(result.before) else unreadable
    verdicts = {"before": before, "readable_after": result.after.readable}
    contrasts = [vessel_contrast(picture, result.field_of_view) for picture in (result.photograph, result.restored)]
    measures = {
        **dict(zip(("contrast_before", "contrast_after"), contrasts, strict=True)),
        "spots": result.spots.found,
        "spots_weakened": len(result.spots.weakened),
        "change_psnr_fov": change.psnr_fov,
        "change_ssim_fov": change.ssim_fov,
    }
    return {"sheet": sheet, "file": path.name, **verdicts, **labels, **measures}
