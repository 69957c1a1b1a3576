"""What a restorer is trained on, and what it meets on the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from retinaregen_core.datasets import SHARP_LABELS, UNKNOWN, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import pixels
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.specs import ReadabilitySpec
from retinaregen_core.training import restorer
from retinaregen_core.training.recipes import RECIPES
from retinaregen_core.training.restorer import UNRESTORABLE, RestorerTask, restorable


@pytest.fixture
def photographs(phantom: Phantom, tmp_path: Path) -> Path:
    """Six photographs of six patients, two of them with a wide frame."""
    for number in range(6):
        wide = number % 3 == 0
        image = np.pad(phantom.image, ((0, 0), (90, 130), (0, 0))) if wide else phantom.image
        (tmp_path / "data").mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "data" / f"{number}.png")
    return tmp_path / "data"


def test_a_clinics_own_photographs_can_be_trained_on(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f'{number}.png,clinic,"{{""quality"": ""good""}}"' for number in range(6)]
    (photographs / "manifest.csv").write_text("\n".join(["file,dataset,labels", *rows]))
    recipe = RECIPES["paper"]
    spec = replace(recipe.spec, image_size=64, width=8, latent_dim=4, extractor="resnet18")
    monkeypatch.setitem(RECIPES, "paper", replace(recipe, spec=spec, batch_size=2, size=64))
    monkeypatch.setattr(restorer, "_reader", lambda: None)
    record = restorer.train("paper", photographs, tmp_path / "out", minutes=0.02, seed=0, resume=False)
    assert record["datasets"].keys() == {"clinic"}
    assert record["datasets"]["clinic"] > 3  # so a wide one is among them
    assert record["steps"] > 0


def test_photographs_of_which_nothing_is_known_are_refused_before_a_network_is_built(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restorer, "RestorerTask", lambda *_: pytest.fail("a network was built"))
    with pytest.raises(ImageError, match=r"of 6, 0 are known to be readable.*manifest\.csv"):
        restorer.train("flagship", photographs, tmp_path / "out", minutes=0.02, seed=0, resume=False)


def test_sharp_photographs_of_all_data_sets_but_the_unfit_are_trained_on() -> None:
    names = ("srahim", "idrid", "heimed", "diaretdb1", "eyepacssample", "odir400", "synfundus", *UNRESTORABLE)
    sharp = [Entry(Path(f"{i}.png"), name, f"{name}/{i}", SHARP_LABELS) for name in names for i in range(12)]
    found = restorable([*sharp, Entry(Path("x.png"), "unlabelled", "unlabelled/1", UNKNOWN)])
    assert {entry.dataset for entry in found} == set(names) - UNRESTORABLE
    assert {"drive", "eyepacs256", "eyepacscofe", "drimdb"} == UNRESTORABLE


@pytest.mark.parametrize("walks", [True, False])
def test_on_the_way_the_flagship_meets_its_own_estimate(walks: bool) -> None:
    recipe = RECIPES["flagship"]
    spec = replace(recipe.spec, image_size=64, width=8, latent_dim=4)
    task = RestorerTask(replace(recipe, spec=spec, size=64, crop=None, share_at_start=0.0, walks=walks), [])
    generator = torch.Generator().manual_seed(0)
    photograph, reference = torch.randint(256, (2, 3, 3, 64, 64), dtype=torch.uint8, generator=generator)
    seen: list[Tensor] = []

    def learner(x_t: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        seen.append(x_t)
        return task.learner(x_t, *others)  # type: ignore[no-any-return]

    batch = {"photograph": photograph, "reference": reference, "scores": torch.rand(3, 4, generator=generator)}
    task.loss(learner, batch, 0.5, generator)  # type: ignore[arg-type]
    unchanged = pixels.bytes_to_signed(photograph)  # what an untrained flagship makes of a photograph
    assert torch.allclose(seen[0], unchanged, atol=1e-5) == walks


@pytest.mark.parametrize("model", RECIPES)
def test_the_classifier_runs_only_for_what_its_scores_reach(model: str) -> None:
    recipe = RECIPES[model]
    spec = replace(recipe.spec, image_size=64, width=8, latent_dim=4, extractor="resnet18")
    task = RestorerTask(replace(recipe, spec=spec), [], ReadabilityClassifier(ReadabilitySpec()))
    scores = torch.rand(2, 4, requires_grad=True)
    condition = task.network.condition(torch.zeros(2, 3, 64, 64), scores)
    reached = condition.requires_grad and torch.autograd.grad(condition.sum(), scores, allow_unused=True)[0] is not None
    assert reached or task._scorer is None
