from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from retinaregen_core.diffusion.parameterisation import PREDICTION_TYPES, TARGETS
from retinaregen_core.diffusion.process import PROCESSES, corrupt, draw_noise, reverse
from retinaregen_core.errors import SpecError
from retinaregen_core.specs import RestorerSpec

SPECS = [
    RestorerSpec(process=process, prediction_type=prediction, start_timestep=799)
    for process in ("ddpm", "ddim")
    for prediction in PREDICTION_TYPES
] + [RestorerSpec(process="bridge", prediction_type="sample", start_timestep=999)]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def picture(seed: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, 8, 8, generator=generator(seed), dtype=torch.float64) * 2 - 1


def oracle(spec: RestorerSpec, x0: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """A network that knows the truth."""
    schedule = PROCESSES[spec.process].schedule(spec)

    def network(x_t: Tensor, t: Tensor) -> Tensor:
        level = schedule.at(t, x_t)
        return TARGETS[spec.prediction_type](x0, (x_t - level.signal * x0) / level.noise)

    return network


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.process}-{s.prediction_type}")
@pytest.mark.parametrize("steps", [1, 4, 25])
def test_oracle_network_restores_the_picture(spec: RestorerSpec, steps: int) -> None:
    x0, photograph = picture(1), picture(2)
    walked = list(reverse(oracle(spec, x0), photograph, spec, steps, [generator()]))
    assert [step.index for step in walked] == list(range(steps))
    assert walked[0].t == spec.start_timestep
    torch.testing.assert_close(walked[-1].x_t, x0, rtol=0, atol=1e-6)
    torch.testing.assert_close(walked[-1].x0, x0, rtol=0, atol=1e-6)


def test_every_sample_of_the_oracle_lies_on_the_bridge() -> None:
    spec, x0, photograph = SPECS[-1], picture(1), picture(2)
    schedule = PROCESSES["bridge"].schedule(spec)
    walked = list(reverse(oracle(spec, x0), photograph, spec, 5, [generator()]))
    for step, following in pairwise(walked):
        level = schedule.at(torch.tensor([following.t]), x0)
        torch.testing.assert_close(step.x_t, corrupt(x0, photograph, level))


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("process", ["ddpm", "ddim"])
def test_prediction_inverts_corruption(process: str, prediction_type: str) -> None:
    x0, eps = picture(1), picture(2)
    level = PROCESSES[process].schedule(RestorerSpec()).at(torch.tensor([500]), x0)
    output = TARGETS[prediction_type](x0, eps)
    prediction = PREDICTION_TYPES[prediction_type](output, corrupt(x0, eps, level), level)
    torch.testing.assert_close(prediction.x0, x0)
    torch.testing.assert_close(prediction.eps, eps)


@pytest.mark.parametrize("process", PROCESSES)
def test_same_seed_same_bits_and_a_batch_is_its_images(process: str) -> None:
    spec = replace(SPECS[0], process=process, prediction_type="sample")
    photographs = picture(3, batch=2).float()

    def last(batch: Tensor, seeds: list[int]) -> Tensor:
        steps = reverse(lambda x, t: 0.9 * x, batch, spec, 3, [generator(seed) for seed in seeds])
        return list(steps)[-1].x_t

    together = last(photographs, [5, 6])
    assert torch.equal(together, last(photographs, [5, 6]))
    apart = torch.cat([last(photographs[i : i + 1], [5 + i]) for i in range(2)])
    assert torch.equal(together, apart)


def test_the_bridge_goes_on_with_the_mean_of_its_guesses() -> None:
    guesses, photograph = [picture(seed) for seed in range(3)], picture(9)
    waiting = iter(guesses)
    walked = list(reverse(lambda x, t: next(waiting), photograph, SPECS[-1], 3, [generator()]))
    for index, step in enumerate(walked):
        torch.testing.assert_close(step.x0, torch.stack(guesses[: index + 1]).mean(dim=0))
    torch.testing.assert_close(walked[-1].x_t, walked[-1].x0)


def test_seed_changes_a_stochastic_trajectory() -> None:
    spec, x = SPECS[0], picture(3).float()
    ends = [list(reverse(lambda x, t: 0.9 * x, x, spec, 3, [generator(seed)]))[-1].x_t for seed in (0, 1)]
    assert not torch.equal(*ends)


def test_suspended_and_closed_walks_leave_the_callers_grad_mode_alone() -> None:
    walk = reverse(lambda x, t: x, picture(0), SPECS[0], 5, [generator()])
    next(walk)
    assert torch.is_grad_enabled()
    walk.close()  # type: ignore[attr-defined]
    assert torch.is_grad_enabled()


def test_noise_of_an_image_does_not_depend_on_its_batch() -> None:
    like = torch.zeros(2, 3, 4, 4)
    both = draw_noise((3, 4, 4), [generator(1), generator(2)], like)
    assert torch.equal(both[1:], draw_noise((3, 4, 4), [generator(2)], like))


@pytest.mark.parametrize("change", [{"prediction_type": "epsilon"}, {"start_timestep": 1000}, {"start_timestep": -1}])
def test_impossible_specs_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(SpecError, match=next(iter(change))):
        replace(SPECS[-1], **change)  # type: ignore[arg-type]


def test_unknown_process_names_the_nearest_one() -> None:
    with pytest.raises(SpecError, match="Did you mean 'bridge'"):
        list(reverse(lambda x, t: x, picture(0), RestorerSpec(process="brige"), 1, [generator()]))
