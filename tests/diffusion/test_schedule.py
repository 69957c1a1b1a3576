import pytest
import torch

from retinaregen_core.diffusion.bridge import bridge_schedule
from retinaregen_core.diffusion.gaussian import gaussian_schedule
from retinaregen_core.diffusion.schedule import BETAS, CLEAN, alpha_bars, spaced_timesteps
from retinaregen_core.specs import RestorerSpec


@pytest.mark.parametrize("name", BETAS)
@pytest.mark.parametrize("length", [100, 1000])
def test_alpha_bar_falls_from_one_to_zero(name: str, length: int) -> None:
    bars = alpha_bars(BETAS[name](length))
    assert bars.shape == (length,)
    assert bars.dtype == torch.float64
    assert (bars.diff() < 0).all()
    assert bars[0] > 0.99
    assert bars[-1] < 1e-3


def test_linear_alpha_bar_golden_values() -> None:
    bars = alpha_bars(BETAS["linear"](1000))
    expected = torch.tensor([0.9999, 0.897018, 0.078587, 0.00004036], dtype=torch.float64)
    torch.testing.assert_close(bars[[0, 99, 499, 999]], expected, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(("start", "steps"), [(999, 1), (999, 4), (400, 20), (3, 50), (0, 1)])
def test_spaced_timesteps_begin_at_the_start_and_fall(start: int, steps: int) -> None:
    timesteps = spaced_timesteps(start, steps)
    assert timesteps[0] == start
    assert len(timesteps) == min(steps, start + 1)
    assert all(a > b for a, b in zip(timesteps, [*timesteps[1:], CLEAN], strict=True))


def test_four_steps_are_evenly_spaced() -> None:
    assert spaced_timesteps(999, 4) == [999, 749, 499, 249]


@pytest.mark.parametrize("make", [gaussian_schedule, bridge_schedule])
def test_schedules_lead_from_the_far_end_to_the_clean_picture(make) -> None:  # type: ignore[no-untyped-def]
    schedule = make(RestorerSpec())
    assert len(schedule.signal) == RestorerSpec().num_train_timesteps + 1
    clean = schedule.at(torch.tensor([CLEAN]), torch.zeros(1, 3, 2, 2))
    assert clean.signal.item() == 1
    assert clean.noise.item() == 0
    assert (schedule.signal.diff() < 0).all()
    assert (schedule.noise.diff() > 0).all()


def test_levels_have_one_coefficient_per_image() -> None:
    level = gaussian_schedule(RestorerSpec()).at(torch.tensor([0, 500, 999]), torch.zeros(3, 3, 8, 8))
    assert level.signal.shape == (3, 1, 1, 1)
    torch.testing.assert_close(level.signal**2 + level.noise**2, torch.ones(3, 1, 1, 1))


def test_bridge_starts_at_the_photograph_itself() -> None:
    schedule = bridge_schedule(RestorerSpec())
    assert schedule.signal[-1] == 0
    assert schedule.noise[-1] == 1
