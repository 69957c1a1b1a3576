"""The contracts that every restorer and every backbone keeps; the rest of the code knows nothing else of a network."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from retinaregen_core.specs import RestorerSpec


class Output(NamedTuple):
    """What training sees of one call: the output and the latent's distribution, for the KL term."""

    output: Tensor
    """``[B, 3, S, S]``; its meaning is ``spec.prediction_type``."""
    mu: Tensor
    log_variance: Tensor


class Backbone(nn.Module, ABC):
    """A paper restorer's network; the five of the paper's figure 5 are exchangeable behind it."""

    latent_shape: tuple[int, ...]
    """Shape of one image's latent noise."""

    @abstractmethod
    def forward(self, x: Tensor, t: Tensor, latent_noise: Tensor) -> Output:
        """``x [B, 3, S, S]`` (sample plus condition), ``t [B]``, ``latent_noise [B, *latent_shape]``."""


class Restorer(nn.Module, PyTorchModelHubMixin, ABC):
    """A conditional diffusion network, built from its spec alone."""

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__()
        self.spec = spec

    @property
    @abstractmethod
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one image's latent noise."""

    @abstractmethod
    def condition(self, photograph: Tensor, scores: Tensor) -> Tensor:
        """``photograph [B, 3, S, S]`` in [-1, 1], ``scores [B, 4]`` in [0, 1] -> ``[B, D, h, w]``, once per image."""

    @abstractmethod
    def encode_decode(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Output:
        """One call with the latent's distribution: what training uses."""

    def forward(self, x_t: Tensor, t: Tensor, condition: Tensor, latent_noise: Tensor) -> Tensor:
        """``x_t [B, 3, S, S]``, ``t [B]``, condition, ``latent_noise [B, *latent_shape] -> [B, 3, S, S]``."""
        return self.encode_decode(x_t, t, condition, latent_noise).output
