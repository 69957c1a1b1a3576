"""Training of the restorers: one task, two recipes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core import weights
from retinaregen_core.datasets import SHARP_LABELS, Entry, read_index, split_by_patient
from retinaregen_core.diffusion.parameterisation import TARGETS
from retinaregen_core.diffusion.process import PROCESSES, corrupt, draw_noise
from retinaregen_core.errors import WeightsError
from retinaregen_core.imaging import decode, pixels
from retinaregen_core.nets.extractor import AttentionExtractor
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.restorers import RESTORERS, PaperRestorer, Restorer
from retinaregen_core.specs import RestorerSpec, lookup
from retinaregen_core.training.condition import pool_condition
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.losses import RECONSTRUCTIONS, kl_divergence
from retinaregen_core.training.pairs import PairStream
from retinaregen_core.training.stream import batches
from retinaregen_core.training.validation import validate

LICENCE = "CC BY-NC-SA 4.0, research use only"
RESTORABLE = frozenset({"srahim", "idrid", "heimed", "diaretdb1", "eyepacssample", "odir400"})
"""Data sets whose sharp photographs are in natural colours and at least 400 px."""
VALIDATION = frozenset({"drive"})
CONDITION_SAMPLES = 1
"""Photographs of a batch, one or more, whose features stand for all readable ones while the extractor learns."""


@dataclass(frozen=True)
class Recipe:
    """How one restorer is trained."""

    spec: RestorerSpec
    reconstruction: str
    kl_weight: float
    batch_size: int
    learning_rate: float
    first_size: int
    """Working size in pixels during the first half of the budget; afterwards ``spec.image_size``."""
    degraded: bool
    """Whether the process runs between clean and *degraded* photographs."""
    share_at_start: float
    """Share of samples drawn at ``start_timestep`` itself, where every restoration begins; the rest is uniform."""


RECIPES = {
    "paper": Recipe(RestorerSpec(), "bce", 1.0, 6, 1e-3, 256, degraded=False, share_at_start=0.0),
    "flagship": Recipe(
        RestorerSpec(
            restorer="flagship",
            process="bridge",
            start_timestep=999,
            num_steps=2,
            image_size=512,
            width=32,
            latent_dim=16,
        ),
        "charbonnier",
        1e-6,
        4,
        6e-4,
        256,
        degraded=True,
        share_at_start=0.6,
    ),
}


class Learner(nn.Module):
    """A restorer, and for the paper's one the extractor that makes its condition while training."""

    def __init__(self, network: Restorer) -> None:
        super().__init__()
        self.network = network
        self.extractor = AttentionExtractor(network.spec.extractor) if isinstance(network, PaperRestorer) else None

    def condition(self, photograph: Tensor, reference: Tensor, scores: Tensor) -> Tensor:
        """The network's own condition, or the batch's estimate of the static one."""
        if self.extractor is None:
            return self.network.condition(photograph, scores)
        features: Tensor = self.extractor(reference[:CONDITION_SAMPLES])
        return features.mean(dim=0, keepdim=True)

    def forward(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Any:
        return self.network.encode_decode(x_t, t, condition, latent_noise)


class RestorerTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(
        self,
        recipe: Recipe,
        entries: Sequence[Entry],
        classifier: ReadabilityClassifier | None = None,
        validation: Sequence[Entry] = (),
    ) -> None:
        self.recipe, self.entries, self.classifier, self.validation = recipe, entries, classifier, validation
        self.process = lookup(PROCESSES, recipe.spec.process, "process")
        self.schedule = self.process.schedule(recipe.spec)
        self.network: Restorer = lookup(RESTORERS, recipe.spec.restorer, "restorer")(recipe.spec)
        self.learner = Learner(self.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(
            self.learner.parameters(), recipe.learning_rate, (0.9, 0.99), weight_decay=1e-4
        )

    def batches(self, seed: int) -> Iterator[Batch]:
        scorer = self.classifier if self.recipe.degraded else None
        stream = PairStream([entry.path for entry in self.entries], seed, self.recipe.degraded, scorer)
        return batches(stream, self.recipe.batch_size)

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        size = self.recipe.first_size if progress < 0.5 else self.recipe.spec.image_size
        photograph, reference = (
            to_working_size(pixels.bytes_to_signed(batch[name]), size) for name in ("photograph", "reference")
        )
        t = self._timesteps(len(reference), generator).to(reference.device)
        noises = [generator] * len(reference)
        origin = self.process.origin(photograph, draw_noise(photograph.shape[1:], noises, photograph))
        x_t = corrupt(reference, origin, self.schedule.at(t, reference))
        condition = self.learner.condition(photograph, reference, batch["scores"])
        latent_noise = draw_noise(self.network.latent_shape, noises, reference)
        output, mu, log_variance = learner(x_t, t, condition, latent_noise)
        target = TARGETS[self.recipe.spec.prediction_type](reference, origin)
        reconstruction = RECONSTRUCTIONS[self.recipe.reconstruction](output.float(), target)
        return reconstruction + self.recipe.kl_weight * kl_divergence(mu.float(), log_variance.float())

    def _timesteps(self, count: int, generator: torch.Generator) -> Tensor:
        uniform = torch.randint(self.recipe.spec.num_train_timesteps, (count,), generator=generator)
        at_start = torch.rand(count, generator=generator) < self.recipe.share_at_start
        return torch.where(at_start, self.recipe.spec.start_timestep, uniform)

    def finish(self, network: nn.Module) -> dict[str, Any]:
        """The paper restorer's static condition; PSNR on photographs it never saw, when both networks are here."""
        if isinstance(self.network, PaperRestorer) and self.learner.extractor is not None:
            self.network.static_condition.copy_(pool_condition(self.learner.extractor, self._readable_batches()))
        if self.classifier is None or not self.validation:
            return {}
        return validate(self.network.eval(), self.classifier, self.validation)

    def _readable_batches(self, batch_size: int = 8) -> Iterator[Tensor]:
        paths = [entry.path for entry in self.entries]
        for start in range(0, len(paths), batch_size):
            images = [pixels.to_signed(decode.read(path)) for path in paths[start : start + batch_size]]
            yield to_working_size(torch.stack(images), self.recipe.spec.image_size)

    def facts(self) -> dict[str, Any]:
        counts = {name: sum(e.dataset == name for e in self.entries) for name in {e.dataset for e in self.entries}}
        return {
            "model": self.recipe.spec.restorer,
            "recipe": asdict(self.recipe),
            "datasets": dict(sorted(counts.items())),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "scores": "classifier" if self.classifier and self.recipe.degraded else "random",
        }


def to_working_size(images: Tensor, size: int) -> Tensor:
    """``[B, 3, H, W]`` -> ``[B, 3, size, size]``, area-averaged, channels last."""
    return F.interpolate(images, (size, size), mode="area").contiguous(memory_format=torch.channels_last)


def train(model: str, data: Path, out: Path, minutes: float, seed: int, resume: bool) -> dict[str, Any]:
    """Train one restorer on the sharp photographs of ``data`` and leave a checkpoint folder in ``out``.

    Args:
        model: a key of :data:`RECIPES`.
        data: a folder that ``datasets.read_index`` understands.
        out: checkpoint folder; with ``resume`` its ``state.pt`` is continued.
        minutes: wall time in total, earlier sessions included.

    Raises:
        SpecError: unknown ``model``.
        ImageError: no photographs in ``data``.
    """
    recipe = lookup(RECIPES, model, "restorer")
    index = read_index(data)
    parts = split_by_patient(entry for entry in index if entry.labels == SHARP_LABELS)
    entries = [e for e in parts["train"] + parts["validation"] if e.dataset in RESTORABLE]
    validation = [entry for entry in index if entry.dataset in VALIDATION]
    task = RestorerTask(recipe, entries, _classifier(), validation)
    return run(task, out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE)


def _classifier() -> ReadabilityClassifier | None:
    try:
        return weights.load_readability(weights.locate("readability"), torch.device("cpu"))
    except WeightsError:
        return None  # the training record then says scores: random
