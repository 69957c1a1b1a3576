"""The files of a checkpoint, and ``manifest.toml``: what they hash to, and where a copy of them is published."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retinaregen_core.errors import WeightsError

MANIFEST = "manifest.toml"
CONFIG, WEIGHTS, RECORD = "config.json", "model.safetensors", "training.json"
"""The files of a checkpoint: its spec, its tensors, and what it was trained on, how, and for how long."""
CARD = "CARD.md"
"""Beside them, perhaps: what its outputs mean, for the model card. May be edited freely, so no hash is listed."""
FROM = "_from"
"""How a training record's entries end that name the checkpoints of which the weights were joined."""
HEADER = "# Written by retinaregen_core.weights.record. Until publication, repository and commit stay empty.\n"


@dataclass(frozen=True)
class Row:
    """One checkpoint."""

    licence: str
    files: Mapping[str, str]
    """File name -> sha256, 64 hexadecimal digits."""


@dataclass(frozen=True)
class Manifest:
    """The checkpoints of one folder; a checkpoint's files lie in ``root / name``."""

    root: Path
    repository: str
    """"owner/name" on the Hugging Face Hub, or empty: not published."""
    commit: str
    """40 hexadecimal digits, or empty."""
    checkpoints: Mapping[str, Row]

    def with_row(self, name: str, row: Row) -> "Manifest":
        """A copy in which ``name`` is ``row``."""
        return replace(self, checkpoints={**self.checkpoints, name: row})


def areas_of_labels(validation: Mapping[str, Any]) -> dict[str, float]:
    """Label -> area under its ROC curve, of a record's validation; a local readability has another for its places."""
    found: dict[str, float] = validation.get("auc_of_opinions") or validation.get("auc", {})
    return found


def training_record(folder: Path) -> dict[str, Any]:
    """What a checkpoint's folder says of its training; empty when it says nothing."""
    path = folder / RECORD
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return record


def datasets_seen(record: Mapping[str, Any]) -> frozenset[str] | None:
    """Names of all data sets that weights with this training record learned from or were calibrated on.

    What the weights that training began with had seen counts, and so does what they are a mean of or were joined of:
    the entries ``start``, ``mean_of`` and those that end with :data:`FROM` hold its ``datasets``, see
    :func:`retinaregen_core.training.loop.origin`.

    Returns:
        None when that is not known: there is no record, or weights that these were made of have none that tells it.
    """
    sources = [record.get("start"), *(source for key, source in record.items() if key.endswith(FROM))]
    # A mean from before its parts told is of a run and of what that began with: of start.
    averaged = [part.get("datasets", ()) for part in record.get("mean_of", ())]
    before = [*(source.get("datasets") for source in sources if source), *averaged]
    parts = [record.get("datasets"), record.get("calibration", {}).get("datasets", ()), *before]
    known = [part for part in parts if part is not None]
    return frozenset().union(*known) if len(known) == len(parts) else None


def write_training_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write what :func:`training_record` reads."""
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read(root: Path) -> Manifest:
    """The manifest of a folder of checkpoints; a folder without one lists nothing.

    Raises:
        WeightsError: the file is not a manifest.
    """
    path = root / MANIFEST
    if not path.is_file():
        return Manifest(root, "", "", {})
    try:
        return _parse(root, tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{path} is not a manifest: {type(error).__name__} {error}.",
            "Restore it from the project's git repository.",
        ) from error


def write(manifest: Manifest) -> None:
    """Write ``manifest.toml``: the same content gives the same bytes, and what is written is what is read."""
    (manifest.root / MANIFEST).write_text(text(manifest), encoding="utf-8")


def refresh(folder: Path, file: str) -> None:
    """Enter the new hash of one file of a checkpoint where the manifest beside its folder lists that checkpoint.

    The other hashes stay: a file that was altered does not come to be vouched for.
    """
    folder = folder.absolute()
    beside = read(folder.parent)
    if row := beside.checkpoints.get(folder.name):
        write(beside.with_row(folder.name, replace(row, files={**row.files, file: sha256(folder / file)})))


def text(manifest: Manifest) -> str:
    """The content of ``manifest.toml``."""
    lines = [f"repository = {_quote(manifest.repository)}", f"commit = {_quote(manifest.commit)}"]
    for name, row in sorted(manifest.checkpoints.items()):
        table = f"checkpoints.{_key(name)}"
        lines += ["", f"[{table}]", f"licence = {_quote(row.licence)}", "", f"[{table}.files]"]
        lines += [f"{_quote(file)} = {_quote(digest)}" for file, digest in sorted(row.files.items())]
    return HEADER + "\n".join(lines) + "\n"


def sha256(path: Path) -> str:
    """Hash of a file's content: 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path, files: Mapping[str, str]) -> None:
    """Compare the files of ``folder`` with the manifest's hashes.

    Raises:
        WeightsError: one is missing or differs; names the file, what was expected and what was found.
    """
    for name, expected in files.items():
        path = folder / name
        found = sha256(path) if path.is_file() else "no such file"
        if found != expected:
            raise WeightsError(
                f"{path} is not the file that the manifest lists: expected sha256 {expected}, found {found}.",
                f"Delete {path.resolve()} and fetch it again, by git or by a new start that downloads it.",
            )


def _parse(root: Path, values: Mapping[str, Any]) -> Manifest:
    rows = {name: Row(row["licence"], dict(row["files"])) for name, row in values.get("checkpoints", {}).items()}
    return Manifest(root, values["repository"], values["commit"], rows)


def _quote(text: str) -> str:
    return json.dumps(text)  # a JSON string in ASCII is a TOML basic string


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quote(name)
