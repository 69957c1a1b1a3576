"""One time-budgeted, resumable training loop for every network: step, average, validate, save."""

import json
import logging
import math
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from pickle import UnpicklingError
from statistics import fmean
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from retinaregen_core import weights
from retinaregen_core.errors import WeightsError
from retinaregen_core.manifest import datasets_seen, training_record, write_training_record
from retinaregen_core.nets.local_readability import LocalReadability
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.whole_files import whole

logger = logging.getLogger(__name__)

Batch = dict[str, Tensor]
Tensors = tuple[Tensor, ...] | list[Tensor]
EMA_DECAY = 0.998
SAVE_EVERY_S = 240.0
LOG_EVERY = 50
CURVE_POINTS = 24
"""At most so many points of the learning curve travel with the weights."""


class Task(Protocol):
    """What differs between the networks: the module, its data, its loss and its validation."""

    @property
    def network(self) -> Restorer | ReadabilityClassifier | LocalReadability:
        """What is saved as the checkpoint."""

    @property
    def learner(self) -> nn.Module:
        """What is optimised: the network and whatever only training needs."""

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """What optimises it, at the recipe's full learning rate."""

    @property
    def memory(self) -> Mapping[str, Tensor]:
        """What else a run learns of its data and changes in place: a resumed one goes on with it."""

    def batches(self, seed: int) -> Iterator[Batch]:
        """An endless stream of batches; another seed, another order."""

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        """Scalar loss at ``progress`` in [0, 1) of the time budget."""

    def finish(self, network: nn.Module) -> dict[str, Any]:
        """Whatever must happen to the averaged network before it is saved; returns its validation numbers."""

    def facts(self) -> dict[str, Any]:
        """Data sets, counts and settings for the training record."""


@dataclass
class State:
    """How far a run has come, over all its sessions."""

    step: int = 0
    images: int = 0
    seconds: float = 0.0
    sessions: int = 0
    losses: list[float] = field(default_factory=list)
    """Of the steps since the last line of the log."""
    curve: list[tuple[int, float]] = field(default_factory=list)
    """Images seen and mean loss, as the log has them."""
    start: dict[str, Any] | None = None
    """:func:`origin` of the first session's weights."""
    datasets: dict[str, int] = field(default_factory=dict)
    """Photographs of every data set that some session saw, as the last one that did counted them."""

    @property
    def images_per_second(self) -> float:
        """Over all sessions; 0 before the first step."""
        return self.images / self.seconds if self.seconds else 0.0

    def learning_curve(self) -> dict[str, list[float]]:
        """``images`` seen and mean ``loss`` since the point before, thinned to at most :data:`CURVE_POINTS`.

        Of a run too short for the log, one point; of one without a step, none.
        """
        points = self.curve or ([(self.images, fmean(self.losses))] if self.losses else [])
        count = min(len(points), CURVE_POINTS)
        edges = [len(points) * i // count for i in range(count + 1)] if count else []
        groups = [points[start:end] for start, end in pairwise(edges)]
        return {
            "images": [group[-1][0] for group in groups],
            "loss": [round(fmean(loss for _, loss in group), 5) for group in groups],
        }


def train(
    task: Task, out: Path, *, minutes: float, seed: int, resume: bool, licence: str, start: str | None = None
) -> dict[str, Any]:
    """Train for ``minutes`` of wall time in total and leave a complete checkpoint folder in ``out``.

    The learning rate follows a warm-up and half a cosine over the *time* budget, so a run that is resumed with a larger
    budget continues on the longer curve. Weights saved are the exponential moving average.

    Args:
        resume: go on with the run that left ``out/state.pt``, whatever weights it had started from.

    Returns:
        the training record, which is also written to ``out/training.json``.

    Raises:
        WeightsError: there is no checkpoint ``start``; there is no run to resume, or it is of another kind.
    """
    accelerator = Accelerator(mixed_precision="bf16" if bf16_pays() else "no")
    averaged = AveragedModel(task.learner, multi_avg_fn=_follow, use_buffers=True)
    state = State(start=origin(start))
    if resume:
        state = _load(out / "state.pt", task, averaged, state)
    out.mkdir(parents=True, exist_ok=True)
    state.sessions += 1
    state.datasets |= task.facts()["datasets"]
    learner, optimizer = accelerator.prepare(task.learner, task.optimizer)
    averaged.to(accelerator.device)
    generator = torch.Generator().manual_seed(seed + state.step)
    base_rates = [group["lr"] for group in task.optimizer.param_groups]
    stream = task.batches(seed + state.step)
    first = next(stream)  # the clock starts when data flow
    settings = {"seed": seed, "minutes": minutes, "licence": licence, "start": state.start}
    budget, saved, started = minutes * 60, time.monotonic(), time.monotonic() - state.seconds
    for batch in chain([first], stream):
        progress = (time.monotonic() - started) / budget
        if progress >= 1:
            break
        for group, rate in zip(task.optimizer.param_groups, base_rates, strict=True):
            group["lr"] = rate * learning_rate_factor(state.step, progress)
        batch = {name: value.to(accelerator.device) for name, value in batch.items()}
        with accelerator.autocast():
            loss = task.loss(learner, batch, progress, generator)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        averaged.update_parameters(task.learner)
        _advance(state, loss, len(next(iter(batch.values()))), time.monotonic() - started, out)
        if time.monotonic() - saved > SAVE_EVERY_S:
            _save(out / "state.pt", task, averaged, state)
            saved = time.monotonic()
    _save(out / "state.pt", task, averaged, state)
    return _finish(task, averaged, state, out, accelerator, settings)


def learning_rate_factor(step: int, progress: float, warm_up: int = 200) -> float:
    """Linear warm-up over ``warm_up`` steps times half a cosine that ends at 1 % of the rate."""
    return min(1.0, (step + 1) / warm_up) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))


def _follow(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
    """Exponential moving average that forgets the first steps quickly, or a short run would end near its beginning."""
    decay = min(EMA_DECAY, (1 + float(count)) / (10 + float(count)))
    get_ema_multi_avg_fn(decay)(averaged, current, count)  # type: ignore[no-untyped-call]


def origin(start: str | None) -> dict[str, Any] | None:
    """Name, hash and seen data sets (None: unknown) of the checkpoint a run began with, for its record."""
    if start is None:
        return None
    found = weights.locate(start)
    seen = datasets_seen(training_record(found.folder))
    return {"name": found.name, "sha256": found.sha256, "datasets": None if seen is None else sorted(seen)}


def bf16_pays() -> bool:
    """Whether this machine multiplies bfloat16 in hardware; emulated, it is several times slower than float32."""
    if torch.cuda.is_available():
        supported: bool = torch.cuda.is_bf16_supported()
        return supported
    cpu_info = Path("/proc/cpuinfo")
    return cpu_info.is_file() and any(name in cpu_info.read_text() for name in ("amx_bf16", "avx512_bf16"))


def _advance(state: State, loss: Tensor, images: int, seconds: float, out: Path) -> None:
    state.step += 1
    state.images += images
    state.seconds = seconds
    state.losses.append(float(loss.detach()))
    if state.step % LOG_EVERY == 0:
        line = {
            "step": state.step,
            "images": state.images,
            "seconds": round(seconds, 1),
            "images_per_second": round(state.images_per_second, 1),
            "loss": round(fmean(state.losses), 6),
        }
        state.curve.append((state.images, line["loss"]))
        logger.info("%s", json.dumps(line))
        state.losses.clear()
        with (out / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


def _save(path: Path, task: Task, averaged: AveragedModel, state: State) -> None:
    content = {
        "kind": _kind(task),
        "learner": task.learner.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizer": task.optimizer.state_dict(),
        "memory": dict(task.memory),
        "state": asdict(state),
    }
    with whole(path) as partial:  # an interrupted save never destroys the last good one
        torch.save(content, partial)


def _load(path: Path, task: Task, averaged: AveragedModel, fresh: State) -> State:
    """Put back what :func:`_save` wrote, on whatever device that was.

    Raises:
        WeightsError: there is no such file, it is damaged, or a run of another kind wrote it.
    """
    if not path.is_file():
        raise WeightsError(
            f"There is no {path} to go on from.",
            "Name the folder of a run that was interrupted, or begin one without --resume.",
        )
    rates = [group["lr"] for group in task.optimizer.param_groups]
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        _demand_kind(content.get("kind", {}), _kind(task))
        task.learner.load_state_dict(content["learner"])
        averaged.load_state_dict(content["averaged"])
        task.optimizer.load_state_dict(content["optimizer"])
        for name, value in content.get("memory", {}).items():
            task.memory[name].copy_(value)
        state = State(**{**asdict(fresh), **content["state"]})
    except (RuntimeError, ValueError, KeyError, TypeError, EOFError, UnpicklingError) as error:
        raise WeightsError(
            f"{path} is damaged, or a run of another kind left it ({str(error).partition(chr(10))[0].rstrip(':.')}).",
            "Resume with the network and the settings that the run began with, or begin one without --resume, to which "
            "--start gives a checkpoint's weights.",
        ) from error
    for group, rate in zip(task.optimizer.param_groups, rates, strict=True):
        group["lr"] = rate  # the schedule multiplies the base rate, not where it had come to
    return state


def _kind(task: Task) -> dict[str, Any]:
    """What must not change between the sessions of a run."""
    return {name: value for name, value in task.facts().items() if name in ("model", "recipe", "optimizer")}


def _demand_kind(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if value != expected.get(name):
            raise ValueError(f"another {name}")


def _finish(
    task: Task, averaged: AveragedModel, state: State, out: Path, accelerator: Accelerator, settings: dict[str, Any]
) -> dict[str, Any]:
    task.learner.load_state_dict(averaged.module.state_dict())
    task.learner.to("cpu").eval()
    validation = task.finish(task.network)
    record = {
        **settings,
        **task.facts(),
        "datasets": dict(sorted(state.datasets.items())),
        "steps": state.step,
        "images": state.images,
        "wall_seconds": round(state.seconds, 1),
        "images_per_second": round(state.images_per_second, 2),
        "sessions": state.sessions,
        "hardware": accelerator.device.type if accelerator.device.type == "cpu" else torch.cuda.get_device_name(),
        "threads": torch.get_num_threads(),
        "precision": accelerator.mixed_precision,
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "curve": state.learning_curve(),
        "validation": validation,
    }
    weights.save(task.network, out)
    write_training_record(out, record)
    return record
