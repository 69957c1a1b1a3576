"""Folders of photographs with what is known about them: one reader for training and evaluation.

Three layouts are understood: our ``manifest.csv`` (``file, dataset, licence, source, labels``; labels is JSON), the
annotation file of SynFundus-1M (an image key and four binary readability columns), and plain folders.
"""

import csv
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from retinaregen_core.errors import ImageError

logger = logging.getLogger(__name__)

Labels = tuple[float | None, float | None, float | None, float | None]
"""Readable (1), unreadable (0) or unknown (None), in the order of ``specs.LABELS``."""

MANIFEST = "manifest.csv"
"""Lists a folder's photographs with what is known of each."""
COLUMNS = ("file", "dataset", "labels")
"""What a manifest must have; other columns are for people."""

UNKNOWN: Labels = (None, None, None, None)
PHOTOGRAPH_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".dcm"})
DICOM_MARK = 128, b"DICM"
"""Where in a DICOM file its mark lies, and the mark."""
SYSTEM_FILES = {"thumbs.db", "desktop.ini", "dicomdir"}
SYNFUNDUS_KEYS = ("file_name", "idx")
SYNFUNDUS_LABELS = (
    "is_fundus",
    "is_macular_readable",
    "is_optic_disc_readable",
    "is_retinal_region_readable",
)
QUALITY_LABELS: dict[str, Labels] = {
    "good": (1, 1, 1, 1),
    "usable": (1, None, None, None),
    "reject": (None, 0, None, 0),
    "bad": (1, 0, 0, 0),
    "outlier": (0, 0, 0, 0),
}
"""What a whole-image quality grade says of the regions. EyeQ rejects a photograph whose macula or disc cannot be seen
or whose quality is too low for grading, so a rejected one's disc stays unknown; some rejects are no fundus at all."""
DISC = "od_xy512"
"""Fact: the optic disc's centre ``[x, y]`` in pixels of the framed photograph at 512 px."""
QUALITY, EYEQ = "quality", "eyeq"
"""Facts that grade a photograph as a whole: its own set's word, or EyeQ's about a photograph of EyePACS."""
GRADES = frozenset({QUALITY, EYEQ, *SYNFUNDUS_LABELS})
"""Facts that grade a photograph by itself; others are only known by what they were chosen for."""
SHARP_LABELS: Labels = (1, 1, 1, 1)
ENLARGED = "pool400up512"
"""Photographs of 400 px, enlarged to 512."""
SHARP_FOLDERS = ("pool512", ENLARGED)
SHARES = (("train", 0.64), ("validation", 0.80), ("test", 1.01))
"""Upper ends of the paper's 64 / 16 / 20 split (section 2.2)."""
SHARED_PHOTOGRAPHS = {"srahim/300": "srahim/299", "srahim/155": "srahim/058"}
"""Patients of the SRahim set who carry the same photographs: treated as one."""


@dataclass(frozen=True)
class Entry:
    """One photograph and what is known about it."""

    path: Path
    dataset: str
    patient: str
    """``dataset/patient``: photographs of one patient never sit on both sides of a split."""
    labels: Labels = UNKNOWN
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the source says: quality grade, optic-disc position, contrast score ``q``."""

    @property
    def is_chosen_sharp(self) -> bool:
        """It is in its set because it is sharp, and not only graded as good."""
        return self.labels == SHARP_LABELS and QUALITY not in self.facts

    @property
    def grade(self) -> str | None:
        """As a whole, one of :data:`QUALITY_LABELS`; or what else its source says."""
        return next((str(self.facts[name]) for name in (QUALITY, EYEQ) if name in self.facts), None)

    @property
    def is_enlarged(self) -> bool:
        """Its pixels hold less detail than their number says: good to learn from, no reference."""
        return ENLARGED in self.path.parts

    @property
    def is_graded(self) -> bool:
        """Its own quality was judged, as a whole or label by label: see :data:`GRADES`."""
        return not GRADES.isdisjoint(self.facts)


def read_index(root: Path, annotation: Path | None = None) -> list[Entry]:
    """Every photograph below ``root``, in a fixed order.

    Args:
        root: the folder.
        annotation: SynFundus-1M's annotation file; without it ``root/manifest.csv`` counts, then
            ``root/*annotation*.csv``, then the photographs alone.

    Raises:
        ImageError: the folder is missing or holds no photograph, or its table is another one or has a cell that cannot
            be read; names the line.
    """
    if not root.is_dir():
        raise ImageError(f"There is no folder {root}.", "Give the folder that holds the photographs.")
    manifest = root / MANIFEST
    if annotation is None and not manifest.is_file():
        annotation = next(iter(sorted(root.glob("*annotation*.csv"))), None)
    if annotation is not None:
        entries = _from_synfundus(root, annotation)
    elif manifest.is_file():
        entries = _from_manifest(root, manifest)
    else:
        entries = [_from_file(root, path) for path in files_below(root)]
    found = [e for e in entries if e.path.is_file() and is_photograph(e.path)]
    if not found:
        raise ImageError(f"No photograph was found in {root}.", "Expected JPEG, PNG, TIFF, BMP or DICOM files.")
    return found


def files_below(root: Path) -> list[Path]:
    """All files of a folder and its subfolders, sorted; see :func:`is_furniture`."""
    return [path for path in sorted(root.rglob("*")) if path.is_file() and not is_furniture(path.relative_to(root))]


def is_photograph(path: Path) -> bool:
    """Whether a file's suffix says so, or its mark says DICOM: archives export these without a suffix."""
    if path.suffix.lower() in PHOTOGRAPH_SUFFIXES:
        return True
    place, mark = DICOM_MARK
    try:
        with path.open("rb") as file:
            return file.read(place + len(mark))[place:] == mark
    except OSError:
        return False


def stem(path: PurePath) -> str:
    """A name without its suffix; the last number of a DICOM identifier (``1.2.840.5``) is none."""
    return path.name if path.suffix[1:].isdigit() else path.stem


def is_furniture(path: PurePath) -> bool:
    """Whether a file belongs to the system instead of the user: hidden, a Mac's second file, a folder's thumbnails."""
    hidden = any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in path.parts)
    return hidden or path.name.lower() in SYSTEM_FILES


def split_by_patient(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """64 / 16 / 20 by patient; a patient's side depends on nothing but the patient's name, so it never moves."""
    parts: dict[str, list[Entry]] = {name: [] for name, _ in SHARES}
    for entry in entries:
        share = int(hashlib.sha256(entry.patient.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        parts[next(name for name, end in SHARES if share < end)].append(entry)
    return parts


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    """Data set -> how many of the photographs are its own, in the order of the names."""
    return dict(sorted(Counter(entry.dataset for entry in entries).items()))


def family(dataset: str) -> str:
    """The name that copies of one data set share: they number the same patients (``eyepacs256``, ``eyepacscofe``)."""
    return re.sub(r"\d+$|cofe$|sample$", "", dataset)


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Every row with the number of its (last) line; a byte order mark, as spreadsheets write it, plays no part."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            return [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImageError(f"{path} is no table in UTF-8: {error}.", "Save it as CSV with UTF-8 encoding.") from error


def _from_manifest(root: Path, manifest: Path) -> list[Entry]:
    rows = read_rows(manifest)
    if rows and (missing := [name for name in COLUMNS if name not in rows[0][1]]):
        raise ImageError(
            f"{manifest} has no column {missing[0]!r}.",
            f"Its first line must name the columns {', '.join(COLUMNS)}; or move it away, and the photographs alone "
            "are read.",
        )
    return [_manifest_entry(root, row, f"Line {number} of {manifest}") for number, row in rows]


def _manifest_entry(root: Path, row: Mapping[str, str], place: str) -> Entry:
    try:
        facts = json.loads(row["labels"] or "{}")
        if not isinstance(facts, dict) or not isinstance(facts.get(QUALITY, ""), str):
            raise ValueError("it must be an object, and its quality a word")
    except ValueError as error:
        raise ImageError(
            f"{place}: the labels {row['labels']!r} cannot be read: {error}.",
            'Leave the cell empty or write JSON, as {"quality": "good"}; inside a CSV every quote is doubled.',
        ) from error
    patient = _patient(row["dataset"], Path(row["file"]))
    entry = Entry(root / row["file"], row["dataset"], patient, facts=facts)
    chosen_sharp = Path(row["file"]).parts[:1] in [(folder,) for folder in SHARP_FOLDERS]
    return replace(entry, labels=SHARP_LABELS if chosen_sharp else QUALITY_LABELS.get(entry.grade or "", UNKNOWN))


def _from_synfundus(root: Path, annotation: Path) -> list[Entry]:
    """A key may lack its folder and suffix: then it is looked for by its stem below ``root``."""
    rows = read_rows(annotation)
    key = next((name for name in SYNFUNDUS_KEYS if rows and name in rows[0][1]), None)
    if key is None:
        raise ImageError(
            f"{annotation.name} is no annotation file: it has no column {' or '.join(SYNFUNDUS_KEYS)}.",
            "Give SynFundus-1M's SynFundus-1M_annotation.csv.",
        )
    stems = {stem(path): path for path in files_below(root) if is_photograph(path)}
    paths = [_listed(root, row[key], stems) for _, row in rows]
    absent = sum(not path.is_file() for path in paths)
    if absent:
        logger.info("Photographs that %s lists and the folder does not hold: %d.", annotation.name, absent)
    return [
        _synfundus_entry(path, row[key], row, f"Line {number} of {annotation}")
        for path, (number, row) in zip(paths, rows, strict=True)
    ]


def _listed(root: Path, key: str, stems: Mapping[str, Path]) -> Path:
    path = root / key
    return path if path.is_file() else stems.get(stem(PurePath(key)), path)


def _synfundus_entry(path: Path, key: str, row: Mapping[str, str], place: str) -> Entry:
    values = [_label(row.get(name), place) for name in SYNFUNDUS_LABELS]
    return Entry(path, "synfundus", f"synfundus/{key}", (values[0], values[1], values[2], values[3]), dict(row))


def _label(text: str | None, place: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = None
    if value not in (0, 1):
        raise ImageError(f"{place}: {text!r} is no label.", "A readability label is 0, 1 or an empty cell.")
    return value


def _from_file(root: Path, path: Path) -> Entry:
    return Entry(path, root.name, f"{root.name}/{stem(path)}")


def _patient(dataset: str, path: Path) -> str:
    """The patient's name within a data set: the numbers before ``_left``, ``_right``, ``_L`` or ``_R``."""
    name = stem(path).removeprefix(f"{dataset}_").removeprefix("Patient")
    patient = f"{family(dataset)}/{re.sub(r'_(left|right|L|R)$', '', name)}"
    return SHARED_PHOTOGRAPHS.get(patient, patient)
