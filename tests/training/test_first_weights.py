"""The weights that a training begins with: told by the seed, and nothing else is moved by them."""

import torch
from torch import Tensor

from retinaregen_core.training.first_weights import drawn_from
from retinaregen_core.training.recipes import RECIPES
from retinaregen_core.training.restorer import RestorerTask


def first(seed: int) -> dict[str, Tensor]:
    with drawn_from(seed):
        return RestorerTask(RECIPES["paper"], ()).learner.state_dict()


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = first(3), first(3), first(4)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one if one[name].is_floating_point())


def test_what_others_draw_goes_on_as_if_nothing_had_been_drawn() -> None:
    before = torch.get_rng_state()
    first(3)
    assert torch.equal(torch.get_rng_state(), before)
