"""What the classifier's training leaves behind: calibration, thresholds and the photographs that it remembers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from retinaregen_core import weights
from retinaregen_core.datasets import SHARP_LABELS, SYNFUNDUS_LABELS, UNKNOWN, Entry
from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.manifest import RECORD, WEIGHTS, sha256
from retinaregen_core.nets.reader import Reader
from retinaregen_core.specs import LABELS
from retinaregen_core.training import readability
from retinaregen_core.training.averaging import average_classifiers
from retinaregen_core.training.readability import ReadabilityTask, train


def take_few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readability, "BATCH_SIZE", 8)
    monkeypatch.setattr(readability, "VALIDATION_SAMPLES", 32)
    monkeypatch.setattr(readability, "STATISTICS_SAMPLES", 8)
    monkeypatch.setattr(readability, "KNOWN_PHOTOGRAPHS", 16)


@pytest.fixture
def task(phantom: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadabilityTask:
    """One drawn photograph for everything, and few samples of it."""
    take_few_samples(monkeypatch)
    cv2.imwrite(str(tmp_path / "eye.png"), phantom.image[..., ::-1])
    sharp = Entry(tmp_path / "eye.png", "drawn", "drawn/1", SHARP_LABELS, {"od_xy512": list(phantom.disc_centre)})
    graded = replace(sharp, facts={"quality": "good"})
    task = ReadabilityTask([], seed=0)
    task.parts = {"train": [sharp, graded], "validation": [sharp, graded]}
    task.spec = replace(task.spec, image_size=96)
    return task


def test_finish_calibrates_and_remembers(task: ReadabilityTask, tmp_path: Path) -> None:
    numbers = task.finish(task.network.eval())
    spec = task.network.spec
    assert spec.blur == readability.BLUR and spec.image_size == 96
    assert spec.known_photographs == 16 and spec.familiar_within > 0
    assert set(numbers["auc"]) == set(LABELS)
    weights.save(task.network, tmp_path / "out")
    loaded = weights.load_readability(weights.locate(tmp_path / "out"))
    with torch.no_grad():
        probabilities, unfamiliarity, *_ = Reader(loaded).assess(torch.zeros(1, 3, 96, 96))
    assert probabilities.shape == (1, 4) and unfamiliarity is not None and torch.isfinite(unfamiliarity).all()


class Answers(torch.nn.Module):
    """Logits that lie so far apart for the first half of a batch, the pictures, and the second, their copies."""

    def __init__(self, apart: float) -> None:
        super().__init__()
        self.apart = apart

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pictures, copies = images.chunk(2)
        assert copies.amax() < pictures.amin()
        return torch.cat([torch.zeros(len(pictures), 4), torch.full((len(copies), 4), self.apart)])


@pytest.mark.parametrize(("apart", "distance"), [(0.0, 0.0), (0.5, 0.5**2 / 2), (3.0, 2.5)])
def test_two_files_of_one_picture_cost_more_the_farther_apart_they_are_scored(apart: float, distance: float) -> None:
    task = ReadabilityTask([], seed=0)
    pictures = torch.full((2, 3, task.spec.image_size, task.spec.image_size), 200, dtype=torch.uint8)
    batch = {"image": pictures, "copy": pictures // 2, "labels": torch.full((2, 4), float("nan"))}
    cost = task.loss(Answers(apart), batch, 1.0, torch.Generator())
    assert float(cost) == pytest.approx(readability.CONSISTENCY * distance)  # Huber's: quadratic up to 1, then linear


@pytest.mark.parametrize("name", readability.OPTIMIZERS)
def test_every_optimizer_moves_the_weights(name: str) -> None:
    task = ReadabilityTask([], seed=0, optimizer=name)
    before = task.network.network.fc.weight.clone()
    task.network.network.fc.weight.sum().backward()
    task.optimizer.step()
    assert not torch.equal(before, task.network.network.fc.weight)
    assert task.facts()["optimizer"].lower() == name


def test_an_unknown_optimizer_is_named() -> None:
    with pytest.raises(SpecError, match="Unknown optimizer 'adamv'"):
        ReadabilityTask([], seed=0, optimizer="adamv")


def test_a_checkpoint_is_calibrated_anew_and_two_give_a_mean(
    task: ReadabilityTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, out = tmp_path / "start", tmp_path / "out"
    task.finish(task.network.eval())  # remembers photographs
    weights.save(task.network, start)
    (start / RECORD).write_text('{"datasets": {"drawn": 2}, "validation": {"n": 0}}')
    entries = [Entry(tmp_path / f"{i}.png", "drawn", f"drawn/{i}", SHARP_LABELS) for i in range(12)]
    monkeypatch.setattr(readability, "read_index", lambda data: entries)

    def prepared(entries: list[Entry], seed: int, optimizer: str) -> ReadabilityTask:
        fresh = ReadabilityTask(entries, seed + 1, optimizer)
        fresh.parts, fresh.spec = task.parts, task.spec
        fresh.network.spec = replace(fresh.network.spec, image_size=task.spec.image_size)
        return fresh

    monkeypatch.setattr(readability, "ReadabilityTask", prepared)
    record = readability.calibrate(tmp_path, out, str(start), seed=3)
    assert record["datasets"] == {"drawn": 2} and record["calibration"]["seed"] == 3 and record["validation"]["n"] > 0
    assert record["calibration"]["datasets"] == ["drawn"]
    before, after = (weights.load_readability(weights.locate(folder)) for folder in (start, out))
    assert after.spec.slopes != before.spec.slopes and after.spec.known_photographs == 16
    assert sha256(start / WEIGHTS) == sha256(out / WEIGHTS)

    with torch.no_grad():
        after.network.fc.bias += 1
    weights.save(after, out)
    record = average_classifiers(str(start), str(out), tmp_path / "mean", tmp_path, share=0.25, seed=3)
    mean = weights.load_readability(weights.locate(tmp_path / "mean"))
    torch.testing.assert_close(mean.network.fc.bias, before.network.fc.bias + 0.25, atol=2e-3, rtol=2e-3)
    assert record["validation"]["n"] > 0 and [part["share"] for part in record["mean_of"]] == [0.75, 0.25]
    assert mean.spec.known_photographs == 16


def test_a_data_set_that_is_kept_must_exist(phantom: Phantom, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "eye.png"), phantom.image[..., ::-1])
    assert Entry(tmp_path / "eye.png", "x", "x/1").labels == UNKNOWN
    with pytest.raises(SpecError, match="drimbd"):
        train(tmp_path, tmp_path / "out", 0.01, 0, False, without=["drimbd"])


def _at_96_px(begin: Callable[..., ReadabilityTask]) -> Callable[..., ReadabilityTask]:
    def begun(*arguments: Any) -> ReadabilityTask:
        task = begin(*arguments)
        task.spec = task.network.spec = replace(task.spec, image_size=96)
        return task

    return begun


def test_a_folder_as_synfundus_comes_can_be_trained_on(
    phantom: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_few_samples(monkeypatch)
    lines = [",".join(("file_name", *SYNFUNDUS_LABELS))]
    for number in range(8):
        Image.fromarray(np.pad(phantom.image, ((0, 0), (90, 130), (0, 0)))).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,1,{number % 4 and 1},1,1")
    (tmp_path / "SynFundus-1M_annotation.csv").write_text("\n".join(lines))
    monkeypatch.setattr(readability, "FIRST_SIZE", 80)
    monkeypatch.setattr(readability, "begin", _at_96_px(readability.begin))
    record = train(tmp_path, tmp_path / "out", 0.02, 0, False)
    assert record["datasets"].keys() == {"synfundus"} and record["steps"] > 0
    assert record["validation"]["n"] == 32


def test_photographs_of_which_nothing_is_known_are_refused_before_a_network_is_built(
    phantom: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(phantom.image).save(tmp_path / "eye.png")
    monkeypatch.setattr(readability, "ReadabilityTask", lambda *_: pytest.fail("a network was built"))
    with pytest.raises(ImageError, match=r"of 1, 0 to train on and 0 to validate on.*manifest\.csv"):
        train(tmp_path, tmp_path / "out", 0.02, 0, False)
