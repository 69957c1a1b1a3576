"""Bytes to [-1, 1] and back."""

import numpy as np
import torch

from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.pixels import (
    BALANCED_MEAN,
    LARGEST_GAIN,
    balance_channels,
    bytes_to_signed,
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


def test_a_cameras_colour_cast_is_balanced_away(phantom: Phantom) -> None:
    signed = to_signed(phantom.image)[None]
    cast = (signed + 1) * torch.tensor([0.9, 0.7, 1.0]).view(3, 1, 1) - 1
    assert (balance_channels(cast) - balance_channels(signed)).abs().mean() < 0.01


def test_balanced_channels_share_their_mean_inside_the_field_of_view(phantom: Phantom) -> None:
    light = (balance_channels(to_signed(phantom.image)[None]) + 1) / 2
    red, green, _ = light[0].flatten(1).T[torch.from_numpy(phantom.mask.ravel())].mean(dim=0)
    torch.testing.assert_close(torch.stack([red, green]), torch.full((2,), BALANCED_MEAN), atol=0.02, rtol=0)


def test_a_nearly_black_picture_stays_dark() -> None:
    dark = torch.full((1, 3, 8, 8), 2 * 0.02 - 1)
    torch.testing.assert_close(balance_channels(dark), (dark + 1) * LARGEST_GAIN - 1)
