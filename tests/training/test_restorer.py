from dataclasses import replace

import pytest
import torch
from torch import Tensor

from retinaregen_core.imaging import pixels
from retinaregen_core.training.recipes import RECIPES
from retinaregen_core.training.restorer import RestorerTask


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
