"""Publishing: what is planned is what arrives, numbers are measured ones, and the pin is a commit that exists."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from huggingface_hub import constants

from hub import Hub
from retinaregen_core import __main__ as command_line
from retinaregen_core import manifest, model_card, publish, requirements, weights
from retinaregen_core.errors import RetinaRegenError, SpecError, WeightsError
from retinaregen_core.evaluation import restoration
from retinaregen_core.evaluation.pairs import Case, Pair
from retinaregen_core.evaluation.tables import protocol
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.manifest import Manifest
from retinaregen_core.pipeline import RetinaRegen

MODEL, SPACE = "somebody/weights", "somebody/page"
RECORD = {
    "datasets": {"drawings": 12},
    "steps": 34,
    "validation": {"photographs": 5, "111": {"input": 17.25, "output": 21.5}},
}


@pytest.fixture
def root(tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tiny checkpoints with their manifest; the restorer has a training record."""
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    for name, network in {"flagship": tiny_model.restorer, "readability": tiny_model.classifier}.items():
        weights.save(network, tmp_path / name)
        if name == "flagship":
            (tmp_path / name / "training.json").write_text(json.dumps(RECORD))
        weights.record(name, tmp_path / name, "CC BY-NC-SA 4.0, for tests")
    return tmp_path


@pytest.fixture
def hub(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An empty Hub that takes uploads by plain HTTP."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with Hub() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        yield server


def front_matter(card: bytes | Path | str) -> dict[str, object]:
    text = card.decode() if isinstance(card, bytes) else str(card)
    values = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(values, dict)
    return values


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["retinaregen", "publish", *arguments])
    with pytest.raises(SystemExit) as stop:
        command_line.main()
    return int(stop.value.code or 0)


def test_readme_is_a_valid_front_page_of_a_space() -> None:
    values = front_matter((publish.PROJECT / "README.md").read_text("utf-8"))
    assert values.keys() <= publish.SPACE_KEYS
    assert values["sdk_version"] == requirements.pins()["gradio"]
    assert (publish.PROJECT / str(values["app_file"])).is_file()
    assert values["python_version"] in ("3.11", "3.12")
    assert (values["sdk"], values["suggested_hardware"], values["license"]) == ("gradio", "cpu-basic", "apache-2.0")
    assert len(str(values["short_description"])) <= 60
    assert {values["colorFrom"], values["colorTo"]} <= {"red", "yellow", "green", "blue", "indigo", "purple", "gray"}


@pytest.mark.parametrize("values", [{"sdk_version": "5.0.0"}, {"sdk_verson": "6"}])
def test_front_matter_that_a_space_would_misread(values: dict[str, str]) -> None:
    with pytest.raises(SpecError, match="sdk_version"):
        publish.check_front_matter(values)


def test_dry_run_says_everything_and_sends_nothing(
    root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (root / manifest.MANIFEST).read_bytes()
    assert command(monkeypatch, "--model-repo", MODEL, "--space", SPACE) == 0
    said = capsys.readouterr().out
    for line in (
        "flagship/model.safetensors",
        "app.py",
        "checkpoints/manifest.toml",
        "model-index",
        "Nothing was sent",
    ):
        assert line in said
    assert hub.requests == []
    assert (root / manifest.MANIFEST).read_bytes() == before


def test_published_weights_are_pinned_and_come_back(
    root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    planned = [set(plan.files) for plan in publish.preview(manifest.read(root), MODEL, SPACE)]
    assert command(monkeypatch, "--model-repo", MODEL, "--space", SPACE, "--yes") == 0
    commit, files = hub.head(MODEL)
    pinned = manifest.read(root)
    assert (pinned.repository, pinned.commit) == (MODEL, commit)
    _, page = hub.head(f"spaces/{SPACE}")
    assert [set(files) - {".gitattributes"}, set(page) - {".gitattributes"}] == planned
    assert not any(path.endswith(".safetensors") for path in page)
    assert page["checkpoints/manifest.toml"] == (root / manifest.MANIFEST).read_bytes()
    preload = front_matter(page["README.md"])["preload_from_hub"]
    assert isinstance(preload, list)
    repository, listed, revision = preload[0].split()
    assert (repository, revision) == (MODEL, commit)
    assert set(listed.split(",")) <= set(files)

    for name in pinned.checkpoints:
        shutil.rmtree(root / name)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", root)
    assert all(weights.locate(name).verified for name in pinned.checkpoints)


def test_the_projects_own_checkpoints_have_a_card() -> None:
    own = manifest.read(weights.PROJECT_CHECKPOINTS)
    told = model_card.card(own, MODEL)
    assert own.checkpoints and all(name in told for name in own.checkpoints)


def test_what_is_hidden_is_not_published(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    for name in (*publish.SPACE_FILES, "README.md", "demo/page.py", "demo/.env", "assets/.patient/eye.png"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes((publish.PROJECT / name).read_bytes() if name == "README.md" else b"")
    monkeypatch.setattr(publish, "PROJECT", project)
    pinned = replace(manifest.read(root), repository=MODEL, commit="1" * 40)
    assert "demo/page.py" in (files := publish.space_plan(pinned, SPACE).files)
    assert not any("/." in name for name in files)


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_what_git_does_not_track_is_not_published(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, git = tmp_path / "project", ("git", "-c", "safe.directory=*", "-c", "user.name=a", "-c", "user.email=a@b")
    for name in (*publish.SPACE_FILES, "README.md", "demo/page.py", "assets/LASTNAME.jpg"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes((publish.PROJECT / name).read_bytes() if name == "README.md" else b"")
    monkeypatch.setattr(publish, "PROJECT", project)
    pinned = replace(manifest.read(root), repository=MODEL, commit="1" * 40)
    assert "assets/LASTNAME.jpg" in publish.space_plan(pinned, SPACE).files  # nobody knows better
    subprocess.run([*git, "init", "-q"], cwd=project, check=True)
    subprocess.run([*git, "add", "app.py", "demo"], cwd=project, check=True)
    files = publish.space_plan(pinned, SPACE).files
    assert "demo/page.py" in files and "assets/LASTNAME.jpg" not in files
    (project / ".git" / "HEAD").write_text("nonsense")
    with pytest.raises(RetinaRegenError, match="git does not say"):
        publish.space_plan(pinned, SPACE)


def test_what_left_the_project_leaves_the_space(root: Path, hub: Hub) -> None:
    publish.carry_out(manifest.read(root), MODEL, SPACE)
    _, page = hub.head(f"spaces/{SPACE}")
    page["demo/old.py"] = b"import antigravity"
    (root / "flagship" / "training.json").write_text("{}")
    weights.record("flagship", root / "flagship", "CC BY-NC-SA 4.0, for tests")
    publish.carry_out(manifest.read(root), MODEL, SPACE)
    assert "demo/old.py" not in hub.head(f"spaces/{SPACE}")[1]


def test_card_holds_the_numbers_of_the_record_and_no_others(root: Path) -> None:
    values = front_matter(model_card.card(manifest.read(root), MODEL))
    assert values["license"] == "cc-by-nc-sa-4.0"
    assert {"fundus", "image-restoration"} <= set(values["tags"])
    assert (values["datasets"], values["metrics"]) == (["drawings"], ["psnr"])
    (entry,) = values["model-index"]
    (result,) = entry["results"]
    assert (result["metrics"][0]["value"], "17.25" in result["metrics"][0]["name"]) == (21.5, True)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([0.5, 0.25, 0.21234, 0.2, 0.19876], "0.5 at 10, 0.2123 at 30, 0.1988 at 50"),
        ([0.5, -0.25], "0.5 at 10, -0.25 at 20"),
        ([0.5], "0.5 at 10"),
        ([], None),
        (None, None),
    ],
)
def test_card_says_how_the_loss_went(root: Path, losses: list[float] | None, said: str | None) -> None:
    curve = {} if losses is None else {"curve": {"images": [10 * (i + 1) for i in range(len(losses))], "loss": losses}}
    (root / "flagship" / "training.json").write_text(json.dumps(RECORD | curve))
    card = model_card.card(manifest.read(root), MODEL)
    assert (f"- Training loss, by photographs seen: {said}\n" in card) if said else ("Training loss" not in card)


def test_results_count_only_for_the_weights_that_they_were_measured_on(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    results = tmp_path_factory.mktemp("results")
    sharp = draw(0, 256)
    pair = Pair((sharp.image * 0.6).astype(np.uint8), sharp.image, sharp.mask)
    cases = [Case(0, "drawn.png", "001", lambda: pair, "drawn")]
    restoration.evaluate_cases({"flagship": RetinaRegen.from_pretrained()}, cases, results, [2], lpips=False)
    cells = json.loads((results / "restoration_flagship.json").read_text())["results"]
    start, measured = (
        next(cell["measures"]["psnr"]["value"] for cell in cells if (cell["method"], cell["type"]) == (method, "001"))
        for method in ("input", "flagship")
    )

    listed = manifest.read(root)
    row = listed.checkpoints["flagship"]
    others = listed.with_row("flagship", replace(row, files={**row.files, manifest.WEIGHTS: "0" * 64}))
    said = f"degraded by type 001, 2 steps (n = 1) | PSNR in dB, from {start:.2f} dB | {measured:.4g} |"
    assert said in model_card.card(listed, MODEL, results)
    assert "by type 001" not in model_card.card(others, MODEL, results)


def test_card_says_what_outputs_mean_and_repeats_the_readability_evaluation(root: Path, tmp_path: Path) -> None:
    folder = root / "readability"
    (folder / manifest.CARD).write_text("- **fundus**: it is one.\n")
    listed = manifest.read(root)
    area, nothing = {"value": 0.987, "low": 0.971, "high": 0.999}, {"value": None, "low": None, "high": None}
    error, shares = {"value": 0.0321, "low": 0.02, "high": 0.05}, {"accuracy": 0.9111, "f1": 0.9222}
    others = {"ece": error, **{key: {**area, "value": value} for key, value in shares.items()}}
    cells = {
        "labels": [
            {"set": part, "label": "macula", "n": n, "measures": {"auc": {**area, "value": value}, **others}}
            for part, n, value in (("held_out", 30, 0.9625), ("drimdb", 7, 0.8125))
        ],
        "tasks": [{"task": "DRIMDB, good or bad", "n": 12, "measures": {"lowest of the four": area, "none": nothing}}],
    }
    here = weights.locate("readability")
    for measured_by in (here, replace(here, sha256="0" * 64), replace(here, config_sha256="0" * 64)):
        report = {"protocol": protocol(0, readability=measured_by), **cells}
        (tmp_path / "readability.json").write_text(json.dumps(report))
        card = model_card.card(listed, MODEL, tmp_path)
        assert "- **fundus**: it is one." in card
        for said in (
            "(n = 30) | ROC AUC, macula, 95 % interval 0.971 to 0.999 | 0.9625",
            "(n = 30) | Expected calibration error, macula, 95 % interval 0.020 to 0.050 | 0.0321",
            "(n = 30) | Accuracy, macula, 95 % interval 0.971 to 0.999 | 0.9111",
            "(n = 30) | F1, macula, 95 % interval 0.971 to 0.999 | 0.9222",
            "(n = 12) | ROC AUC, lowest of the four, 95 % interval 0.971 to 0.999 | 0.987",
        ):
            assert (said in card) == (measured_by is here)
        assert "0.8125" not in card


def test_results_that_do_not_name_a_config_count_by_their_weights(root: Path, tmp_path: Path) -> None:
    identity = {"sha256": manifest.read(root).checkpoints["readability"].files[manifest.WEIGHTS]}
    task = {"task": "any", "n": 3, "measures": {"lowest": {"value": 0.75, "low": 0.7, "high": 0.8}}}
    report = {"protocol": {"readability": identity}, "labels": [], "tasks": [task]}
    (tmp_path / "readability.json").write_text(json.dumps(report))
    assert "any (n = 3) | ROC AUC, lowest" in model_card.card(manifest.read(root), MODEL, tmp_path)


def test_several_licences_are_other(root: Path) -> None:
    listed = manifest.read(root)
    mixed = listed.with_row("other", replace(listed.checkpoints["flagship"], licence="MIT"))
    shutil.copytree(root / "flagship", root / "other", copy_function=os.link)
    assert front_matter(model_card.card(mixed, MODEL))["license"] == "other"


def test_altered_weights_are_not_published(root: Path, hub: Hub) -> None:
    with (root / "flagship" / manifest.WEIGHTS).open("ab") as file:
        file.write(b"?")
    with pytest.raises(WeightsError, match="expected sha256"):
        publish.carry_out(manifest.read(root), MODEL, None)
    assert hub.requests == []


def test_refused_upload_changes_nothing_here(root: Path, hub: Hub) -> None:
    hub.forbids_writing = True
    with pytest.raises(RetinaRegenError, match="hf auth login"):
        publish.carry_out(manifest.read(root), MODEL, SPACE)
    assert manifest.read(root).commit == ""


@pytest.mark.parametrize("name", ["weights", "a/b/c", "some body/weights"])
def test_names_are_checked(root: Path, name: str) -> None:
    with pytest.raises(SpecError, match="OWNER/NAME"):
        publish.model_plan(Manifest(root, "", "", {}), name)
