"""The one place where pixel ranges are converted: bytes in pictures, [-1, 1] in networks."""

import numpy as np
import torch
from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Statistics of pictures in [0, 1] that torchvision's pretrained trunks were trained with."""


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


def imagenet_normalise(signed: Tensor) -> Tensor:
    """``[B, 3, S, S]`` in [-1, 1] -> the same shape with ImageNet's mean and deviation removed."""
    mean = signed.new_tensor(IMAGENET_MEAN).view(3, 1, 1)
    std = signed.new_tensor(IMAGENET_STD).view(3, 1, 1)
    return ((signed + 1) / 2 - mean) / std
