"""The one path from an upload to its restoration; page, command line, evaluation and tests all drain this stream.

decode -> field of view and framing -> assess -> condition -> reverse steps -> paste back -> assess again -> compare.
"""

import platform
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import cv2
import numpy as np
import torch
from torch import Tensor

from retinaregen_core import weights
from retinaregen_core.diffusion.process import DenoisingStep, Network, draw_noise, reverse
from retinaregen_core.errors import ImageError, SpecError
from retinaregen_core.imaging import decode, field_of_view, pixels
from retinaregen_core.imaging.decode import Source
from retinaregen_core.imaging.field_of_view import FieldOfView
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.metrics.similarity import compare
from retinaregen_core.nets.readability import ReadabilityClassifier
from retinaregen_core.nets.restorers import Restorer
from retinaregen_core.records import Event, Metrics, Provenance, Readability, Restoration, StepInfo
from retinaregen_core.weights import Checkpoint

__all__ = ["DenoisingStep", "Event", "Metrics", "Provenance", "Readability", "Restoration", "RetinaRegen", "StepInfo"]

VERSION = "0.1.0"


@dataclass(frozen=True, eq=False)
class Upload:
    """A decoded photograph and where its field of view lies."""

    image: np.ndarray
    """uint8 ``[H, W, 3]`` in [0, 255]."""
    reference: np.ndarray | None = None
    """The same eye as it should look, same shape."""

    @cached_property
    def field_of_view(self) -> FieldOfView:
        return field_of_view.find(self.image)

    @cached_property
    def framing(self) -> Framing:
        return Framing.around(self.field_of_view)


def read_upload(image: Source, reference: Source | None) -> Upload:
    """Decode both; :class:`ImageError` when the reference cannot be laid over the photograph."""
    photograph = decode.read(image)
    if reference is None:
        return Upload(photograph)
    truth = decode.read(reference)
    if truth.shape != photograph.shape:
        (height, width), (true_height, true_width) = photograph.shape[:2], truth.shape[:2]
        raise ImageError(
            f"The reference has {true_width} x {true_height} pixels, the photograph {width} x {height}.",
            "Give a reference of the same size that shows the same view.",
        )
    return Upload(photograph, truth)


class RetinaRegen:
    """A restorer and a readability classifier, ready to use. Holds nothing that a run changes: threads may share it."""

    def __init__(
        self,
        restorer: Restorer,
        classifier: ReadabilityClassifier,
        checkpoint: Checkpoint,
        readability_checkpoint: Checkpoint,
        device: torch.device | str = "cpu",
    ) -> None:
        self.device = torch.device(device)
        self.restorer = restorer.to(self.device).eval()
        self.classifier = classifier.to(self.device).eval()
        self.checkpoint = checkpoint
        self.readability_checkpoint = readability_checkpoint

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
            weights.load_readability(readability_checkpoint, place),
            checkpoint,
            readability_checkpoint,
            place,
        )

    def assess(self, image: Source) -> Readability:
        """Score the four labels of a path, bytes, PIL picture or uint8 array.

        Raises:
            ImageError: the file cannot be read, or shows no field of view.
        """
        upload = read_upload(image, None)
        return self._assess(upload.image, upload.framing)

    def restore(
        self, image: Source, steps: int | None = None, seed: int = 0, reference: Source | None = None
    ) -> Restoration:
        """The last event of :meth:`stream`."""
        (result,) = deque(self.stream(image, steps, seed, reference), maxlen=1)
        assert isinstance(result, Restoration)
        return result

    def stream(
        self, image: Source, steps: int | None = None, seed: int = 0, reference: Source | None = None
    ) -> Iterator[Event]:
        """Restore while somebody watches: a :class:`Readability`, :class:`DenoisingStep` s, the :class:`Restoration`.

        Args:
            image: a path, bytes, a PIL picture or a uint8 array.
            steps: reverse steps, at least 1; the checkpoint's own number when ``None``.
            seed: of all chance in this run; the same seed gives the same bytes.
            reference: the same view as it should look, same size; brings the quality numbers.

        Raises:
            ImageError: a file cannot be read, shows no field of view, or the sizes differ.
            SpecError: ``steps`` is below 1.
        """
        started = perf_counter()
        num_steps = self._num_steps(steps)
        upload = read_upload(image, reference)
        before = self._assess(upload.image, upload.framing)
        yield before
        frames: list[np.ndarray] = []
        infos: list[StepInfo] = []
        for step in self._reverse(upload, before, num_steps, seed):
            frames.append(pixels.to_uint8(step.x0[0]))
            infos.append(StepInfo(step.index, step.total, step.t, step.noise_level))
            yield step
        restored = upload.framing.paste(frames[-1], upload.image, upload.field_of_view.mask)
        yield Restoration(
            restored,
            upload.image,
            before,
            self._assess(restored, upload.framing),
            tuple(frames),
            tuple(infos),
            measure(restored, upload),
            upload.field_of_view,
            upload.framing,
            self._provenance(seed, len(frames), started),
        )

    def _num_steps(self, steps: int | None) -> int:
        if steps is not None and steps < 1:
            raise SpecError(f"{steps} steps cannot restore anything.", "Ask for at least 1 step.")
        return steps or self.restorer.spec.num_steps

    def _framed(self, image: np.ndarray, framing: Framing, size: int) -> Tensor:
        """uint8 ``[H, W, 3]`` -> ``[1, 3, size, size]`` in [-1, 1] on the device."""
        return pixels.to_signed(framing.crop(image, size))[None].to(self.device)

    @torch.no_grad()
    def _assess(self, image: np.ndarray, framing: Framing) -> Readability:
        spec = self.classifier.spec
        probabilities = self.classifier.probabilities(self._framed(image, framing, spec.image_size))
        fundus, macula, optic_disc, retina = probabilities[0].tolist()
        return Readability(fundus, macula, optic_disc, retina, spec.thresholds)

    def _reverse(self, upload: Upload, before: Readability, num_steps: int, seed: int) -> Iterator[DenoisingStep]:
        photograph = self._framed(upload.image, upload.framing, self.restorer.spec.image_size)
        generator = torch.Generator().manual_seed(seed)
        network = self._conditioned(photograph, before, generator)
        return reverse(network, photograph, self.restorer.spec, num_steps, [generator])

    @torch.no_grad()
    def _conditioned(self, photograph: Tensor, before: Readability, generator: torch.Generator) -> Network:
        """The restorer with condition and latent noise bound: one draw for all steps, so a trajectory is one story."""
        condition = self.restorer.condition(photograph, torch.tensor([before.probabilities]).to(photograph))
        latent_noise = draw_noise(self.restorer.latent_shape, [generator], photograph)
        return lambda x_t, t: self.restorer(x_t, t, condition, latent_noise)

    def _provenance(self, seed: int, steps: int, started: float) -> Provenance:
        return Provenance(
            self.checkpoint.name,
            self.checkpoint.repository,
            self.checkpoint.commit,
            self.checkpoint.sha256,
            self.checkpoint.verified,
            self.checkpoint.licence,
            self.readability_checkpoint.sha256,
            seed,
            steps,
            str(self.device),
            versions(),
            perf_counter() - started,
        )


def measure(restored: np.ndarray, upload: Upload) -> Metrics:
    """Change always; quality only when there is a reference."""
    mask = upload.field_of_view.mask
    change = compare(restored, upload.image, mask)
    if upload.reference is None:
        return Metrics(change, None, None)
    return Metrics(change, compare(restored, upload.reference, mask), compare(upload.image, upload.reference, mask))


def versions() -> dict[str, str]:
    """What computed: two machines that agree here and in the weights agree in the picture up to rounding."""
    return {
        "retinaregen": VERSION,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
    }
