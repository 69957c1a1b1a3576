"""The local readability learns where damage lies, and belongs to one classifier."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from retinaregen_core import weights
from retinaregen_core.datasets import read_index
from retinaregen_core.errors import ImageError, WeightsError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.training import local_readability
from retinaregen_core.training.local_readability import OF_BAD, OF_GOOD, LocalStream, LocalTask, train, whereabouts


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn photographs, enough for patients to train and to validate on."""
    folder = tmp_path_factory.mktemp("sharp")
    (folder / "pool512").mkdir()
    rows = [f"pool512/{number}.png,drawn,,," for number in range(6)]
    for number in range(6):
        Image.fromarray(draw(number, 256).image).save(folder / "pool512" / f"{number}.png")
    (folder / "manifest.csv").write_text("\n".join(["file,dataset,licence,source,labels", *rows]) + "\n")
    return folder


@pytest.fixture
def checkpoints(tiny_model: RetinaRegen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the small classifier, where the project looks first."""
    root = tmp_path / "checkpoints"
    weights.save(tiny_model.classifier, root / "readability")
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(root))
    weights.record("readability", root / "readability", "for tests")
    return root


def test_the_stream_tells_which_places_are_damaged_and_repeats_with_its_seed(data: Path) -> None:
    first, again = (list(islice(LocalStream(read_index(data), 96, 4, seed=2), 24)) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert a["image"].shape == (3, 96, 96) and a["places"].shape == (4, 4)
        assert a["where"].shape == (3, 4, 4) and a["regions"].shape == (3,)
        assert all(torch.equal(a[name].nan_to_num(2), b[name].nan_to_num(2)) for name in a)
    for name in ("places", "regions"):
        verdicts = torch.stack([sample[name] for sample in first])
        assert (verdicts == 1).any() and (verdicts == 0).any() and verdicts.isnan().any()


def test_a_grade_speaks_of_all_places(data: Path) -> None:
    sharp = read_index(data)
    told = {"good": (1.0, 1.0, 1.0, 1.0), "bad": (1.0, 0.0, 0.0, 0.0), "usable": (1.0, None, None, None)}
    graded = [replace(e, labels=told[grade], facts={"quality": grade}) for e, grade in zip(sharp, told)]
    drawn = [LocalStream(graded, 96, 4, seed=0, graded=1.0).draw(np.random.default_rng(seed))[1:] for seed in range(12)]
    for maps, regions in drawn:
        places, macula, disc, retina = np.moveaxis(maps, -1, 0)
        assert np.isnan(places[0, 0]) and retina[0, 0] == 0
        assert set(np.unique(places[~np.isnan(places)].round(3))) == {np.float32(OF_GOOD if regions[0] else OF_BAD)}
        assert macula.sum() == disc.sum() == 0 and retina.sum() == pytest.approx(1)  # nobody says where they lie
    assert {regions for _, regions in drawn} == {(1.0, 1.0, 1.0), (0.0, 0.0, 0.0)}
    assert LocalStream(sharp, 96, 4, seed=0).share == 0


def test_where_a_region_lies_is_known_to_a_disc_and_turns_with_the_picture(data: Path) -> None:
    there = whereabouts((80.0, 240.0), 4)
    assert there.sum() == pytest.approx(1) and there.shape == (4, 4)
    assert there[2, 0] + there[2, 1] + there[3, 0] + there[3, 1] == pytest.approx(1, abs=1e-3)
    assert not whereabouts(None, 4).any()
    located = [replace(e, facts={"od_xy512": [100.0, 256.0]}) for e in read_index(data)]
    for sample in islice(LocalStream(located, 96, 4, seed=2), 12):
        macula, disc, retina = sample["where"]
        assert disc.sum() == pytest.approx(1) and macula.sum() == pytest.approx(1) and retina.sum() == pytest.approx(1)
        across = {tuple(int(i) for i in torch.nonzero(place == place.max())[0]) for place in (macula, disc)}
        assert len(across) == 2


def test_unknown_places_cost_nothing(tiny_model: RetinaRegen, data: Path) -> None:
    task = LocalTask(read_index(data), 0, tiny_model.classifier, "2" * 64)
    places = torch.full((1, task.grid, task.grid), torch.nan)
    places[0, 0, 0] = 1.0
    nothing = {"where": torch.zeros(1, 3, *places.shape[1:]), "regions": torch.full((1, 3), torch.nan)}
    batch = {"image": torch.zeros(1, 3, 96, 96, dtype=torch.uint8), "places": places, **nothing}
    task.network.eval()
    logit = task.network(task._seen(batch["image"])).logits[0, 0, 0]
    loss = task.loss(task.learner, batch, 0.0, torch.Generator())
    torch.testing.assert_close(loss, torch.nn.functional.softplus(-logit))


def test_it_learns_where_the_damage_lies(tiny_model: RetinaRegen, data: Path) -> None:
    task = LocalTask(read_index(data), 0, tiny_model.classifier, "2" * 64)
    batch = next(iter(DataLoader(task._stream("train", 4), 24)))
    seen = task._seen(batch["image"])
    task._seen = lambda images: seen  # type: ignore[method-assign]  # it stays the same while the head learns
    losses = []
    for _ in range(60):
        loss = task.loss(task.learner, batch, 0.0, torch.Generator())
        loss.backward()  # type: ignore[no-untyped-call]
        task.optimizer.step()
        task.optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2


def test_it_is_served_beside_its_classifier_alone(
    data: Path, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_readability, "VALIDATION_SAMPLES", 32)
    readability = weights.locate("readability")
    assert weights.load_local(readability) is None  # nothing is listed yet
    record = train(data, checkpoints / weights.LOCAL, minutes=0.05, seed=0, resume=False)
    assert record["classifier"] == readability.sha256 and record["images"] > 0
    assert 0 <= record["validation"]["auc"] <= 1 and record["validation"]["places"] > 0
    assert json.loads((checkpoints / weights.LOCAL / "config.json").read_text())["spec"]["slope"] != 1
    weights.record(weights.LOCAL, checkpoints / weights.LOCAL, "for tests")
    sha256, found = weights.load_local(readability) or pytest.fail("nothing was found")
    assert sha256 == weights.locate(weights.LOCAL).sha256 and not found.training
    reader = weights.load_reader(readability)
    with torch.no_grad():
        readable = reader.assess(torch.zeros(1, 3, 96, 96)).readable
    assert readable is not None and torch.isfinite(readable).all()

    other = weights.load_readability(readability)
    with torch.no_grad():
        other.network.fc.bias += 1
    weights.save(other, checkpoints / "readability")
    weights.record("readability", checkpoints / "readability", "for tests")
    assert weights.load_local(weights.locate("readability")) is None  # it read from another classifier
    assert weights.load_reader(weights.locate("readability")).local is None
    other.spec = replace(other.spec, local=sha256)
    weights.save(other, checkpoints / "readability")
    weights.record("readability", checkpoints / "readability", "for tests")
    with pytest.raises(WeightsError, match=f"{sha256}; there is none in place"):
        weights.load_reader(weights.locate("readability"))

    (checkpoints / weights.LOCAL / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="safetensors"):
        weights.load_local(readability)


def test_without_sharp_photographs_nothing_is_learned(data: Path, checkpoints: Path, tmp_path: Path) -> None:
    (tmp_path / "graded").mkdir()
    Image.fromarray(draw(0, 256).image).save(tmp_path / "graded" / "0.png")
    row = '0.png,drawn,,,"{""quality"": ""good""}"'
    (tmp_path / "graded" / "manifest.csv").write_text(f"file,dataset,licence,source,labels\n{row}\n")
    with pytest.raises(ImageError, match="too few photographs"):
        train(tmp_path / "graded", tmp_path / "out", minutes=0.01, seed=0, resume=False)


def test_it_begins_with_the_weights_of_an_earlier_one(
    data: Path, checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = LocalTask(read_index(data), 0, weights.load_readability(weights.locate("readability")), "").network
    earlier = LocalReadability(replace(channels.spec, classifier="another"))
    weights.save(earlier, tmp_path / "earlier")
    begun: list[LocalReadability] = []
    monkeypatch.setattr(local_readability, "run", lambda task, *_, **__: begun.append(task.network) or {})
    train(data, tmp_path / "out", 0.05, seed=1, resume=False, start=str(tmp_path / "earlier"))
    expected = weights.load_head(weights.locate(tmp_path / "earlier")).state_dict()
    for name, value in begun[0].state_dict().items():
        torch.testing.assert_close(value, expected[name])
    assert begun[0].spec.classifier == weights.locate("readability").sha256
