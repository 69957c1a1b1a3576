"""Bytes to [-1, 1] and back."""

import numpy as np
import torch
from torchvision.transforms.functional import normalize

from retinaregen_core.imaging.pixels import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    bytes_to_signed,
    imagenet_normalise,
    to_signed,
    to_uint8,
)

LEVELS = np.arange(256 * 3, dtype=np.uint32).astype(np.uint8).reshape(16, 16, 3)
"""Every level in every channel."""


def test_every_level_survives_the_round_trip() -> None:
    assert np.array_equal(to_uint8(to_signed(LEVELS)), LEVELS)


def test_signed_has_the_declared_range_and_layout() -> None:
    signed = to_signed(LEVELS)
    assert signed.dtype == torch.float32
    assert signed.shape == (3, 16, 16)
    assert (signed.min(), signed.max()) == (-1, 1)
    assert signed[1, 2, 3] == np.float32(LEVELS[2, 3, 1]) / np.float32(127.5) - 1


def test_a_batch_is_converted_as_its_pictures_are() -> None:
    batch = torch.tensor(np.stack([LEVELS, 255 - LEVELS])).permute(0, 3, 1, 2)
    assert torch.equal(bytes_to_signed(batch), torch.stack([to_signed(LEVELS), to_signed(255 - LEVELS)]))


def test_a_read_only_and_a_mirrored_picture_are_taken() -> None:
    frozen = LEVELS[:, ::-1]
    frozen.setflags(write=False)
    assert np.array_equal(to_uint8(to_signed(frozen)), LEVELS[:, ::-1])


def test_values_beyond_the_range_are_clamped_and_others_rounded() -> None:
    picture = (
        torch.tensor([-7.0, -1, -1 + 0.49 / 127.5, -1 + 0.51 / 127.5, 0.999, 1, 7]).view(1, 1, -1).expand(3, 1, -1)
    )
    assert to_uint8(picture)[0, :, 0].tolist() == [0, 0, 0, 1, 255, 255, 255]


def test_half_precision_and_gradients_are_accepted() -> None:
    picture = to_signed(LEVELS).requires_grad_()
    assert np.array_equal(to_uint8(picture), LEVELS)
    assert np.abs(to_uint8(picture.half()).astype(int) - LEVELS).max() <= 1


def test_imagenet_normalisation_is_torchvisions() -> None:
    signed = to_signed(LEVELS)[None]
    expected = normalize((signed + 1) / 2, list(IMAGENET_MEAN), list(IMAGENET_STD))
    torch.testing.assert_close(imagenet_normalise(signed), expected)
