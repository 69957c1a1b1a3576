import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from retinaregen_core import weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.manifest import RECORD
from retinaregen_core.nets.restorers import Flagship
from retinaregen_core.specs import RestorerSpec
from retinaregen_core.training.averaging import average

SPEC = RestorerSpec(restorer="flagship", process="bridge", start_timestep=999, image_size=64, width=8, latent_dim=4)


def saved(folder: Path, spec: RestorerSpec = SPEC) -> Flagship:
    network = Flagship(spec)
    weights.save(network, folder)
    return network


def test_every_weight_lies_halfway_and_the_record_names_both(tmp_path: Path) -> None:
    first, second = (saved(tmp_path / name).state_dict() for name in ("a", "b"))
    (tmp_path / "b" / RECORD).write_text('{"steps": 7, "validation": {"111": 1}}')
    average(str(tmp_path / "a"), str(tmp_path / "b"), tmp_path / "mean")
    mean = weights.load_restorer(weights.locate(tmp_path / "mean")).state_dict()
    for name, value in mean.items():
        torch.testing.assert_close(value, (first[name] + second[name]) / 2, atol=2e-3, rtol=2e-3)
    record = json.loads((tmp_path / "mean" / RECORD).read_text())
    assert [source["name"] for source in record["mean_of"]] == ["a", "b"]
    assert [source["share"] for source in record["mean_of"]] == [0.5, 0.5]
    assert record["steps"] == 7 and record["validation"] == {}
    average(str(tmp_path / "a"), str(tmp_path / "b"), tmp_path / "near", share=0.1)
    near = weights.load_restorer(weights.locate(tmp_path / "near")).state_dict()
    for name, value in near.items():
        torch.testing.assert_close(value, 0.9 * first[name] + 0.1 * second[name], atol=2e-3, rtol=2e-3)


def test_different_networks_have_no_mean(tmp_path: Path) -> None:
    saved(tmp_path / "a")
    saved(tmp_path / "b", replace(SPEC, latent_dim=8))
    with pytest.raises(WeightsError, match="different networks: latent_dim 4 and 8"):
        average(str(tmp_path / "a"), str(tmp_path / "b"), tmp_path / "mean")
