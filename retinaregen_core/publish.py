"""From a checkout to the Hub: the weights as a model repository, the page as a Space that pins their commit.

What would be uploaded is first a plan, made of files and text on this disk; only :func:`carry_out` talks to the Hub.
"""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from huggingface_hub.repocard import RepoCard

from retinaregen_core import hub, model_card, requirements
from retinaregen_core import manifest as manifests
from retinaregen_core.datasets import files_below
from retinaregen_core.errors import RetinaRegenError, SpecError
from retinaregen_core.manifest import MANIFEST, Manifest
from retinaregen_core.specs import suggest

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[1]
SPACE_FILES = ("app.py", "requirements.txt", "packages.txt", "LICENSE")
SPACE_FOLDERS = ("demo", "retinaregen_core", "assets")
LEFT_OUT = {".pyc", ".pyo", ".pyi"}
MANIFEST_IN_SPACE = f"checkpoints/{MANIFEST}"
UNKNOWN_COMMIT = "0" * 40
"""Stands for the model repository's next commit in a plan that is only shown."""

SPACE_KEYS = {
    *("title", "emoji", "colorFrom", "colorTo", "thumbnail", "short_description", "tags", "pinned", "license"),
    *("sdk", "sdk_version", "python_version", "app_file", "app_build_command", "app_port", "base_path"),
    *("suggested_hardware", "suggested_storage", "startup_duration_timeout", "preload_from_hub", "models", "datasets"),
    *("fullWidth", "header", "disable_embedding", "custom_headers"),
    *("hf_oauth", "hf_oauth_scopes", "hf_oauth_expiration_minutes", "hf_oauth_authorized_org"),
}
"""What a Space's front matter may hold; the Hub passes over a misspelt key in silence."""


@dataclass(frozen=True)
class Plan:
    """What one repository is to receive."""

    repository: str
    kind: hub.Kind
    files: Mapping[str, Path | bytes]
    """Path inside the repository -> file on this disk, or generated content."""

    def lines(self) -> Iterator[str]:
        """The plan in words, one line per file."""
        yield f"{self.kind} {self.repository}: {len(self.files)} files, {sum(map(_size, self.files.values())):,} bytes"
        for path, content in sorted(self.files.items()):
            yield f"  {path}  {_size(content):,} bytes{'' if isinstance(content, Path) else ', generated'}"


def model_plan(manifest: Manifest, repository: str, results: Path | None = None) -> Plan:
    """Weights, configs and training records of every checkpoint, the manifest, and the model card.

    Raises:
        WeightsError: a file is missing or differs from the manifest.
        SpecError: ``repository`` is not "owner/name".
    """
    _demand_name(repository)
    files: dict[str, Path | bytes] = {}
    for name, row in sorted(manifest.checkpoints.items()):
        manifests.verify(manifest.root / name, row.files)
        files |= {f"{name}/{file}": manifest.root / name / file for file in sorted(row.files)}
    files["README.md"] = model_card.card(manifest, repository, results).encode()
    files[MANIFEST] = manifests.text(replace(manifest, repository=repository, commit="")).encode()
    return Plan(repository, "model", files)


def space_plan(manifest: Manifest, space: str) -> Plan:
    """The page without the weights: it fetches those from ``manifest.repository`` at ``manifest.commit``.

    Raises:
        SpecError: ``space`` is not "owner/name", or the README's front matter holds an unknown key or another version.
        RetinaRegenError: this is not a checkout of the project, or git does not say what belongs to it.
    """
    _demand_name(space)
    if not (PROJECT / "app.py").is_file():
        raise RetinaRegenError(f"{PROJECT} holds no app.py to publish.", "Run this command in a checkout.")
    found = [PROJECT / name for name in SPACE_FILES]
    below = [path for folder in SPACE_FOLDERS for path in files_below(PROJECT / folder) if _belongs(path)]
    known = _under_version_control()
    for path in below:
        if known is None or path in known:
            found.append(path)
        else:  # a photograph, perhaps
            logger.warning("Left out, because git does not track it: %s", path.relative_to(PROJECT))
    files: dict[str, Path | bytes] = {path.relative_to(PROJECT).as_posix(): path for path in found}
    files["README.md"] = space_card((PROJECT / "README.md").read_text("utf-8"), manifest).encode()
    files[MANIFEST_IN_SPACE] = manifests.text(manifest).encode()
    return Plan(space, "space", files)


def space_card(readme: str, manifest: Manifest) -> str:
    """The project's README with the published weights in its front matter: preloaded when the Space is built."""
    card = RepoCard(readme)
    weights = [f"{name}/{file}" for name, row in sorted(manifest.checkpoints.items()) for file in sorted(row.files)]
    card.data["models"] = [manifest.repository]
    card.data["preload_from_hub"] = [f"{manifest.repository} {','.join(weights)} {manifest.commit}"]
    check_front_matter(vars(card.data))
    return str(card)


def check_front_matter(values: Mapping[str, Any]) -> None:
    """Known keys only, and the version of Gradio that the project pins.

    Raises:
        SpecError: names the key or the two versions.
    """
    for key in values:
        if key not in SPACE_KEYS:
            raise SpecError(f"Unknown key {key!r} in the Space's front matter.", suggest(key, SPACE_KEYS))
    pinned = requirements.pins()["gradio"]
    if values["sdk_version"] != pinned:
        raise SpecError(
            f"The front matter asks for Gradio {values['sdk_version']}, requirements.txt for {pinned}.",
            "Make sdk_version in README.md the same.",
        )


def preview(manifest: Manifest, repository: str, space: str | None, results: Path | None = None) -> list[Plan]:
    """What :func:`carry_out` would upload; the commit is not known yet, so the Space's pin is a row of zeros."""
    plans = [model_plan(manifest, repository, results)]
    if space:
        plans.append(space_plan(replace(manifest, repository=repository, commit=UNKNOWN_COMMIT), space))
    return plans


def carry_out(manifest: Manifest, repository: str, space: str | None, results: Path | None = None) -> Manifest:
    """Upload the weights, pin their commit in the manifest on this disk, and then upload the Space.

    Returns:
        The manifest as it was written.

    Raises:
        RetinaRegenError: as :func:`model_plan`, :func:`space_plan` and :func:`retinaregen_core.hub.upload`.
    """
    weights, *_ = preview(manifest, repository, space, results)  # a Space that cannot be planned stops everything
    commit = hub.upload(repository, "model", weights.files, "Weights, records and model card")
    pinned = replace(manifest, repository=repository, commit=commit)
    manifests.write(pinned)
    if space:
        plan = space_plan(pinned, space)
        hub.upload(space, "space", plan.files, f"Page for the weights {repository} at {commit}")
    return pinned


def _demand_name(repository: str) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise SpecError(f"{repository!r} is no repository on the Hub.", "Write it as OWNER/NAME.")


def _under_version_control() -> set[Path] | None:
    """The files that git tracks; None where the project is no checkout of its own, or git is not installed.

    Raises:
        RetinaRegenError: git refuses to say.
    """
    if not (PROJECT / ".git").exists() or shutil.which("git") is None:
        return None
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False)
    if listed.returncode:
        said = listed.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise RetinaRegenError(f"git does not say which files it tracks: {said}.", "Settle that and try again.")
    return {PROJECT / name for name in os.fsdecode(listed.stdout).split("\0")}


def _belongs(path: Path) -> bool:
    return path.suffix not in LEFT_OUT and "__pycache__" not in path.parts


def _size(content: Path | bytes) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)
