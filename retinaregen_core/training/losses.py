"""Training losses; each says what the paper asks and what we read into it."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from retinaregen_core.errors import WeightsError
from retinaregen_core.metrics.similarity import lpips_backbone, perceptual_network
from retinaregen_core.nets.restorers.light import without_light

DETAIL = 9
"""Pixels per side, an odd number."""
DETAIL_WEIGHT = 3.0
"""Errors of detail are several times smaller than those of light."""
LPIPS_WEIGHT = 2.0
"""An LPIPS of 0.01 costs as much as 0.2 dB."""
NEGLIGIBLE = 5e-5
"""Mean squared error in [-1, 1] units: 49 dB."""


def kl_divergence(mu: Tensor, log_variance: Tensor) -> Tensor:
    """``1/2 sum_j (sigma_j^2 + mu_j^2 - 1 - log sigma_j^2)``, mean over the batch (paper section 2.5). Scalar."""
    per_image = 0.5 * (log_variance.exp() + mu.square() - 1 - log_variance).flatten(1).sum(dim=1)
    return per_image.mean()


def denoising_mse(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error between prediction and target (paper section 2.4)."""
    return F.mse_loss(output, target)


def pixelwise_bce(output: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of pictures in [-1, 1], summed over pixels, mean over the batch (paper section 2.5).

    The paper prints the sum without its minus sign; this is the usual negative. Written out, because PyTorch refuses
    its own function of probabilities under autocast on a GPU.
    """
    predicted, true = (((picture.float() + 1) / 2).clamp(1e-6, 1 - 1e-6) for picture in (output, target))
    return -(true * predicted.log() + (1 - true) * (1 - predicted).log()).sum() / len(output)


def charbonnier(output: Tensor, target: Tensor) -> Tensor:
    """Smooth absolute error, ``sqrt(d^2 + 1e-6)``: sharper than squares, kinder than a plain absolute value."""
    return ((output - target).square() + 1e-6).sqrt().mean()


def charbonnier_with_detail(output: Tensor, target: Tensor) -> Tensor:
    """:func:`charbonnier`, and :data:`DETAIL_WEIGHT` times that of detail alone: contrast that a veil took is dear.

    No logarithm: it pays best for what is met exactly, and where damage follows no formula and can only be guessed,
    that is the photograph as it was. It would teach to change nothing.
    """
    return charbonnier(output, target) + DETAIL_WEIGHT * charbonnier(detail(output), detail(target))


def log_mse(output: Tensor, target: Tensor) -> Tensor:
    """``log10`` of each picture's mean squared error, mean over the batch: a decibel is worth the same everywhere.

    Pictures that need little help weigh as much as ruined ones (the loss of NAFNet, Chen et al. 2022). Far below
    :data:`NEGLIGIBLE` nothing is left to win, or pictures that need no help would drown all others.
    """
    return torch.log10((output - target).square().flatten(1).mean(dim=1) + NEGLIGIBLE).mean()


def log_mse_with_detail(output: Tensor, target: Tensor) -> Tensor:
    """Half of :func:`log_mse` without light and half of that of detail, what is finer than :data:`DETAIL` pixels.

    An error of light is a hundred times as large as one of detail and would leave it nothing to say; and what learns
    by this loss cannot mend it.
    """
    rest = log_mse(without_light(output), without_light(target))
    return (rest + log_mse(detail(output), detail(target))) / 2


def detail(picture: Tensor) -> Tensor:
    """``[B, 3, S, S]`` less its mean over squares of :data:`DETAIL` pixels."""
    rows = F.avg_pool2d(picture, (DETAIL, 1), 1, (DETAIL // 2, 0), count_include_pad=False)
    return picture - F.avg_pool2d(rows, (1, DETAIL), 1, (0, DETAIL // 2), count_include_pad=False)


def log_mse_with_lpips(output: Tensor, target: Tensor) -> Tensor:
    """:func:`log_mse_with_detail` and a light LPIPS term, for the last part of a training (Zhang et al. 2018).

    Raises:
        WeightsError: the backbone of LPIPS is not on this disk.
    """
    network = perceptual_network(output.device)
    if network is None:
        raise WeightsError(
            f"This loss needs the backbone of LPIPS, {lpips_backbone()}, which is not there.",
            "Name the folder that holds it with TORCH_HOME, or choose another recipe.",
        )
    with torch.autocast(output.device.type, enabled=False):
        unlike: Tensor = network(output.float(), target.float()).mean()
    return log_mse_with_detail(output, target) + LPIPS_WEIGHT * unlike


RECONSTRUCTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": denoising_mse,
    "bce": pixelwise_bce,
    "charbonnier": charbonnier,
    "charbonnier_with_detail": charbonnier_with_detail,
    "log_mse": log_mse,
    "log_mse_with_detail": log_mse_with_detail,
    "log_mse_with_lpips": log_mse_with_lpips,
}


def masked_bce(logits: Tensor, labels: Tensor, class_weights: Tensor | None = None) -> Tensor:
    """Weighted binary cross-entropy over the labels that are known (paper section 2.2).

    Args:
        logits: ``[B, ...]``.
        labels: ``[B, ...]`` in [0, 1]; NaN where unknown, which then costs nothing.
        class_weights: ``[2, ...]``: weight of unreadable (row 0) and readable (row 1) per label; 1 when ``None``.
    """
    known = ~labels.isnan()
    target = torch.where(known, labels, 0.0)
    weight = 1.0 if class_weights is None else torch.lerp(class_weights[0], class_weights[1], target)
    losses = F.binary_cross_entropy_with_logits(logits.float(), target, reduction="none")
    return (losses * weight * known).sum() / known.sum().clamp(min=1)
