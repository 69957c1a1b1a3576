"""The diffusion process: the forward corruption used in training, and the reverse walk as a generator of steps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retinaregen_core.diffusion.bridge import bridge_schedule, bridge_update, photograph_origin
from retinaregen_core.diffusion.gaussian import ddim_update, ddpm_update, gaussian_schedule, noise_origin
from retinaregen_core.diffusion.parameterisation import PREDICTION_TYPES, Prediction
from retinaregen_core.diffusion.schedule import CLEAN, Level, Schedule, spaced_timesteps
from retinaregen_core.specs import RestorerSpec, lookup

Network = Callable[[Tensor, Tensor], Tensor]
"""``(x_t [B, 3, S, S], t [B]) -> output [B, 3, S, S]``, condition and latent noise already bound."""


@dataclass(frozen=True)
class Process:
    """One path and the way back along it; all pure functions."""

    schedule: Callable[[RestorerSpec], Schedule]
    origin: Callable[[Tensor, Tensor], Tensor]
    """``(photograph, noise) -> `` the far end of the path."""
    update: Callable[[Prediction, Tensor, Level, Level, Tensor], Tensor]
    """``(prediction, x_t, level, next_level, noise) -> x_prev``."""
    averages: bool = False
    """Whether a step goes on with the mean of all guesses so far: for two steps of the bridge it gains 0.3 dB."""


PROCESSES: dict[str, Process] = {
    "ddpm": Process(gaussian_schedule, noise_origin, ddpm_update),
    "ddim": Process(gaussian_schedule, noise_origin, ddim_update),
    "bridge": Process(bridge_schedule, photograph_origin, bridge_update, averages=True),
}


@dataclass(frozen=True)
class DenoisingStep:
    """One visited timestep."""

    index: int
    """0 .. total - 1."""
    total: int
    t: int
    """The timestep the network was asked about."""
    noise_level: float
    """Weight of the far end in ``x_t`` before this step, in [0, 1]."""
    x_t: Tensor
    """``[B, 3, S, S]``: the sample after this step."""
    x0: Tensor
    """``[B, 3, S, S]``, about [-1, 1]: the guess of the clean picture so far, which is what people look at."""


def corrupt(x0: Tensor, origin: Tensor, level: Level) -> Tensor:
    """q(x_t | x0): ``signal * x0 + noise * origin`` (paper section 2.4 for the Gaussian case)."""
    return level.signal * x0 + level.noise * origin


def draw_noise(shape: Sequence[int], generators: Sequence[torch.Generator], like: Tensor) -> Tensor:
    """Standard normal noise ``[B, *shape]``, one CPU generator per image, so that no image depends on its batch."""
    return torch.stack([torch.randn(tuple(shape), generator=g) for g in generators]).to(like)


@torch.no_grad()  # a decorator, because a with-block around a yield would switch the caller's grad mode off
def reverse(
    network: Network,
    photograph: Tensor,
    spec: RestorerSpec,
    num_steps: int,
    generators: Sequence[torch.Generator],
) -> Iterator[DenoisingStep]:
    """Walk back from the photograph, one :class:`DenoisingStep` at a time.

    Args:
        network: see :data:`Network`.
        photograph: ``[B, 3, S, S]`` in [-1, 1], the degraded input.
        spec: names the process, the schedule, the start and the prediction type.
        num_steps: how many timesteps to visit, at least 1.
        generators: one CPU generator per image.
    """
    process = lookup(PROCESSES, spec.process, "process")
    to_prediction = lookup(PREDICTION_TYPES, spec.prediction_type, "prediction type")
    schedule = process.schedule(spec)
    timesteps = spaced_timesteps(spec.start_timestep, num_steps)
    batch = photograph.shape[0]

    def level(t: int) -> Level:
        return schedule.at(torch.full((1,), t), photograph)

    origin = process.origin(photograph, draw_noise(photograph.shape[1:], generators, photograph))
    x_t = guess = corrupt(photograph, origin, level(timesteps[0]))
    for index, (t, t_next) in enumerate(zip(timesteps, [*timesteps[1:], CLEAN], strict=True)):
        output = network(x_t, torch.full((batch,), t, device=x_t.device))
        prediction = to_prediction(output, x_t, level(t))
        if process.averages:
            guess = torch.lerp(guess, prediction.x0, 1 / (index + 1))
            prediction = prediction._replace(x0=guess)
        noise = draw_noise(photograph.shape[1:], generators, photograph)
        x_t = process.update(prediction, x_t, level(t), level(t_next), noise)
        yield DenoisingStep(index, len(timesteps), t, float(schedule.noise[t + 1]), x_t, prediction.x0)
