"""Every way to a checkpoint, and every way in which it can fail: each failure has its own sentence and remedy."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from hub import COMMIT, Hub
from retinaregen_core import manifest, weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.restorers import RESTORERS, Restorer
from retinaregen_core.specs import ReadabilitySpec, RestorerSpec

REPOSITORY = "somebody/weights"
LICENCE = "for tests"
SPEC = RestorerSpec(restorer="flagship", process="bridge", image_size=64, width=8, latent_dim=4)
NEVER_LISTED = "c" * 40


@pytest.fixture(scope="module")
def network() -> Restorer:
    network = RESTORERS["flagship"](SPEC)
    generator = torch.Generator().manual_seed(0)
    for tensor in network.state_dict().values():
        tensor.normal_(generator=generator)
    return network


@pytest.fixture
def root(tmp_path: Path, network: Restorer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints that lists one, ``tiny``."""
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    weights.save(network, tmp_path / "tiny")
    weights.record("tiny", tmp_path / "tiny", LICENCE)
    return tmp_path


@pytest.fixture
def hub(root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The same checkpoint on a Hub only: the folder is gone, the manifest stays. Also at the repository's root."""
    contents = {path.name: path.read_bytes() for path in (root / "tiny").iterdir()}
    for path in (root / "tiny").iterdir():
        path.unlink()
    manifest.write(replace(manifest.read(root), repository=REPOSITORY, commit=COMMIT))
    with Hub(REPOSITORY, contents | {f"tiny/{name}": content for name, content in contents.items()}) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)  # the client reads HF_ENDPOINT once, at its import
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(time, "sleep", lambda seconds: None)  # the client's pauses before it tries again
        yield server


def refused(name: str | Path, revision: str | None = None) -> str:
    """The text of the error that this name meets, in resolution or in loading."""
    with pytest.raises(WeightsError) as caught:
        weights.load_restorer(weights.locate(name, revision))
    assert caught.value.what.endswith(".")
    assert caught.value.remedy.endswith(".")
    return str(caught.value)


def rewrite_config(folder: Path, values: object) -> None:
    (folder / manifest.CONFIG).write_text(json.dumps(values))


# Round trip


def test_save_and_load_give_the_same_network_in_float16(root: Path, network: Restorer) -> None:
    loaded = weights.load_restorer(weights.locate("tiny"))
    assert loaded.spec == SPEC
    assert not loaded.training
    for name, tensor in network.state_dict().items():
        assert loaded.state_dict()[name].dtype == tensor.dtype
        assert torch.equal(loaded.state_dict()[name], tensor.half().float()), name
    assert {tensor.dtype for tensor in load_file(root / "tiny" / manifest.WEIGHTS).values()} == {torch.float16}


@pytest.mark.parametrize("restorer", RESTORERS)
def test_every_restorer_is_loaded_whole(restorer: str, tmp_path: Path) -> None:
    """Built without memory, so a tensor outside the state dict would have no value afterwards."""
    weights.save(RESTORERS[restorer](replace(SPEC, restorer=restorer)), tmp_path)
    loaded = weights.load_restorer(weights.locate(tmp_path))
    assert not any(tensor.is_meta for tensor in [*loaded.parameters(), *loaded.buffers()])


def test_loaded_network_computes_and_can_be_trained(root: Path) -> None:
    loaded = weights.load_restorer(weights.locate("tiny"))
    photograph, latent = torch.zeros(1, 3, 64, 64), torch.zeros(1, *loaded.latent_shape)
    output = loaded(photograph, torch.tensor([999]), loaded.condition(photograph, torch.ones(1, 4)), latent)
    output.square().mean().backward()
    assert all(parameter.grad is not None for parameter in loaded.parameters())


def test_readability_keeps_its_calibration_and_its_counters(tmp_path: Path) -> None:
    network = ReadabilityClassifier(ReadabilitySpec(image_size=96, slopes=(1.0, 2.0, 3.0, 4.0)))
    network.state_dict()["network.Conv2d_1a_3x3.bn.num_batches_tracked"].fill_(70_001)  # beyond float16
    weights.save(network, tmp_path)
    loaded = weights.load_readability(weights.locate(tmp_path))
    assert loaded.spec == network.spec
    assert loaded.state_dict()["network.Conv2d_1a_3x3.bn.num_batches_tracked"] == 70_001


def test_loading_draws_no_random_number(root: Path) -> None:
    before = torch.get_rng_state()
    weights.load_restorer(weights.locate("tiny"))
    assert torch.equal(torch.get_rng_state(), before)


def test_diverged_network_is_not_saved(network: Restorer, tmp_path: Path) -> None:
    broken = RESTORERS["flagship"](SPEC)
    with torch.no_grad():
        next(broken.parameters()).fill_(1e6)
    with pytest.raises(WeightsError, match="65504"):
        weights.save(broken, tmp_path / "broken")
    assert not (tmp_path / "broken").exists()


# Resolution


def test_listed_name_is_verified(root: Path) -> None:
    checkpoint = weights.locate("tiny")
    assert (checkpoint.name, checkpoint.folder) == ("tiny", root / "tiny")
    assert (checkpoint.verified, checkpoint.licence) == (True, LICENCE)
    assert (checkpoint.repository, checkpoint.commit) == (None, None)
    assert checkpoint.sha256 == manifest.sha256(root / "tiny" / manifest.WEIGHTS)
    assert checkpoint.config_sha256 == manifest.sha256(root / "tiny" / manifest.CONFIG)


def test_a_folder_of_that_name_does_not_replace_it(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(root / "tiny", tmp_path / "elsewhere" / "tiny")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert weights.locate("tiny").verified
    assert not weights.locate("./tiny").verified
    assert not weights.locate(Path("tiny")).verified


def test_a_manifest_must_list_config_and_weights(root: Path) -> None:
    row = manifest.read(root).checkpoints["tiny"]
    files = {name: digest for name, digest in row.files.items() if name != manifest.CONFIG}
    manifest.write(manifest.read(root).with_row("tiny", replace(row, files=files)))
    assert "does not list both config.json and model.safetensors of 'tiny'" in refused("tiny")


def test_folder_is_loaded_but_not_verified(root: Path) -> None:
    checkpoint = weights.locate(root / "tiny")
    assert (checkpoint.name, checkpoint.verified, checkpoint.licence) == ("tiny", False, weights.UNKNOWN_LICENCE)
    assert "no revision" in refused(root / "tiny", COMMIT)


def test_environment_wins_over_the_project(root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:
    project = tmp_path_factory.mktemp("project")
    monkeypatch.setattr(weights, "PROJECT_CHECKPOINTS", root)
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(project))
    assert weights.locate("tiny").folder == root / "tiny"  # an empty folder hides nothing
    weights.save(RESTORERS["flagship"](replace(SPEC, latent_dim=2)), project / "tiny")
    weights.record("tiny", project / "tiny", LICENCE)
    assert weights.locate("tiny").folder == project / "tiny"
    monkeypatch.delenv(weights.CHECKPOINTS_VARIABLE)
    assert weights.locate("tiny").folder == root / "tiny"


def test_environment_that_names_no_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(root / "nowhere"))
    assert "not a folder" in refused("tiny")
    assert weights.locate(root / "tiny").name == "tiny"  # a path needs no list of names


def test_unknown_name_says_what_is_listed_and_where(root: Path) -> None:
    message = refused("tinny")
    assert "tiny" in message
    assert str(root / manifest.MANIFEST) in message


def test_listed_but_absent_and_unpublished(root: Path) -> None:
    manifest.write(manifest.read(root).with_row("absent", manifest.Row(LICENCE, {manifest.WEIGHTS: "0" * 64})))
    assert "no Hub repository is known" in refused("absent")


# Damage


def test_flipped_byte_names_file_expected_and_found(root: Path) -> None:
    path = root / "tiny" / manifest.WEIGHTS
    expected = manifest.sha256(path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    message = refused("tiny")
    assert all(text in message for text in (str(path), expected, manifest.sha256(path)))


@pytest.mark.parametrize("file", [manifest.CONFIG, manifest.WEIGHTS])
def test_missing_file(root: Path, file: str) -> None:
    (root / "tiny" / file).unlink()
    assert f"{file} is missing" in refused("tiny")
    assert f"{file} is missing" in refused(root / "tiny")


def test_truncated_weights(root: Path) -> None:
    path = root / "tiny" / manifest.WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    assert "is damaged" in refused(root / "tiny")


def test_pickle_is_never_opened(root: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, root / "tiny" / manifest.WEIGHTS)
    assert "is damaged" in refused(root / "tiny")


STEM = "unet.stem.bias"


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda tensors: {**tensors, "surplus": torch.zeros(1)}, "has besides 1, the first being 'surplus'"),
        (lambda tensors: {k: v for k, v in tensors.items() if k != STEM}, f"lacks 1, the first being '{STEM}'"),
        (lambda tensors: {**tensors, STEM: torch.zeros(3)}, f"in another shape 1, the first being '{STEM}'"),
    ],
)
def test_tensors_that_do_not_fit(root: Path, edit, complaint: str) -> None:
    path = root / "tiny" / manifest.WEIGHTS
    save_file(edit(load_file(path)), path)
    assert complaint in refused(root / "tiny")


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"spec": {"restorer": "flagship", "widht": 8}}, "Did you mean 'width'?"),
        ({"spec": {"restorer": "flagshop"}}, "Did you mean 'flagship'?"),
        ({"spec": {}, "colour": "red"}, "nothing besides"),
        ([], "nothing besides"),
        ({"spec": 3}, "not iterable"),
    ],
)
def test_config_that_describes_no_network(root: Path, config: object, complaint: str) -> None:
    rewrite_config(root / "tiny", config)
    assert complaint in refused(root / "tiny")


def test_config_that_is_not_json(root: Path) -> None:
    (root / "tiny" / manifest.CONFIG).write_text("{")
    assert "does not describe a network" in refused(root / "tiny")


def test_restorer_is_not_taken_for_a_classifier(root: Path) -> None:
    with pytest.raises(WeightsError, match="ReadabilitySpec"):
        weights.load_readability(weights.locate("tiny"))


# Manifest


def test_manifest_is_deterministic_and_keeps_what_it_does_not_change(root: Path) -> None:
    weights.record("other name", root / "tiny", 'with "quotes"')
    first = (root / manifest.MANIFEST).read_bytes()
    weights.record("tiny", root / "tiny", LICENCE)
    assert (root / manifest.MANIFEST).read_bytes() == first
    rows = manifest.read(root).checkpoints
    assert rows["other name"].licence == 'with "quotes"'
    assert set(rows["tiny"].files) == {manifest.CONFIG, manifest.WEIGHTS}


def test_training_record_is_hashed_and_model_card_is_not(root: Path) -> None:
    for name in ("training.json", "README.md"):
        (root / "tiny" / name).write_text("{}")
    weights.record("tiny", root / "tiny", LICENCE)
    assert set(manifest.read(root).checkpoints["tiny"].files) == {manifest.CONFIG, manifest.WEIGHTS, "training.json"}


def test_half_a_checkpoint_is_not_recorded(root: Path) -> None:
    (root / "half").mkdir()
    rewrite_config(root / "half", {})
    with pytest.raises(WeightsError, match="missing"):
        weights.record("half", root / "half", LICENCE)


@pytest.mark.parametrize("text", ["repository = ", 'repository = ""', 'repository = ""\ncommit = ""\ncheckpoints = 3'])
def test_broken_manifest(root: Path, text: str) -> None:
    (root / manifest.MANIFEST).write_text(text)
    assert "is not a manifest" in refused("tiny")


# The Hub


def test_download_at_the_pinned_commit_then_no_request_at_all(hub: Hub) -> None:
    checkpoint = weights.locate("tiny")
    assert (checkpoint.repository, checkpoint.commit, checkpoint.verified) == (REPOSITORY, COMMIT, True)
    files = [request for request in hub.requests if not request.startswith("GET /api/")]
    assert files == [
        f"{method} /{REPOSITORY}/resolve/{COMMIT}/tiny/{file}"
        for file in (manifest.CONFIG, manifest.WEIGHTS)
        for method in ("HEAD", "GET")
    ]
    hub.requests.clear()
    assert weights.load_restorer(weights.locate("tiny")).spec == SPEC
    assert hub.requests == []


def test_local_copy_makes_no_request(root: Path, hub: Hub, network: Restorer) -> None:
    weights.save(network, root / "tiny")
    assert weights.locate("tiny").folder == root / "tiny"
    assert hub.requests == []


def test_environment_names_the_repository(hub: Hub, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest.write(replace(manifest.read(root), repository="", commit=""))
    monkeypatch.setenv(weights.REPOSITORY_VARIABLE, REPOSITORY)
    assert "40 hexadecimal digits" in refused("tiny")
    monkeypatch.setenv(weights.COMMIT_VARIABLE, COMMIT)
    assert weights.locate("tiny").verified


def test_own_repository_loads_unverified(hub: Hub) -> None:
    checkpoint = weights.locate(REPOSITORY, COMMIT)
    assert (checkpoint.name, checkpoint.verified) == ("weights", False)
    assert weights.load_restorer(checkpoint).spec == SPEC


def test_another_revision_of_a_name_is_not_verified(hub: Hub, root: Path) -> None:
    manifest.write(replace(manifest.read(root), commit=NEVER_LISTED))
    assert not weights.locate("tiny", COMMIT).verified
    assert weights.locate("tiny", COMMIT).commit == COMMIT


@pytest.mark.parametrize("revision", [None, "main", COMMIT[:12], COMMIT.upper()])
def test_revision_must_be_pinned(hub: Hub, revision: str | None) -> None:
    assert "40 hexadecimal digits" in refused(REPOSITORY, revision)
    assert hub.requests == []


def test_corrupt_download_is_refused_until_the_remedy_is_followed(hub: Hub) -> None:
    hub.flipped_byte = True
    assert "expected sha256" in refused("tiny")
    hub.flipped_byte = False
    for _ in (manifest.CONFIG, manifest.WEIGHTS):
        message = refused("tiny")  # the client trusts its cache
        Path(message.partition("Delete ")[2].partition(" and fetch")[0]).unlink()
    assert weights.locate("tiny").verified


def test_offline_with_and_without_a_cached_copy(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "Unset HF_HUB_OFFLINE" in refused("tiny")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    weights.locate("tiny")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    assert weights.locate("tiny").verified
    assert hub.requests == []


def test_unknown_repository(hub: Hub) -> None:
    assert "There is no repository somebody/else" in refused("somebody/else", COMMIT)


def test_unknown_commit(hub: Hub) -> None:
    assert f"has no commit {NEVER_LISTED}" in refused(REPOSITORY, NEVER_LISTED)


def test_unknown_file(hub: Hub) -> None:
    del hub.files["tiny/" + manifest.WEIGHTS]
    assert f"has no file tiny/{manifest.WEIGHTS}" in refused("tiny")


def test_gated(hub: Hub) -> None:
    hub.gated = True
    assert "is gated" in refused("tiny")


def test_truncated_download(hub: Hub) -> None:
    hub.breaks_off = True
    assert "broke off" in refused("tiny")


def test_server_down(hub: Hub) -> None:
    hub.down = True
    assert "gives no usable answer" in refused("tiny")


def test_nobody_listens(hub: Hub) -> None:
    hub.__exit__(None, None, None)
    assert "gives no usable answer" in refused("tiny")


def test_fresh_process_with_environment_variables_shows_progress(
    hub: Hub, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The client reads HF_ENDPOINT itself, once, when it is imported."""
    script = "from retinaregen_core import weights; print(weights.locate('tiny').verified)"
    environment = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_CACHE": str(tmp_path_factory.mktemp("cache")),
        "HF_HUB_OFFLINE": "0",
        "TQDM_POSITION": "-1",  # shows the bar without a terminal
    }
    project = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], env=environment, cwd=project, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
    assert manifest.WEIGHTS in done.stderr
