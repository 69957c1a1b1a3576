"""The loop on a restorer small enough for a test: it learns, saves, resumes and leaves a checkpoint that loads."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import pytest
import torch
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import default_collate

from retinaregen_core import weights
from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.errors import WeightsError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.manifest import write_training_record
from retinaregen_core.nets.restorers import PaperRestorer
from retinaregen_core.training import loop
from retinaregen_core.training.loop import State, learning_rate_factor, origin, train
from retinaregen_core.training.pairs import PairStream
from retinaregen_core.training.readability import ReadabilityTask
from retinaregen_core.training.recipes import RECIPES, Recipe
from retinaregen_core.training.restorer import RestorerTask


def small(model: str) -> Recipe:
    recipe = RECIPES[model]
    spec = replace(recipe.spec, image_size=64, width=8, latent_dim=4, extractor="resnet18")
    return replace(recipe, spec=spec, batch_size=2, size=64, crop=recipe.crop and 32)


@pytest.fixture
def entries(phantom: Phantom, tmp_path: Path) -> list[Entry]:
    path = tmp_path / "photograph.png"
    cv2.imwrite(str(path), phantom.image[..., ::-1])
    return [Entry(path, "drawn", "drawn/1", SHARP_LABELS)]


@pytest.mark.parametrize("model", sorted(set(RECIPES) - {"regression-small"}))  # the same network at another size
def test_a_run_leaves_a_checkpoint_that_loads(
    model: str, entries: list[Entry], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if "lpips" in RECIPES[model].reconstruction:
        request.getfixturevalue("backbone")
    task = RestorerTask(small(model), entries)
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    record = train(task, tmp_path / "out", minutes=0.01, seed=0, resume=False, licence="test")
    assert record["steps"] >= 1
    assert json.loads((tmp_path / "out" / "training.json").read_text()) == record
    loaded = weights.load_restorer(weights.locate(tmp_path / "out"))
    changed = {n.split(".")[0] for n, value in loaded.state_dict().items() if not torch.equal(value, before[n].half())}
    assert ("light" in changed) == (RECIPES[model].part == "light")
    assert ("unet" in changed) == (model in ("flagship", "flagship-fine", "regression"))
    assert ("sharpening" in changed) == (model in ("flagship", "flagship-blur", "flagship-fine"))
    if isinstance(loaded, PaperRestorer):
        assert loaded.static_condition.abs().sum() > 0


def test_a_resumed_run_counts_on(entries: list[Entry], tmp_path: Path) -> None:
    first = train(
        RestorerTask(small("flagship"), entries), tmp_path, minutes=0.01, seed=0, resume=False, licence="test"
    )
    longer = first["wall_seconds"] / 60 + 0.02
    second = train(
        RestorerTask(small("flagship"), entries), tmp_path, minutes=longer, seed=0, resume=True, licence="test"
    )
    assert second["sessions"] == 2
    assert second["steps"] > first["steps"]
    assert second["wall_seconds"] > first["wall_seconds"]


def test_a_resumed_run_remembers_what_it_started_from(entries: list[Entry], tmp_path: Path) -> None:
    weights.save(RestorerTask(small("flagship"), entries).network, tmp_path / "first")
    write_training_record(tmp_path / "first", {"datasets": {"srahim": 1}})
    begun, went_on = (
        train(
            RestorerTask(small("flagship"), entries),
            tmp_path / "out",
            minutes=minutes,
            seed=0,
            resume=resume,
            licence="test",
            start=start,
        )
        for minutes, resume, start in ((0.01, False, str(tmp_path / "first")), (0.02, True, None))
    )
    assert went_on["sessions"] == 2
    assert went_on["start"] == begun["start"] and begun["start"]["datasets"] == ["srahim"]


def test_a_record_names_the_data_sets_of_every_session(entries: list[Entry], tmp_path: Path) -> None:
    for minutes, name in ((0.01, "drawn"), (0.02, "clinic")):
        task = RestorerTask(small("flagship"), [replace(entries[0], dataset=name)])
        record = train(task, tmp_path, minutes=minutes, seed=0, resume=name == "clinic", licence="test")
    assert record["datasets"] == {"clinic": 1, "drawn": 1}


def test_the_learning_curve_is_thinned_evenly() -> None:
    state = State(curve=[(10 * (i + 1), float(i)) for i in range(60)], losses=[99.0])
    curve = state.learning_curve()
    assert len(curve["images"]) == len(curve["loss"]) == 24
    assert curve["images"][-1] == 600 and curve["images"] == sorted(curve["images"])
    assert curve["loss"][:2] == [0.5, 3.0]  # of the first two, then of the next three: nothing is left out
    few = State(curve=[(10, 0.1234567), (20, -2.0)])
    assert few.learning_curve() == {"images": [10, 20], "loss": [0.12346, -2.0]}


def test_the_learning_curve_of_a_run_too_short_for_the_log() -> None:
    assert State(images=6, losses=[1.0, 2.0]).learning_curve() == {"images": [6], "loss": [1.5]}
    assert State().learning_curve() == {"images": [], "loss": []}


def test_the_learning_curve_goes_on_in_later_sessions(
    entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOG_EVERY", 1)
    for minutes in (0.01, 0.02):
        task = RestorerTask(small("flagship"), entries)
        record = train(task, tmp_path, minutes=minutes, seed=0, resume=minutes > 0.01, licence="test")
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert record["sessions"] == 2 and len(log) == record["steps"]
    state = State(curve=[(line["images"], line["loss"]) for line in log])
    assert record["curve"] == state.learning_curve() and record["curve"]["images"][-1] == record["images"]


def test_a_state_from_before_the_curve_is_resumed(entries: list[Entry], tmp_path: Path) -> None:
    task = RestorerTask(small("flagship"), entries)
    averaged = AveragedModel(task.learner, use_buffers=True)
    loop._save(tmp_path / "state.pt", task, averaged, State(step=3))
    content = torch.load(tmp_path / "state.pt", weights_only=True)
    del content["state"]["curve"]
    torch.save(content, tmp_path / "state.pt")
    assert loop._load(tmp_path / "state.pt", task, averaged, State()) == State(step=3)


def test_what_a_task_learned_of_its_data_is_resumed(tmp_path: Path) -> None:
    first, second = (ReadabilityTask([], seed=0) for _ in range(2))
    first._class_weights(torch.ones(5, 4))
    first.first_share.zero_()
    averaged = [AveragedModel(task.learner, use_buffers=True) for task in (first, second)]
    loop._save(tmp_path / "state.pt", first, averaged[0], State(step=3))
    assert loop._load(tmp_path / "state.pt", second, averaged[1], State()).step == 3
    assert second.counts.tolist() == [[1.0] * 4, [6.0] * 4]
    assert float(second.first_share) == 0
    second._class_weights(torch.ones(1, 4))
    assert second.memory["counts"].tolist() == [[1.0] * 4, [7.0] * 4]  # what the next save will hold


def test_a_state_is_read_without_the_device_that_wrote_it(
    entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = RestorerTask(small("flagship"), entries)
    averaged = AveragedModel(task.learner, use_buffers=True)
    loop._save(tmp_path / "state.pt", task, averaged, State())
    read, places = torch.load, []
    monkeypatch.setattr(
        torch, "load", lambda *a, **options: places.append(options["map_location"]) or read(*a, **options)
    )
    loop._load(tmp_path / "state.pt", task, averaged, State())
    assert places == ["cpu"]


@pytest.mark.parametrize(
    ("left_by", "said"),
    [
        (None, r"no .*state\.pt to go on from.*without --resume"),
        ("paper", "another model"),
        ("flagship-fine", r"another recipe.*--start"),
        ("junk", "damaged"),
        ("nothing", "damaged"),
    ],
)
def test_what_cannot_be_resumed_is_said(entries: list[Entry], tmp_path: Path, left_by: str | None, said: str) -> None:
    state = tmp_path / "state.pt"
    if left_by in RECIPES:
        other = RestorerTask(small(str(left_by)), entries)
        loop._save(state, other, AveragedModel(other.learner, use_buffers=True), State())
    elif left_by:
        state.write_bytes(b"no state" if left_by == "junk" else b"")
    with pytest.raises(WeightsError, match=said):
        train(RestorerTask(small("flagship"), entries), tmp_path, minutes=1, seed=0, resume=True, licence="test")


def test_the_same_batch_is_learnt(entries: list[Entry]) -> None:
    task = RestorerTask(small("flagship"), entries)
    batch = default_collate(list(islice(PairStream([entries[0].path], seed=0), 2)))
    losses = []
    for _ in range(25):
        loss = task.loss(task.learner, batch, 0.9, torch.Generator().manual_seed(0))
        losses.append(float(loss.detach()))
        loss.backward()
        task.optimizer.step()
        task.optimizer.zero_grad()
    assert losses[-1] < 0.8 * losses[0]


def test_a_run_can_start_from_a_checkpoint(entries: list[Entry], tmp_path: Path) -> None:
    first = RestorerTask(small("flagship"), entries)
    weights.save(first.network, tmp_path / "first")
    start = str(tmp_path / "first")
    record = train(first, tmp_path / "out", minutes=0.01, seed=0, resume=False, licence="test", start=start)
    assert record["start"] == {"name": "first", "sha256": weights.locate(start).sha256, "datasets": None}


def test_the_record_of_a_run_tells_what_the_weights_before_it_had_seen(entries: list[Entry], tmp_path: Path) -> None:
    weights.save(RestorerTask(small("flagship"), entries).network, tmp_path)
    assert origin(None) is None
    for record, seen in (
        ({"datasets": {"b": 1, "a": 2}}, ["a", "b"]),
        ({"datasets": {"b": 1}, "start": {"datasets": ["a"]}, "calibration": {"datasets": ["c"]}}, ["a", "b", "c"]),
        ({"datasets": {"b": 1}, "start": None, "mean_of": [{"datasets": ["a"]}, {"name": "b"}]}, ["a", "b"]),
        ({"datasets": {"b": 1}, "start": {"name": "from before this was written"}}, None),
        ({"datasets": {"b": 1}, "mean_of": [{"datasets": None}]}, None),
    ):
        write_training_record(tmp_path, record)
        found = origin(str(tmp_path))
        assert found is not None and found["datasets"] == seen


def test_learning_rate_warms_up_and_falls() -> None:
    rates = [learning_rate_factor(step, progress) for step, progress in ((0, 0.0), (200, 0.1), (900, 0.9))]
    assert rates[0] < rates[2] < rates[1]
