"""Training of the restorers: one task for every recipe."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core import weights
from retinaregen_core.datasets import SHARP_LABELS, Entry, counts, read_index, split_by_patient
from retinaregen_core.diffusion.parameterisation import TARGETS
from retinaregen_core.diffusion.process import PROCESSES, corrupt, draw_noise
from retinaregen_core.errors import ImageError, WeightsError
from retinaregen_core.imaging import pixels
from retinaregen_core.nets.contract import Output
from retinaregen_core.nets.extractor import AttentionExtractor
from retinaregen_core.nets.reader import Reader
from retinaregen_core.nets.restorers import RESTORERS, Flagship, PaperRestorer, Restorer
from retinaregen_core.specs import lookup
from retinaregen_core.training import first_weights
from retinaregen_core.training.condition import pool_condition
from retinaregen_core.training.loop import Batch
from retinaregen_core.training.loop import train as run
from retinaregen_core.training.losses import RECONSTRUCTIONS, kl_divergence
from retinaregen_core.training.pairs import MIXES, PairStream, read_framed
from retinaregen_core.training.recipes import RECIPES, Recipe
from retinaregen_core.training.stream import batches, readable
from retinaregen_core.training.validation import validate

LICENCE = "CC BY-NC-SA 4.0, research use only"
VALIDATION = frozenset({"drive"})
UNRESTORABLE = VALIDATION | {"eyepacs256", "eyepacscofe", "drimdb"}
"""Data sets that no restorer learns from, however sharp: DRIVE measures, the colours of eyepacs256 were equalised,
and the other two were gathered for their grades."""
FEW = 4.0
"""Learning rate of the sharpening as a multiple of the others': its parameters are few."""
CROP_STEP = 32
"""Squares are cut out at multiples of so many pixels: cells of the condition and of the latent stay whole."""
CONDITION_SAMPLES = 1
"""Photographs of a batch, one or more, whose features stand for all readable ones while the extractor learns."""


class Learner(nn.Module):
    """A restorer, and for the paper's one the extractor that makes its condition while training."""

    def __init__(self, network: Restorer, part: str) -> None:
        super().__init__()
        self.network = network
        is_pooled = isinstance(network, PaperRestorer) and network.spec.condition == "static"
        self.extractor = AttentionExtractor(network.spec.extractor) if is_pooled else None
        self.part, self.learns = lookup(PARTS, part, "part")

    def condition(self, photograph: Tensor, reference: Tensor, scores: Tensor) -> Tensor:
        """The network's own condition, or the batch's estimate of the static one."""
        if self.extractor is None:
            return self.network.condition(photograph, scores)
        features: Tensor = self.extractor(reference[:CONDITION_SAMPLES])
        return features.mean(dim=0, keepdim=True)

    def forward(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Any:
        return self.part(self.network, x_t, t, condition, latent_noise)


def _whole(network: Restorer, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
    return network.encode_decode(x_t, t, condition, latent_noise)


def _light(network: Flagship, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
    half = F.interpolate(x_t, scale_factor=0.5, mode="area")  # light is smooth: a quarter of the pixels says as much
    return Output(network.relit(half, t, condition), *torch.zeros(2, 1, 1))


def _sharpening(network: Flagship, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
    return Output(network.sharpened(x_t, t, condition), *torch.zeros(2, 1, 1))


PREFIXES = {"light": "light.", "sharpening": "sharpening."}
"""Parts of the flagship that are trained apart -> how the names of their tensors begin."""
PARTS: dict[str, tuple[Callable[[Any, Tensor, Tensor, Tensor, Tensor], Output], str]] = {
    "whole": (_whole, ""),
    "light": (_light, PREFIXES["light"]),
    "sharpening": (_sharpening, PREFIXES["sharpening"]),
}
"""What of a network is trained -> its output, and how the names of the parameters begin that learn."""


class RestorerTask:
    """See :class:`retinaregen_core.training.loop.Task`."""

    def __init__(
        self,
        recipe: Recipe,
        entries: Sequence[Entry],
        reader: Reader | None = None,
        validation: Sequence[Entry] = (),
    ) -> None:
        self.recipe, self.entries, self.reader, self.validation = recipe, entries, reader, validation
        self.process = lookup(PROCESSES, recipe.spec.process, "process")
        self.schedule = self.process.schedule(recipe.spec)
        self.network: Restorer = lookup(RESTORERS, recipe.spec.restorer, "restorer")(recipe.spec)
        self.learner = Learner(self.network, recipe.part).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(self._parameter_groups(), betas=(0.9, 0.99), weight_decay=1e-4)
        self.memory: dict[str, Tensor] = {}

    def _parameter_groups(self) -> list[dict[str, Any]]:
        rates = {PREFIXES["light"]: self.recipe.light_rate, PREFIXES["sharpening"]: FEW, "": 1.0}
        groups: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in rates}
        for name, parameter in self.learner.named_parameters():
            own_name = name.removeprefix("network.")
            prefix = next(prefix for prefix in rates if own_name.startswith(prefix))
            parameter.requires_grad_(rates[prefix] > 0 and own_name.startswith(self.learner.learns))
            if parameter.requires_grad:
                groups[prefix].append(parameter)
        rate = self.recipe.learning_rate
        return [{"params": group, "lr": rate * rates[prefix]} for prefix, group in groups.items() if group]

    def batches(self, seed: int) -> Iterator[Batch]:
        paths = [entry.path for entry in self.entries]
        shares = lookup(MIXES, self.recipe.mix, "mix")
        stream = PairStream(paths, seed, self.recipe.degraded, self._scorer, self.recipe.size, shares)
        return batches(stream, self.recipe.batch_size)

    @property
    def _scorer(self) -> Reader | None:
        return self.reader if self.recipe.degraded and self.recipe.scored else None

    def loss(self, learner: nn.Module, batch: Batch, progress: float, generator: torch.Generator) -> Tensor:
        photograph, reference = (
            to_working_size(pixels.bytes_to_signed(batch[name]), self.recipe.size)
            for name in ("photograph", "reference")
        )
        t = self._timesteps(len(reference), generator).to(reference.device)
        noises = [generator] * len(reference)
        condition = self.learner.condition(photograph, reference, batch["scores"])
        photograph, reference, condition = self._cropped((photograph, reference, condition), generator)
        origin = self.process.origin(photograph, draw_noise(photograph.shape[1:], noises, photograph))
        latent_noise = draw_noise(self.network.latent_shape, noises, reference)
        x0 = reference
        if self.recipe.walks:
            x0 = self._first_estimate(t, reference, origin, condition, latent_noise)
        x_t = corrupt(x0, origin, self.schedule.at(t, reference))
        output, mu, log_variance = learner(x_t, t, condition, latent_noise)
        target = to_working_size(TARGETS[self.recipe.spec.prediction_type](reference, origin), output.shape[-1])
        reconstruction = RECONSTRUCTIONS[self.recipe.reconstruction](output.float(), target)
        return reconstruction + self.recipe.kl_weight * kl_divergence(mu.float(), log_variance.float())

    def _cropped(self, maps: Sequence[Tensor], generator: torch.Generator) -> list[Tensor]:
        """The same random square of every ``[B, C, h, w]``, whatever its resolution."""
        size, crop = self.recipe.size, self.recipe.crop or self.recipe.size
        places = (size - crop) // CROP_STEP + 1
        top, left = (int(v) * CROP_STEP for v in torch.randint(places, (2,), generator=generator))
        scales = (part.shape[-1] / size for part in maps)
        return [
            part[..., int(top * s) : int((top + crop) * s), int(left * s) : int((left + crop) * s)]
            for part, s in zip(maps, scales, strict=True)
        ]

    @torch.no_grad()
    def _first_estimate(
        self, t: Tensor, reference: Tensor, origin: Tensor, condition: Tensor, latent_noise: Tensor
    ) -> Tensor:
        """``reference`` with what the network makes of the far end for the samples on their way, ``[B, 3, S, S]``."""
        x0, on_the_way = reference.clone(), t < self.recipe.spec.start_timestep
        if on_the_way.any():
            start = torch.full_like(t, self.recipe.spec.start_timestep)[on_the_way]
            parts = (part[on_the_way] for part in (condition, latent_noise))
            x0[on_the_way] = self.learner(origin[on_the_way], start, *parts)[0].to(x0.dtype)
        return x0

    def _timesteps(self, count: int, generator: torch.Generator) -> Tensor:
        uniform = torch.randint(self.recipe.spec.num_train_timesteps, (count,), generator=generator)
        at_start = torch.rand(count, generator=generator) < self.recipe.share_at_start
        return torch.where(at_start, self.recipe.spec.start_timestep, uniform)

    def finish(self, network: nn.Module) -> dict[str, Any]:
        """The paper restorer's static condition; PSNR on photographs it never saw, when both networks are here."""
        if isinstance(self.network, PaperRestorer) and self.learner.extractor is not None:
            self.network.static_condition.copy_(pool_condition(self.learner.extractor, self._readable_batches()))
        if self.reader is None or not self.validation:
            return {}
        return validate(self.network.eval(), self.reader, self.validation)

    def _readable_batches(self, batch_size: int = 8) -> Iterator[Tensor]:
        paths = [entry.path for entry in self.entries]
        for start in range(0, len(paths), batch_size):
            framed = readable(paths[start : start + batch_size], read_framed)
            if images := [pixels.to_signed(image) for image, _ in framed]:
                yield to_working_size(torch.stack(images), self.recipe.spec.image_size)

    def facts(self) -> dict[str, Any]:
        return {
            "model": self.recipe.spec.restorer,
            "recipe": asdict(self.recipe),
            "datasets": counts(self.entries),
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "scores": "classifier" if self._scorer else "random",
        }


def to_working_size(images: Tensor, size: int) -> Tensor:
    """``[B, 3, H, W]`` -> ``[B, 3, size, size]``, area-averaged, channels last."""
    same = images.shape[-2:] == (size, size)
    reduced = images if same else F.interpolate(images, (size, size), mode="area")
    return reduced.contiguous(memory_format=torch.channels_last)


def train(
    model: str, data: Path, out: Path, minutes: float, seed: int, resume: bool, start: str | None = None
) -> dict[str, Any]:
    """Train one restorer on the sharp photographs of ``data`` and leave a checkpoint folder in ``out``.

    Args:
        model: a key of :data:`RECIPES`.
        data: a folder that ``datasets.read_index`` understands.
        out: checkpoint folder; with ``resume`` its ``state.pt`` is continued.
        minutes: wall time in total, earlier sessions included.
        seed: of the first weights, of the data and of all noise.
        start: checkpoint whose weights are the first ones; drawn at random when ``None``.

    Raises:
        SpecError: unknown ``model``.
        WeightsError: there is no checkpoint ``start``, or it is another network's; or there is no run of this model in
            ``out`` to resume.
        ImageError: ``data`` holds no photograph that may be trained on.
    """
    recipe = lookup(RECIPES, model, "restorer")
    index = read_index(data)
    entries = restorable(index)
    validation = [entry for entry in index if entry.dataset in VALIDATION]
    with first_weights.drawn_from(seed):
        task = RestorerTask(recipe, entries, _reader(), validation)
    if start:
        task.network.load_state_dict(weights.load_restorer(weights.locate(start)).state_dict())
    return run(task, out, minutes=minutes, seed=seed, resume=resume, licence=LICENCE, start=start)


def restorable(index: Sequence[Entry]) -> list[Entry]:
    """The sharp photographs of all but the test patients, without the data sets of :data:`UNRESTORABLE`.

    Raises:
        ImageError: there is none; says what was found instead.
    """
    sharp = [entry for entry in index if entry.labels == SHARP_LABELS]
    parts = split_by_patient(sharp)
    found = [e for e in parts["train"] + parts["validation"] if e.dataset not in UNRESTORABLE]
    if not found:
        kept_out = sum(entry.dataset in UNRESTORABLE for entry in sharp)
        raise ImageError(
            f"No photograph can be trained on: of {len(index)}, {len(sharp)} are known to be readable in all four "
            f"labels; of these, {kept_out} belong to data sets that are kept out ({', '.join(sorted(UNRESTORABLE))}) "
            f"and {len(sharp) - kept_out} to patients kept for the test.",
            'Say which photographs are sharp: "quality": "good" in the labels of manifest.csv, or SynFundus-1M\'s '
            "annotation file.",
        )
    return found


def _reader() -> Reader | None:
    try:
        return weights.load_reader(weights.locate("readability"), torch.device("cpu"))
    except WeightsError:
        return None  # the training record then says scores: random
