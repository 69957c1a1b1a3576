"""From a name, a folder or a repository to a network whose every tensor was read from a checked file.

A name is resolved in ``$RETINAREGEN_CHECKPOINTS``, the project's ``checkpoints/``, the Hub's cache and the Hub, in this
order, always with the manifest's hashes. There is no path on which a tensor keeps a random value, and none on which a
pickle is opened.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from retinaregen_core import hub
from retinaregen_core import manifest as manifests
from retinaregen_core.errors import WeightsError
from retinaregen_core.manifest import CONFIG, WEIGHTS, Manifest, Row
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier, folded
from retinaregen_core.nets.reader import Reader
from retinaregen_core.nets.restorers import RESTORERS, Restorer
from retinaregen_core.specs import LocalSpec, ReadabilitySpec, RestorerSpec, from_config, lookup
from retinaregen_core.tensors import demand, halve, load

RECORDED_SUFFIXES = {".json", ".safetensors"}
"""What the manifest hashes: config, weights and training record; a model card may be edited freely."""
PROJECT_CHECKPOINTS = Path(__file__).resolve().parents[1] / "checkpoints"
CHECKPOINTS_VARIABLE = "RETINAREGEN_CHECKPOINTS"
REPOSITORY_VARIABLE, COMMIT_VARIABLE = "RETINAREGEN_HUB_REPOSITORY", "RETINAREGEN_HUB_COMMIT"
UNKNOWN_LICENCE = "not stated"
LOCAL = "local-readability"
"""Name of the checkpoint that belongs to the classifier."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder with ``config.json`` and ``model.safetensors``, and where it came from."""

    name: str
    folder: Path
    repository: str | None
    """"owner/name" on the Hub that publishes it, if one does."""
    commit: str | None
    sha256: str
    """Of ``model.safetensors``."""
    config_sha256: str
    """Of ``config.json``: beside the spec, a classifier's holds its calibration."""
    verified: bool
    """Every file has the hash that the manifest lists."""
    licence: str


def locate(name_or_path_or_repo: str | Path = "flagship", revision: str | None = None) -> Checkpoint:
    """Find a checkpoint on this machine or fetch it, and check its files; nothing is loaded yet.

    Args:
        name_or_path_or_repo: a name in the manifest; a folder; or a Hub repository "owner/name" with the files at its
            root. No manifest vouches for the last two: they are marked as not verified.
        revision: a commit on the Hub, 40 hexadecimal digits. Required for a repository. For a name, it asks for that
            commit instead of the pinned one, whose files alone the manifest can verify.

    Raises:
        WeightsError: nothing was found, a file was altered, or the Hub cannot give it.
    """
    source, folder = str(name_or_path_or_repo), Path(name_or_path_or_repo)
    bare = name_or_path_or_repo == folder.name  # neither a path that is spelled out nor one in an object
    if bare and source in {name for manifest in known_manifests() for name in manifest.checkpoints}:
        return _from_name(source, revision)  # whatever lies in a folder of that name: to mean it, write ./name
    if _holds_checkpoint(folder):
        return _from_folder(folder, revision)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", source) and not folder.exists():
        paths = hub.download(source, revision or "", (CONFIG, WEIGHTS))
        return _checkpoint(folder.name, paths[0].parent, source, revision)
    return _from_name(source, revision)


def load_restorer(checkpoint: Checkpoint, device: torch.device | str = "cpu") -> Restorer:
    """The restorer of a checkpoint: float32, evaluation mode.

    Raises:
        WeightsError: ``config.json`` or ``model.safetensors`` is missing, damaged, or does not fit the other.
    """

    def build(values: Mapping[str, Any]) -> Restorer:
        spec = from_config(RestorerSpec, values)
        return lookup(RESTORERS, spec.restorer, "restorer")(spec)

    return load(build, checkpoint.folder, device)


def load_readability(checkpoint: Checkpoint, device: torch.device | str = "cpu") -> ReadabilityClassifier:
    """The readability classifier of a checkpoint: float32, evaluation mode.

    Raises:
        WeightsError: as in :func:`load_restorer`.
    """
    return load(lambda values: ReadabilityClassifier(from_config(ReadabilitySpec, values)), checkpoint.folder, device)


def load_local(readability: Checkpoint, device: torch.device | str = "cpu") -> tuple[str, LocalReadability] | None:
    """The local readability that was learned for this classifier, after its sha256: float32, evaluation mode.

    Returns:
        ``None`` when no manifest lists one, or only another classifier's.

    Raises:
        WeightsError: as in :func:`locate` and :func:`load_restorer`.
    """
    if not any(LOCAL in manifest.checkpoints for manifest in known_manifests()):
        return None
    checkpoint = locate(LOCAL)
    found = load_head(checkpoint, device)
    return (checkpoint.sha256, found) if found.spec.classifier == readability.sha256 else None


def load_head(checkpoint: Checkpoint, device: torch.device | str = "cpu") -> LocalReadability:
    """A local readability, whichever classifier it was learned for: float32, evaluation mode.

    Raises:
        WeightsError: as in :func:`load_restorer`.
    """
    return load(lambda values: LocalReadability(from_config(LocalSpec, values)), checkpoint.folder, device)


def load_reader(readability: Checkpoint, device: torch.device | str = "cpu") -> Reader:
    """What reads a photograph: the classifier, faster and not to be trained, and its local readability.

    Raises:
        WeightsError: as in :func:`load_local`; or the classifier's labels heed another local readability.
    """
    classifier, told = load_readability(readability, device), load_local(readability, device)
    sha256, local = told or (None, None)
    if classifier.spec.local not in (None, sha256):
        raise WeightsError(
            f"The labels of {readability.name!r} heed the local readability {classifier.spec.local}; "
            f"{f'that in place is {sha256}' if sha256 else 'there is none in place'}.",
            f"Restore checkpoints/{LOCAL} from the project's git repository, or calibrate the classifier anew: "
            "retinaregen train calibration.",
        )
    return Reader(folded(classifier), local).eval()


def save(network: Restorer | ReadabilityClassifier | LocalReadability, folder: Path) -> None:
    """Write ``config.json`` (the spec) and ``model.safetensors`` (float16) into ``folder``, which is made if need be.

    Raises:
        WeightsError: a value does not fit into float16.
    """
    tensors = {name: halve(name, tensor) for name, tensor in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps({"spec": asdict(network.spec)}, indent=2) + "\n", encoding="utf-8")


def record(name: str, folder: Path, licence: str) -> None:
    """Enter a checkpoint's hashes in the manifest of ``$RETINAREGEN_CHECKPOINTS``, or else of ``checkpoints/``.

    Raises:
        WeightsError: ``folder`` is not a complete checkpoint.
    """
    demand(folder / CONFIG, folder / WEIGHTS)
    files = {path.name: manifests.sha256(path) for path in folder.iterdir() if path.suffix in RECORDED_SUFFIXES}
    manifests.write(known_manifests()[0].with_row(name, Row(licence, files)))


def known_manifests() -> list[Manifest]:
    """The manifests in which names are looked up; the first one wins."""
    return [manifests.read(root) for root in _roots()]


def _roots() -> list[Path]:
    """Folders of checkpoints, the first one wins."""
    chosen = os.environ.get(CHECKPOINTS_VARIABLE)
    if not chosen:
        return [PROJECT_CHECKPOINTS]
    if not Path(chosen).is_dir():
        raise WeightsError(
            f"{CHECKPOINTS_VARIABLE} names {chosen!r}, which is not a folder.", "Correct the variable or unset it."
        )
    return [Path(chosen), PROJECT_CHECKPOINTS]


def _holds_checkpoint(folder: Path) -> bool:
    """Half a checkpoint counts: it is to be reported, not passed over."""
    return (folder / CONFIG).is_file() or (folder / WEIGHTS).is_file()


def _checkpoint(
    name: str, folder: Path, repository: str | None = None, commit: str | None = None, row: Row | None = None
) -> Checkpoint:
    """Describe a folder, after checking it against its row of the manifest if it has one."""
    demand(folder / CONFIG, folder / WEIGHTS)
    if row is None:
        return Checkpoint(
            name,
            folder,
            repository,
            commit,
            manifests.sha256(folder / WEIGHTS),
            manifests.sha256(folder / CONFIG),
            verified=False,
            licence=UNKNOWN_LICENCE,
        )
    manifests.verify(folder, row.files)
    if not {CONFIG, WEIGHTS} <= row.files.keys():
        raise WeightsError(
            f"The manifest does not list both {CONFIG} and {WEIGHTS} of {name!r}.",
            f"Restore {manifests.MANIFEST} from the project's git repository.",
        )
    return Checkpoint(name, folder, repository, commit, row.files[WEIGHTS], row.files[CONFIG], True, row.licence)


def _from_folder(folder: Path, revision: str | None) -> Checkpoint:
    if revision is not None:
        raise WeightsError(
            f"{folder} is a folder, so it has no revision {revision!r}.",
            "Leave the revision out, or name a repository.",
        )
    return _checkpoint(folder.resolve().name, folder)


def _from_name(name: str, revision: str | None) -> Checkpoint:
    known = known_manifests()
    listed = [manifest for manifest in known if name in manifest.checkpoints]
    if not listed:
        raise _unknown(name, known)
    local = [manifest for manifest in listed if _holds_checkpoint(manifest.root / name)]
    if revision is not None or not local:
        return _published(name, listed[0], revision)
    manifest = local[0]
    row = manifest.checkpoints[name]
    return _checkpoint(name, manifest.root / name, manifest.repository or None, manifest.commit or None, row)


def published_at(manifest: Manifest) -> tuple[str, str]:
    """Repository and commit of the Hub's copy, the environment's word before the manifest's; empty when unknown."""
    repository, commit = os.environ.get(REPOSITORY_VARIABLE), os.environ.get(COMMIT_VARIABLE)
    return repository or manifest.repository, commit or manifest.commit


def _unknown(name: str, known: list[Manifest]) -> WeightsError:
    paths = " or ".join(str(manifest.root / manifests.MANIFEST) for manifest in known)
    names = sorted({listed for manifest in known for listed in manifest.checkpoints})
    return WeightsError(
        f"{name!r} is neither a folder with {CONFIG} and {WEIGHTS} nor a checkpoint listed in {paths} "
        f"(listed: {', '.join(names) or 'none'}).",
        f"Check the spelling, or {hub.OWN_COPY}",
    )


def _published(name: str, manifest: Manifest, revision: str | None) -> Checkpoint:
    """A listed checkpoint from the project's own Hub repository, where it lies in a folder of its name."""
    repository, pinned = published_at(manifest)
    if not repository:
        raise WeightsError(
            f"The checkpoint {name!r} is not in {manifest.root}, and no Hub repository is known that publishes it.",
            f"Restore {manifest.root / name} from the project's git repository, or {hub.OWN_COPY}",
        )
    row = manifest.checkpoints[name] if revision in (None, pinned) else None
    commit = revision or pinned
    files = row.files if row else (CONFIG, WEIGHTS)
    paths = hub.download(repository, commit, [f"{name}/{file}" for file in files])
    return _checkpoint(name, paths[0].parent, repository, commit, row)
