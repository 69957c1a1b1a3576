"""One step at a time against the field's reference implementation."""

import pytest
import torch

from retinaregen_core.diffusion.gaussian import gaussian_schedule
from retinaregen_core.diffusion.parameterisation import PREDICTION_TYPES
from retinaregen_core.diffusion.process import PROCESSES, corrupt
from retinaregen_core.diffusion.schedule import BETAS
from retinaregen_core.specs import RestorerSpec

PAIRS = [(999, 959), (480, 440), (40, 0)]


def scheduler(process: str, prediction_type: str, **options: object):  # type: ignore[no-untyped-def]
    diffusers = pytest.importorskip("diffusers")  # here, or every process that collects this file would import it
    common = {
        "trained_betas": BETAS["linear"](1000).numpy(),
        "prediction_type": prediction_type,
        "clip_sample": False,
        "timestep_spacing": "leading",
    }
    if process == "ddpm":
        return diffusers.DDPMScheduler(1000, variance_type="fixed_large", **common, **options)
    return diffusers.DDIMScheduler(1000, **common, **options)


@pytest.mark.parametrize("prediction_type", PREDICTION_TYPES)
@pytest.mark.parametrize("process", ["ddpm", "ddim"])
@pytest.mark.parametrize(("t", "t_next"), PAIRS)
def test_one_step_equals_diffusers(process: str, prediction_type: str, t: int, t_next: int) -> None:
    reference = scheduler(process, prediction_type)
    reference.set_timesteps(25)
    if process == "ddpm":
        reference.timesteps = torch.tensor([t, t_next])
    generator = torch.Generator().manual_seed(0)
    x_t, output = (torch.randn(1, 3, 8, 8, generator=generator) for _ in range(2))
    noise = torch.randn(x_t.shape, generator=torch.Generator().manual_seed(3))
    theirs = reference.step(output, t, x_t, generator=torch.Generator().manual_seed(3)).prev_sample
    schedule = gaussian_schedule(RestorerSpec())
    level, next_level = (schedule.at(torch.tensor([step]), x_t) for step in (t, t_next))
    prediction = PREDICTION_TYPES[prediction_type](output, x_t, level)
    ours = PROCESSES[process].update(prediction, x_t, level, next_level, noise)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("t", [0, 300, 999])
def test_forward_process_equals_diffusers(t: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x0, eps = (torch.randn(1, 3, 8, 8, generator=generator) for _ in range(2))
    theirs = scheduler("ddpm", "epsilon").add_noise(x0, eps, torch.tensor([t]))
    ours = corrupt(x0, eps, gaussian_schedule(RestorerSpec()).at(torch.tensor([t]), x0))
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
