"""Each row of the paper's comparisons has a loss that fits what its network predicts, and learns from one step."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import pytest
import torch
from torch.utils.data import default_collate

from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.specs import RestorerSpec
from retinaregen_core.training.pairs import PairStream
from retinaregen_core.training.paper_recipe import paper_recipe
from retinaregen_core.training.restorer import RestorerTask

SMALL = RestorerSpec(width=8, latent_dim=4, extractor="none")
NOISE = replace(SMALL, backbone="unet", prediction_type="epsilon")
OWN = replace(SMALL, condition="dynamic", weighting="timestep")


def test_noise_is_learnt_by_squares_and_pictures_by_cross_entropy() -> None:
    picture, noise, own = (paper_recipe(spec, 64) for spec in (SMALL, NOISE, OWN))
    assert (picture.reconstruction, noise.reconstruction, own.reconstruction) == ("bce", "mse", "bce")
    assert picture.kl_weight > noise.kl_weight == 0
    assert (picture.degraded, noise.degraded, own.degraded) == (False, False, True)
    assert {recipe.spec.image_size for recipe in (picture, noise, own)} == {64}


@pytest.mark.parametrize("spec", [SMALL, NOISE, OWN], ids=["picture", "noise", "own condition"])
def test_every_weight_of_a_row_learns(spec: RestorerSpec, phantom: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "photograph.png"
    cv2.imwrite(str(path), phantom.image[..., ::-1])
    recipe = paper_recipe(spec, 64)
    task = RestorerTask(recipe, [Entry(path, "drawn", "drawn/1", SHARP_LABELS)])
    batch = default_collate(list(islice(PairStream([path], 0, recipe.degraded), 2)))
    task.loss(task.learner, batch, 0.9, torch.Generator().manual_seed(0)).backward()
    assert [name for name, weight in task.learner.named_parameters() if weight.grad is None] == []
