"""Whether what is no fundus photograph is refused, and whether what can be read is not.

Other pictures are of two sorts, told apart in every table: kinds that training draws too (here other draws of them,
other people's faces, other outliers of a graded set), and kinds that it never saw. Against them stand the readable
photographs of patients that no training saw, as they are and without their colour: a grey or red-free photograph of a
fundus is still one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from retinaregen_core import datasets
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.evaluation import unseen_pictures as unseen
from retinaregen_core.evaluation.readability import held_out, trained_on
from retinaregen_core.evaluation.readability_rows import Opened, assess, assess_entries, opened
from retinaregen_core.evaluation.statistics import LEVEL, Interval, bootstrap, mean
from retinaregen_core.evaluation.tables import Row, markdown, protocol, spread, write_csv, write_json
from retinaregen_core.imaging import decode
from retinaregen_core.metrics.classification import auc
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training import other_pictures as other
from retinaregen_core.training.drawn_pictures import SIZE
from retinaregen_core.training.stream import pick, readable

REAL, SEEN, UNSEEN = "photographs", "other, kinds of training", "other, kinds never trained"
COLOURLESS = "photographs without colour"
Maker = Callable[[np.random.Generator], np.ndarray]
DRAINED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "grey": lambda image: image.mean(axis=-1).astype(np.uint8),
    "red-free": lambda image: image[..., 1],
}
"""uint8 ``[H, W, 3]`` -> the one channel ``[H, W]`` of its colourless version."""
COLOURLESS_SHARE = 5
"""Photographs that are shown in each colourless version, for every picture of each other kind."""


def evaluate(data: Path, out: Path, samples: int = 20, limit: int | None = None, seed: int = 0) -> Path:
    """Measure refusal; writes ``refusal.csv``, ``refusal.json`` and ``refusal.md``.

    Args:
        data: an index of photographs.
        out: folder for the results.
        samples: pictures of each kind of other pictures.
        limit: at most so many photographs, spread evenly over the held-out ones.
        seed: of the pictures and of the bootstrap.

    Returns:
        The Markdown table.

    Raises:
        ImageError: no photograph of a held-out patient is known to be readable.
        WeightsError: the weights are missing or altered.
    """
    model = RetinaRegen.from_pretrained()
    entries = held_out(datasets.read_index(data), trained_on(model.readability_checkpoint))
    if not any(entry.labels == SHARP_LABELS for entry in entries):
        raise ImageError(
            f"No photograph of a held-out patient in {data} is known to be readable.",
            "Name a folder with a manifest.csv or an annotation file that labels its photographs.",
        )
    return evaluate_entries(model, spread(entries, limit), out, samples, seed)


def evaluate_entries(model: RetinaRegen, entries: Sequence[Entry], out: Path, samples: int, seed: int) -> Path:
    """:func:`evaluate` with a loaded model and photographs at hand, some of them readable."""
    sharp = [entry for entry in entries if entry.labels == SHARP_LABELS]
    kinds = _kinds(sharp)
    rows = write_csv(_rows(model, entries, kinds, samples, seed), out / "refusal.csv")
    summary = summarise(rows, seed)
    measured_by = protocol(seed, readability=model.readability_checkpoint)
    write_json({"protocol": measured_by, **summary}, out / "refusal.json")
    table = out / "refusal.md"
    table.write_text(_report(summary), encoding="utf-8")
    return table


def _rows(
    model: RetinaRegen,
    entries: Sequence[Entry],
    kinds: Mapping[tuple[str, str], Maker],
    samples: int,
    seed: int,
) -> Iterator[Row]:
    for row in assess_entries(model, entries):
        group = SEEN if row["truth_fundus"] == 0 else REAL
        kind = "graded as an outlier" if group == SEEN else f"{row['dataset']} {row['quality'] or 'sharp'}"
        yield {"group": group, "kind": kind, **row}
    sharp = spread([entry for entry in entries if entry.labels == SHARP_LABELS], COLOURLESS_SHARE * samples)
    for kind, drain in DRAINED.items():
        drained = (_drained(entry, image, drain) for entry, image in _decoded(sharp))
        for row in assess(model, drained, len(sharp)):
            yield {"group": COLOURLESS, "kind": kind, **row}
    for (group, kind), maker in kinds.items():
        rng = np.random.default_rng([seed, *kind.encode()])  # one kind's pictures do not depend on the others
        for row in assess(model, _drawn(kind, maker, samples, rng), samples):
            yield {"group": group, "kind": kind, **row}


def _drawn(kind: str, maker: Maker, samples: int, rng: np.random.Generator) -> Iterator[Opened]:
    for number in range(samples):
        name = f"{kind} {number}"
        yield opened(Entry(Path(f"{name}.png"), "other", name, (0, 0, 0, 0)), maker(rng))


def _decoded(entries: Iterable[Entry]) -> Iterator[tuple[Entry, np.ndarray]]:
    """Those that can be read; the others are named."""
    return ((entry, image) for entry in entries for image in readable([entry.path], decode.read))


def _drained(entry: Entry, image: np.ndarray, drain: Callable[[np.ndarray], np.ndarray]) -> Opened:
    return opened(entry, np.repeat(drain(image)[..., None], 3, axis=-1))


def _kinds(sharp: Sequence[Entry]) -> dict[tuple[str, str], Maker]:
    """Every kind of other picture, ready to be drawn: ``(group, name) -> rng -> uint8 [320, 320, 3]``."""

    paths = [entry.path for entry in sharp]

    def dressed(maker: Maker) -> Maker:
        return lambda rng: other.dress(maker(rng), rng)

    def apart(spoil: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Maker:
        return lambda rng: spoil(pick(paths, _small, rng)[1], rng)

    def photograph(name: str, rng: np.random.Generator) -> np.ndarray:
        return other.photograph(unseen.bundled(name), rng)

    return {
        **{(SEEN, name): dressed(maker) for name, (maker, _) in other.MAKERS.items()},
        (SEEN, "other faces"): dressed(partial(other.face, first=other.FACES, end=100)),
        **{(SEEN, name): apart(spoil) for name, spoil in other.TAKEN_APART.items()},
        **{(UNSEEN, name): dressed(maker) for name, maker in unseen.DRAWN.items()},
        **{(UNSEEN, name): dressed(partial(photograph, name)) for name in unseen.BUNDLED},
        **{(UNSEEN, name): apart(spoil) for name, spoil in unseen.TAKEN_APART.items()},
    }


def _small(path: Path) -> np.ndarray:
    return cv2.resize(decode.read(path), (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def summarise(rows: Sequence[Row], seed: int) -> dict[str, list[dict[str, Any]]]:
    """Shares that are refused, per group and kind, and how well each score tells other pictures from readable ones."""
    readable = [row for row in rows if row["group"] == REAL and _all_readable(row)]
    groups = {"readable photographs": readable}
    groups |= {name: [row for row in rows if row["group"] == name] for name in (COLOURLESS, SEEN, UNSEEN)}
    kinds = dict.fromkeys((row["group"], row["kind"]) for row in rows)
    parts = {f"{g}: {k}": [row for row in rows if (row["group"], row["kind"]) == (g, k)] for g, k in kinds}
    separations = {name: readable + groups[name] for name in (SEEN, UNSEEN)}
    return {
        "refused": [
            *(_cell(name, part, _shares, seed, _cluster) for name, part in groups.items() if part),
            *(_cell(name, part, _shares, seed) for name, part in parts.items()),
        ],
        "separation": [_cell(name, part, _separation, seed, _cluster) for name, part in separations.items()],
    }


def _patient(row: Row) -> str:
    """A picture that is no photograph has a name of its own."""
    return str(row["patient"])


def _cluster(row: Row) -> str:
    """What was drawn by one rule is as much alike as what was taken of one patient."""
    return _patient(row) if row["group"] in (REAL, COLOURLESS) else f"{row['group']}: {row['kind']}"


def _all_readable(row: Row) -> bool:
    return bool(row["truth_fundus"] == row["truth_macula"] == row["truth_optic_disc"] == row["truth_retina"] == 1)


def _cell(
    name: str,
    rows: Sequence[Row],
    statistic: Callable[[Sequence[Row]], dict[str, float]],
    seed: int,
    group: Callable[[Row], str] = _patient,
) -> dict[str, Any]:
    measures: dict[str, Interval] = bootstrap(
        lambda chosen: statistic([rows[int(i)] for i in chosen]),
        [group(row) for row in rows],
        np.random.default_rng(seed),
    )
    return {"set": name, "n": len(rows), "measures": measures}


def _shares(rows: Sequence[Row]) -> dict[str, float]:
    columns = ("refused", "no_field_of_view", "unfamiliar", "symmetric")
    return {name: mean(np.array([row[name] for row in rows], float)) for name in columns}


def _separation(rows: Sequence[Row]) -> dict[str, float]:
    """Pictures without a field of view are refused before any score: they are left out."""
    scored = [row for row in rows if not row["no_field_of_view"]]
    truth = np.array([row["truth_fundus"] for row in scored], float)
    scores = {"p_fundus": 1, "unfamiliarity": -1}
    return {name: auc(truth, sign * np.array([row[name] for row in scored], float)) for name, sign in scores.items()}


def _report(summary: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    titles = {
        "refused": "Share refused, and by which rule",
        "separation": "Readable photographs against other pictures: area under the ROC curve",
    }
    tables = [f"### {title}\n\n{markdown([_flat(cell) for cell in summary[name]])}" for name, title in titles.items()]
    words = (
        f"With {LEVEL:.0%} bootstrap intervals over patients; of all other pictures together over kinds. Refused: "
        "no field of view, or below the threshold of the fundus label, or unfamiliar: farther from the training "
        "photographs than the checkpoint's limit; or symmetric: its own mirror image.\n"
    )
    return "\n".join([*tables, words])


def _flat(cell: Mapping[str, Any]) -> Row:
    measures = {name: f"{interval:.3f}" for name, interval in cell["measures"].items()}
    return {"set": cell["set"], "n": cell["n"], **measures}
