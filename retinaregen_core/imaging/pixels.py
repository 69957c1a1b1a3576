"""The one place where pixel ranges are converted: bytes in pictures, [-1, 1] in networks."""

import numpy as np
import torch
from torch import Tensor

BALANCED_MEAN, LARGEST_GAIN = 0.4, 3.0
SEEN_ABOVE = 0.06
"""Brightest channel of a pixel, in [0, 1], from which on it counts as inside the field of view."""


def to_signed(image: np.ndarray) -> Tensor:
    """uint8 ``[H, W, 3]`` -> float32 ``[3, H, W]`` in [-1, 1]."""
    assert image.dtype == np.uint8 and image.ndim == 3, (image.dtype, image.shape)
    return bytes_to_signed(torch.tensor(np.ascontiguousarray(image)).permute(2, 0, 1))


def bytes_to_signed(images: Tensor) -> Tensor:
    """uint8 ``[B, 3, H, W]`` -> float32 of the same shape in [-1, 1]: :func:`to_signed` for batches of tensors."""
    return images.to(torch.float32) / 127.5 - 1


def to_uint8(picture: Tensor) -> np.ndarray:
    """Float ``[3, H, W]`` -> uint8 ``[H, W, 3]``; clamped to [-1, 1] and rounded, so it undoes :func:`to_signed`."""
    assert picture.is_floating_point() and picture.ndim == 3, (picture.dtype, picture.shape)
    levels = ((picture.detach().float().clamp(-1, 1) + 1) * 127.5).round()
    return np.ascontiguousarray(levels.to(torch.uint8).permute(1, 2, 0).cpu().numpy())


def balance_channels(signed: Tensor) -> Tensor:
    """``[B, 3, S, S]`` in [-1, 1] -> the same shape, at least -1: each channel's mean made :data:`BALANCED_MEAN`.

    Cameras and publishers differ in colour and exposure, eyes do not. A gain keeps the contrast relative to the mean,
    so haze stays haze; it ends at :data:`LARGEST_GAIN`, so a picture that is nearly black stays dark.
    """
    light = (signed + 1) / 2
    seen = (light.amax(dim=1, keepdim=True) > SEEN_ABOVE).to(light)
    means = (light * seen).sum(dim=(2, 3), keepdim=True) / seen.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    gain = (BALANCED_MEAN / means.clamp(min=1e-3)).clamp(1 / LARGEST_GAIN, LARGEST_GAIN)
    return light * gain * 2 - 1
