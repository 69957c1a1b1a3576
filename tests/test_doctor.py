"""The doctor sees what is wrong, says what to do, and calls a working installation well."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from huggingface_hub import constants

import calibrations
from hub import COMMIT, Hub
from retinaregen_core import __main__ as command_line
from retinaregen_core import calibration, doctor, manifest, requirements, weights
from retinaregen_core.pipeline import RetinaRegen

REPOSITORY = "somebody/weights"


@pytest.fixture
def root(tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two tiny verified checkpoints, and nothing besides."""
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", tmp_path)
    for name, network in {"flagship": tiny_model.restorer, "readability": tiny_model.classifier}.items():
        weights.save(network, tmp_path / name)
        weights.record(name, tmp_path / name, "for tests")
    return tmp_path


@pytest.fixture
def hub(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    manifest.write(replace(manifest.read(root), repository=REPOSITORY, commit=COMMIT))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub(REPOSITORY, {}) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        yield server


def levels(check: doctor.Check) -> dict[str, str]:
    return {finding.subject: finding.level for finding in check()}


def test_a_working_installation_does_not_fail(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "not" / "made" / "yet"))
    monkeypatch.setattr(sys, "argv", ["retinaregen", "doctor", "--json"])
    with pytest.raises(SystemExit) as stop:
        command_line.main()
    findings = {row["subject"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert findings["disk"]["found"].endswith(str(tmp_path))  # the folder itself is made when the page starts
    failed = {subject for subject, row in findings.items() if row["level"] == "fail"}
    assert failed <= {"disk", "memory"}  # this machine's, not ours
    assert (stop.value.code or 0) == int(bool(failed))
    assert {"python", "torch", "gradio", "weights flagship", "weights readability", "restoration"} <= findings.keys()
    assert "dB" in findings["restoration"]["found"]


def test_altered_weights_fail_with_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    path = root / "flagship" / manifest.WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(sys, "argv", ["retinaregen", "doctor"])
    with pytest.raises(SystemExit) as stop:
        command_line.main()
    lines = capsys.readouterr().out.splitlines()
    assert stop.value.code == 1
    place = next(i for i, line in enumerate(lines) if line.startswith("fail weights flagship"))
    assert "expected sha256" in lines[place]
    assert "-> Delete" in lines[place + 1]
    assert any(line.startswith("fail restoration") for line in lines)
    assert any(line.startswith("ok   weights readability") for line in lines)


def test_what_was_learned_must_belong_to_the_weights(root: Path) -> None:
    assert levels(doctor.trust) == {"trust": "warn"}
    learned = calibrations.drawn(*calibration.hashes(weights.locate(), weights.locate("readability")))
    calibration.save(learned, root / "flagship")
    assert levels(doctor.trust) == {"trust": "ok"}
    calibration.save(replace(learned, hashes=(*learned.hashes[:2], "a" * 64)), root / "flagship")
    assert levels(doctor.trust) == {"trust": "warn"}


def test_no_weights_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", tmp_path)
    assert levels(doctor.checkpoints) == {"weights": "fail"}


def test_packages_are_compared_with_the_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow = metadata.version("pillow")
    path = tmp_path / "requirements.txt"
    path.write_text(f"# comment\npillow=={pillow}\nnumpy==0.1\nno-such-package==1.0\n")
    monkeypatch.setattr(requirements, "REQUIREMENTS", path)
    findings = {finding.subject: finding for finding in doctor.packages()}
    assert {name: findings[name].level for name in ("python", "pillow", "numpy", "no-such-package")} == {
        "python": "ok",
        "pillow": "ok",
        "numpy": "warn",
        "no-such-package": "fail",
    }
    assert "pip install numpy==0.1" in findings["numpy"].remedy


def test_project_pins_are_read() -> None:
    assert {"gradio", "torch", "huggingface_hub"} <= requirements.pins().keys()


@pytest.mark.parametrize(("free", "level"), [(10.0, "ok"), (1.0, "warn"), (0.1, "fail")])
def test_room_is_graded(free: float, level: str) -> None:
    finding = doctor._room("disk", free, (2.0, 0.2), "here", "Free some.")
    assert finding.level == level
    assert bool(finding.remedy) == (level != "ok")


def test_a_containers_share_of_memory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CGROUP", tmp_path)
    (tmp_path / "memory.current").write_text("600\n")
    (tmp_path / "memory.max").write_text("1000\n")
    assert doctor.available_memory() in (400, None)


def test_missing_perceptual_network_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert levels(doctor.perceptual) == {"lpips": "warn"}


def test_hub_is_asked_only_when_configured_and_online(root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels(doctor.published) == {"hub": "ok"}
    assert f"GET /api/models/{REPOSITORY}/revision/{COMMIT}" in hub.requests
    assert not any("resolve" in request for request in hub.requests)
    hub.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert levels(doctor.published) == {"hub": "ok"}
    manifest.write(replace(manifest.read(root), repository="", commit=""))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert levels(doctor.published) == {"hub": "ok"}
    assert hub.requests == []


def test_hub_that_cannot_be_reached_is_a_warning(root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest.write(replace(manifest.read(root), commit="c" * 40))
    (finding,) = doctor.published()
    assert (finding.level, "has no commit" in finding.found) == ("warn", True)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody listens
    (finding,) = doctor.published()
    assert (finding.level, "no usable answer" in finding.found) == ("warn", True)
    assert "HF_ENDPOINT" in finding.remedy
