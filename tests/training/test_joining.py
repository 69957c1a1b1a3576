"""A network joined of two: every tensor is that of its source, and the record tells of both."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from retinaregen_core import __main__ as command_line
from retinaregen_core import weights
from retinaregen_core.errors import ImageError, SpecError, WeightsError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.manifest import datasets_seen, training_record, write_training_record
from retinaregen_core.nets.restorers import RESTORERS
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import RestorerSpec
from retinaregen_core.training.joining import join
from retinaregen_core.training.restorer import PREFIXES

SPEC = RestorerSpec(restorer="flagship", process="bridge", start_timestep=999, image_size=64, width=8, latent_dim=4)


def saved(folder: Path, spec: RestorerSpec = SPEC, record: dict[str, object] | None = None) -> str:
    network = RESTORERS[spec.restorer](spec)
    generator = torch.Generator().manual_seed(sum(folder.name.encode()))
    with torch.no_grad():
        for parameter in network.parameters():  # drawn, or what begins at zero would be equal in both
            parameter.normal_(std=0.1, generator=generator)
    weights.save(network, folder)
    if record is not None:
        write_training_record(folder, record)
    return str(folder)


def tensors(folder: Path | str) -> dict[str, torch.Tensor]:
    return weights.load_restorer(weights.locate(folder)).state_dict()


@pytest.mark.parametrize("part", sorted(PREFIXES))
def test_one_part_is_that_of_the_first_and_all_else_that_of_the_second(part: str, tmp_path: Path) -> None:
    trained, rest = saved(tmp_path / "a"), saved(tmp_path / "b")
    join(trained, rest, tmp_path / "joined", part)
    first, second, joined = map(tensors, (trained, rest, tmp_path / "joined"))
    own = {name for name in joined if name.split(".")[0] == part}
    assert own and own < joined.keys() == second.keys()
    for name, value in joined.items():
        assert torch.equal(value, (first if name in own else second)[name])
    assert not any(torch.equal(first[name], second[name]) for name in own)


def test_the_record_is_that_of_the_part_and_names_both(tmp_path: Path) -> None:
    light = {"seed": 73, "steps": 7, "datasets": {"srahim": 3, "idrid": 5}, "validation": {"photographs": 4}}
    whole = {"seed": 1, "datasets": {"idrid": 4, "clinic": 2}, "start": {"name": "x", "datasets": ["odir400"]}}
    trained, rest = saved(tmp_path / "a", record=light), saved(tmp_path / "b", record=whole)
    record = join(trained, rest, tmp_path / "joined")
    assert record == training_record(tmp_path / "joined")
    assert (record["seed"], record["steps"], record["validation"]) == (73, 7, {})
    assert record["datasets"] == {"clinic": 2, "idrid": 5, "srahim": 3}
    hashes = [weights.locate(name).sha256 for name in (trained, rest)]
    assert record["light_from"] == {"name": "a", "sha256": hashes[0], "datasets": ["idrid", "srahim"]}
    seen = ["clinic", "idrid", "odir400"]
    assert record["all_but_light_from"] == {"name": "b", "sha256": hashes[1], "datasets": seen}
    assert datasets_seen(record) == {"clinic", "idrid", "odir400", "srahim"}


def test_a_part_of_what_was_joined_before_says_nothing_untrue_of_the_rest(tmp_path: Path) -> None:
    names = {name: saved(tmp_path / name, record={"datasets": {name: 1}}) for name in ("a", "b", "c")}
    join(names["a"], names["b"], tmp_path / "joined")
    record = join(str(tmp_path / "joined"), names["c"], tmp_path / "again", "sharpening")
    assert {key: record[key]["name"] for key in record if key.endswith("_from")} == {
        "sharpening_from": "joined",
        "all_but_sharpening_from": "c",
    }
    assert datasets_seen(record) == {"a", "b", "c"}


@pytest.mark.parametrize("records", [(None, {"datasets": {"b": 1}}), ({"datasets": {"a": 1}}, None), (None, None)])
def test_what_a_source_without_a_record_saw_is_not_known(
    records: tuple[dict[str, object] | None, dict[str, object] | None], tmp_path: Path
) -> None:
    first, second = (saved(tmp_path / name, record=record) for name, record in zip("ab", records, strict=True))
    assert datasets_seen(join(first, second, tmp_path / "joined")) is None


def test_a_join_by_hand_is_still_read() -> None:
    by_hand = {"datasets": {"a": 1}, "all_but_light_from": {"name": "flagship 0.5", "sha256": "7"}}
    assert datasets_seen(by_hand) is None  # it does not tell what the other had seen
    assert datasets_seen({**by_hand, "all_but_light_from": {"datasets": ["b"]}}) == {"a", "b"}


def test_what_cannot_be_joined_is_said(tmp_path: Path, tiny_model: RetinaRegen) -> None:
    flagship, out = saved(tmp_path / "a"), tmp_path / "joined"
    other = saved(tmp_path / "b", replace(SPEC, width=16))
    plain = saved(tmp_path / "c", replace(SPEC, restorer="regression"))
    weights.save(tiny_model.classifier, tmp_path / "classifier")
    for names, part, kind, said in (
        ((flagship, other), "light", WeightsError, "different networks: width 8 and 16.*one and the same"),
        ((flagship, plain), "light", WeightsError, "different networks: restorer 'flagship' and 'regression'"),
        ((plain, plain), "light", WeightsError, "'regression', which has no part 'light'.*of the flagship"),
        ((flagship, flagship), "lihgt", SpecError, "Unknown part 'lihgt'.*light"),
        ((flagship, str(tmp_path / "none")), "light", WeightsError, "none.*neither a folder"),
        ((str(tmp_path / "classifier"), flagship), "light", WeightsError, "config.json does not describe"),
    ):
        with pytest.raises(kind, match=said):
            join(*names, out, part)
    assert not out.exists()


def test_what_was_joined_is_validated_on_request(
    tmp_path: Path, tiny_model: RetinaRegen, phantom: Phantom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tmp_path))
    weights.save(tiny_model.classifier, tmp_path / "readability")
    weights.record("readability", tmp_path / "readability", "drawn at random for tests")
    trained, rest, data = saved(tmp_path / "a"), saved(tmp_path / "b"), tmp_path / "data"
    data.mkdir()
    Image.fromarray(phantom.image[::2, ::2]).save(data / "1.png")
    with pytest.raises(ImageError, match=r"no photograph that restorers are validated on.*drive"):
        join(trained, rest, tmp_path / "joined", data=data)
    (data / "manifest.csv").write_text('file,dataset,labels\n1.png,drive,"{""quality"": ""good""}"\n')
    out = tmp_path / "joined"
    monkeypatch.setattr(
        sys, "argv", ["retinaregen", "train", "join", trained, rest, "--out", str(out), "--data", str(data)]
    )
    with pytest.raises(SystemExit) as stop:
        command_line.main()
    assert not stop.value.code
    validation = json.loads((out / "training.json").read_text())["validation"]
    assert validation["photographs"] == 1 and validation["111"]["output"] > 0
