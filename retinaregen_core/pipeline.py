"""The one path from an upload to its restoration; page, command line, evaluation and tests all drain this stream.

decode -> field of view and framing -> assess -> condition -> reverse steps -> paste back -> assess again -> compare.
"""

import platform
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from time import perf_counter
from typing import ParamSpec

import cv2
import numpy as np
import torch
from torch import Tensor

from retinaregen_core import calibration, ensemble, reading, weights
from retinaregen_core.calibration import Calibration
from retinaregen_core.comparison import compare_content, compare_step, measure
from retinaregen_core.diffusion.process import DenoisingStep, Network, draw_noise, reverse
from retinaregen_core.diffusion.schedule import start_at
from retinaregen_core.imaging import grey, pixels, rim
from retinaregen_core.imaging.decode import Source
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.metrics.similarity import check_comparable
from retinaregen_core.nets.reader import Reader
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.records import (
    Assessment,
    Event,
    Evidence,
    Metrics,
    Provenance,
    Readability,
    Restoration,
    StepInfo,
    StepScores,
)
from retinaregen_core.specs import SamplingOptions
from retinaregen_core.uploads import Upload, read_upload
from retinaregen_core.weights import Checkpoint

__all__ = [
    "DenoisingStep",
    "Event",
    "Evidence",
    "Metrics",
    "Provenance",
    "Readability",
    "Restoration",
    "RetinaRegen",
    "SamplingOptions",
    "StepInfo",
    "StepScores",
    "Upload",
]

VERSION = "0.17.0"
Arguments = ParamSpec("Arguments")


def _drained(stream: Callable[Arguments, Iterator[Event]]) -> Callable[Arguments, Restoration]:
    @wraps(stream, assigned=())
    def restore(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Restoration:
        """The last event of :meth:`RetinaRegen.stream`, which takes the same arguments.

        Raises:
            ImageError: a file cannot be read, shows no field of view, or the sizes differ.
            SpecError: an option is out of range.
        """
        (result,) = deque(stream(*args, **kwargs), maxlen=1)
        assert isinstance(result, Restoration)
        return result

    return restore


class RetinaRegen:
    """A restorer and a readability classifier, ready to use. Holds nothing that a run changes: threads may share it."""

    def __init__(
        self,
        restorer: Restorer,
        reader: Reader,
        checkpoint: Checkpoint,
        readability_checkpoint: Checkpoint,
        device: torch.device | str = "cpu",
        calibration: Calibration | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.restorer = restorer.to(self.device).eval()
        fast = reader.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # by a third on a CPU
        self.reader: Reader = fast.to(self.device).eval()
        self.classifier = self.reader.classifier
        self.checkpoint = checkpoint
        self.readability_checkpoint = readability_checkpoint
        self.calibration = calibration

    @classmethod
    def from_pretrained(
        cls,
        name_or_path_or_repo: str = "flagship",
        revision: str | None = None,
        device: torch.device | str | None = None,
    ) -> "RetinaRegen":
        """Load verified weights.

        Args:
            name_or_path_or_repo: a name of the manifest, a checkpoint folder, or a Hub repository.
            revision: commit of that repository; the manifest's own when ``None``.
            device: a CUDA device when there is one, else the CPU, when ``None``.

        Raises:
            WeightsError: weights are missing, altered or cannot be reached; never random weights instead.
        """
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        checkpoint = weights.locate(name_or_path_or_repo, revision)
        readability_checkpoint = weights.locate("readability")
        return cls(
            weights.load_restorer(checkpoint, place),
            weights.load_reader(readability_checkpoint, place),
            checkpoint,
            readability_checkpoint,
            place,
            calibration.load(checkpoint, readability_checkpoint),
        )

    def assess(self, image: Source) -> Readability:
        """Score the four labels of a path, bytes, PIL picture or uint8 array.

        Raises:
            ImageError: the file cannot be read, or shows no field of view.
        """
        upload = read_upload(image, None)
        return self._assess(upload.image, upload)

    def assess_all(self, eyes: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[Assessment]:
        """Score many photographs in one batch: half the time of one after the other.

        Args:
            eyes: uint8 ``[S, S, 3]`` and bool ``[S, S]`` each, as :meth:`Upload.square` and :meth:`Upload.mask` make
                them; S is the classifier's image size.
        """
        squares = torch.stack([pixels.to_signed(square) for square, _ in eyes]).to(self.device)
        return reading.assess(self.reader, squares, [mask for _, mask in eyes])

    def evidence(self, mask: np.ndarray, *pictures: np.ndarray) -> tuple[Evidence, ...]:
        """What can be read, where each label looked, where disc and macula lie: one answer for each picture of an eye.

        Args:
            mask: bool ``[S, S]``, the field of view in the framed square.
            pictures: uint8 ``[S, S, 3]`` in [0, 255]: the framed photograph, alone or with what was restored from it.
        """
        size, side = self.classifier.spec.image_size, mask.shape[0]
        whole = Framing(side, side, 0, 0, side)
        return tuple(
            reading.evidence(self.reader, self._framed(picture, whole, size), picture, mask) for picture in pictures
        )

    def stream(
        self,
        image: Source,
        steps: int | None = None,
        seed: int = 0,
        reference: Source | None = None,
        lpips: bool = True,
        strength: float = 1.0,
        samples: int = 1,
    ) -> Iterator[Event]:
        """Restore while somebody watches: a :class:`Readability`, :class:`DenoisingStep` s, the :class:`Restoration`.

        Args:
            image: a path, bytes, a PIL picture or a uint8 array.
            steps, seed, strength, samples: see :class:`SamplingOptions`; a step shows the mean of all samples.
            reference: the same view as it should look, same size; brings the quality numbers.
            lpips: False leaves LPIPS out of all numbers, for speed.

        Raises:
            ImageError: a file cannot be read, shows no field of view, or the sizes differ.
            SpecError: an option is out of range.
        """
        started, options = perf_counter(), SamplingOptions(steps, seed, strength, samples)
        upload = read_upload(image, reference)
        before = self._assess(upload.image, upload)
        yield before
        check_comparable(upload.field_of_view.mask)  # rather now than after all steps
        frames: list[np.ndarray] = []
        infos: list[StepInfo] = []
        for step in self._reverse(upload, before, options):
            mean = replace(step, x_t=step.x_t.mean(0, keepdim=True), x0=step.x0.mean(0, keepdim=True))
            frames.append(pixels.to_uint8(mean.x0[0]))
            infos.append(StepInfo(step.index, step.total, step.t, step.noise_level))
            yield mean
        restored = upload.framing.paste(frames[-1], upload.image, upload.field_of_view.mask)
        yield Restoration(
            restored,
            upload.image,
            before,
            self._assess(restored, upload),
            tuple(frames),
            tuple(infos),
            measure(restored, upload, lpips),
            *compare_content(restored, upload),
            upload.field_of_view,
            upload.framing,
            self._provenance(options, len(frames), started),
            self.calibration,
            ensemble.spread(step.x0, upload.mask(frames[-1].shape[0])) if options.samples > 1 else None,
        )

    restore = _drained(stream)

    def follow(self, upload: Upload, frames: Iterable[np.ndarray]) -> Iterator[StepScores]:
        """Score steps as if each were the result, one at a time; about a third of a second each on one CPU core.

        Args:
            upload: the photograph that was restored, with its reference if there is one.
            frames: uint8 ``[S, S, 3]`` each, some or all of ``Restoration.steps``.
        """
        for frame in frames:
            picture = upload.framing.paste(frame, upload.image, upload.field_of_view.mask)
            yield StepScores(self._assess(picture, upload), *compare_step(picture, upload))

    def _framed(self, image: np.ndarray, framing: Framing, size: int) -> Tensor:
        """uint8 ``[H, W, 3]`` -> ``[1, 3, size, size]`` in [-1, 1] on the device."""
        return pixels.to_signed(framing.crop(image, size))[None].to(self.device)

    def _assess(self, image: np.ndarray, upload: Upload) -> Readability:
        size = self.classifier.spec.image_size
        ((scores, _),) = reading.assess(self.reader, self._framed(image, upload.framing, size), [upload.mask(size)])
        return scores

    def _reverse(self, upload: Upload, before: Readability, options: SamplingOptions) -> Iterator[DenoisingStep]:
        """Steps of all samples at once, ``[samples, 3, S, S]``, each as the photograph lies and in its colours."""
        whole = self.restorer.spec
        spec = replace(whole, start_timestep=start_at(whole.start_timestep, options.strength))
        square, mask = upload.square(spec.image_size), upload.mask(spec.image_size)
        colourless = grey.is_grey(square, mask)
        original = pixels.to_signed(square)[None].to(self.device)
        known = pixels.to_signed(grey.coloured(square))[None].to(self.device) if colourless else original
        inside, shown = (torch.from_numpy(part).to(self.device) for part in (mask, rim.fading(square, mask)))
        photograph = torch.where(inside, known, -1.0)  # as in training: what surrounds the eye says nothing of it
        seeds = range(options.seed, options.seed + options.samples)
        views = ensemble.Views.drawn(seeds, self.device)
        seen = views.of(photograph.expand(options.samples, -1, -1, -1))
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        network = self._conditioned(seen, before, generators)
        for step in reverse(network, seen, spec, options.steps or spec.num_steps, generators):
            x_t, x0 = (views.undone(picture) for picture in (step.x_t, step.x0))
            if colourless:
                x_t, x0 = (_changed_alike(original, picture) for picture in (x_t, x0))
            yield replace(step, x_t=x_t, x0=torch.lerp(original, x0, shown))

    @torch.no_grad()
    def _conditioned(self, views: Tensor, before: Readability, generators: Sequence[torch.Generator]) -> Network:
        """The restorer with condition and latent noise bound: one draw for all steps, so a trajectory is one story."""
        scores = torch.tensor([before.probabilities]).to(views).expand(len(views), -1)
        condition = self.restorer.condition(views, scores)
        latent_noise = draw_noise(self.restorer.latent_shape, generators, views)
        return lambda x_t, t: self.restorer(x_t, t, condition, latent_noise)

    def _provenance(self, options: SamplingOptions, steps: int, started: float) -> Provenance:
        return Provenance(
            self.checkpoint.name,
            self.checkpoint.repository,
            self.checkpoint.commit,
            self.checkpoint.sha256,
            self.checkpoint.verified,
            self.checkpoint.licence,
            self.readability_checkpoint.sha256,
            self.readability_checkpoint.config_sha256,
            options.seed,
            steps,
            options.strength,
            options.samples,
            str(self.device),
            versions(),
            perf_counter() - started,
        )


def _changed_alike(original: Tensor, picture: Tensor) -> Tensor:
    """``original`` ``[1, 3, S, S]`` with the change of green in ``picture`` ``[B, 3, S, S]`` in all its channels."""
    green = slice(grey.GREEN, grey.GREEN + 1)
    return original + (picture - original)[:, green]


def versions() -> dict[str, str]:
    """What computed: two machines that agree here and in the weights agree in the picture up to rounding."""
    return {
        "retinaregen": VERSION,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
    }
