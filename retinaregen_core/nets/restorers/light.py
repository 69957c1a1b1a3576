"""The flagship's first half: uneven light, haze and colour are smooth, so they are undone at low resolution.

Most of the error of a hazy or badly lit photograph is smoother than a sixteenth of the picture. A small network looks
at 256 pixels and predicts a field of affine colour maps, which is enlarged and applied at the working size (the idea of
HDRnet, Gharbi et al. 2017, without its guide).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retinaregen_core.nets.unet import GatedUNet

SIDE = 256
"""Pixels per side that the network looks at."""
PATCH = 8
"""Pixels per side of one cell of the field."""
WIDTHS = (2, 3, 5)
"""Channels of its stages, in units of ``spec.width``."""
BLOCKS = (2, 2, 4)
AFFINE = 12
"""A 3 x 3 matrix, less the identity, and an offset."""
SMALLEST_VOLUME = 0.02
"""Of the maps that are inverted: light changes colours, it never folds one into another."""
IDLE, FULL = 5.0, 9.0
"""Grey levels that a correction moves the field of view, root mean square. Most sharp photographs are moved by less
than the first, and to no use; most damaged ones by more than the second. Between them the correction fades in."""
BLACK = -0.95
"""Of the brightest channel: what is darker lies outside the field of view, or shows nothing that could be corrected."""
BROAD = 17
"""Cells of :data:`PATCH` pixels: what varies more slowly is light, and no one but the light correction judges it."""
SYMMETRIES = tuple((quarters, mirrored) for quarters in range(4) for mirrored in (False, True))


class LightCorrection(nn.Module):
    """``photograph [B, 3, S, S]`` in [-1, 1] -> the field of affine maps ``[B, 12, 32, 32]``; untrained, all zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width * factor for factor in WIDTHS]
        self.embedding = nn.Parameter(torch.zeros(1, widths[0]))
        self.unet = GatedUNet(widths, BLOCKS, widths[0], AFFINE, PATCH)

    def forward(self, photograph: Tensor) -> Tensor:
        small = F.interpolate(photograph, (SIDE, SIDE), mode="area")
        if self.training and self.embedding.requires_grad:  # it learns; what is left out would teach it nothing
            return self._field(small)
        field = self._field(small) if self.training else self._symmetric(small)  # eight times as dear, hardly another
        return worthwhile(field, small)

    def _field(self, small: Tensor) -> Tensor:
        field: Tensor = self.unet(small, self.embedding.expand(len(small), -1))
        return field

    def _symmetric(self, small: Tensor) -> Tensor:
        """The mean over the square's eight symmetries: a turned or mirrored photograph has the same light."""
        turned = torch.cat([_turn(small, quarters, mirrored) for quarters, mirrored in SYMMETRIES])
        fields = self._field(turned).chunk(len(SYMMETRIES))
        back = [_turn_back(part, *symmetry) for part, symmetry in zip(fields, SYMMETRIES, strict=True)]
        return torch.stack(back).mean(dim=0)


def worthwhile(field: Tensor, photograph: Tensor) -> Tensor:
    """The correction, or none of it where it hardly moves ``photograph [B, 3, S, S]``: see :data:`IDLE`."""
    seen = (photograph.amax(dim=1, keepdim=True) > BLACK).float()
    moved = (relight(photograph, field) - photograph).square().mean(dim=1, keepdim=True) * seen
    levels = 127.5 * (moved.sum(dim=(1, 2, 3)) / seen.sum(dim=(1, 2, 3)).clamp(min=1)).sqrt()
    share = ((levels - IDLE) / (FULL - IDLE)).clamp(0, 1)
    return field * share[:, None, None, None]


def remaining(field: Tensor, share: Tensor) -> Tensor:
    """What of a light correction is left to do on the way back, ``[B, 12, h, w]``.

    ``x_t = (1 - s) L y + s y`` for a photograph ``y`` and its correction ``L``; this is the map from ``x_t`` to
    ``L y``. So light is judged once, from the photograph, and no later step guesses it anew.

    Args:
        field: ``L``, from :class:`LightCorrection`.
        share: ``s`` in [0, 1], ``[B, 1, 1, 1]``.
    """
    identity = torch.eye(3, device=field.device)
    matrix, offset = _parts(field.float())
    s = share.float()[..., None]
    mixed = (1 - s) * matrix + s * identity
    left = matrix @ _inverse(mixed)
    rest = offset - left @ ((1 - s) * offset)
    packed = torch.cat([(left - identity).flatten(3), rest[..., 0]], dim=-1)
    return packed.permute(0, 3, 1, 2)


def relight(image: Tensor, field: Tensor) -> Tensor:
    """``image [B, 3, S, S]`` under a field of affine maps ``[B, 12, h, w]``, enlarged without visible cells."""
    calm = F.avg_pool2d(F.pad(field.float(), (1, 1, 1, 1), mode="replicate"), 2, stride=1)
    smooth = F.interpolate(F.avg_pool2d(calm, 2, stride=1), image.shape[-2:], mode="bicubic")
    red, green, blue = (smooth[:, channel:9:3] * image[:, channel : channel + 1] for channel in range(3))
    return image + red + green + blue + smooth[:, 9:]


def without_light(picture: Tensor) -> Tensor:
    """``[B, C, S, S]`` at the working size less what is broader than :data:`BROAD` cells, float32."""
    cells = F.avg_pool2d(picture.float(), PATCH)
    for _ in range(2):
        cells = F.avg_pool2d(cells, BROAD, 1, BROAD // 2, count_include_pad=False)
    return picture.float() - F.interpolate(cells, picture.shape[-2:], mode="bilinear")


def _parts(field: Tensor) -> tuple[Tensor, Tensor]:
    """``[B, 12, h, w]`` -> matrices ``[B, h, w, 3, 3]`` with the identity added, offsets ``[B, h, w, 3, 1]``."""
    last = field.permute(0, 2, 3, 1)
    matrix = last[..., :9].reshape(*last.shape[:3], 3, 3) + torch.eye(3, device=field.device)
    return matrix, last[..., 9:, None]


def _inverse(matrix: Tensor) -> Tensor:
    """Of ``[..., 3, 3]``, by cofactors; what would fold colours is held at :data:`SMALLEST_VOLUME`."""
    a, b, c = matrix.unbind(dim=-2)
    bc = torch.linalg.cross(b, c)
    volume = (a * bc).sum(dim=-1)[..., None, None].clamp(min=SMALLEST_VOLUME)
    cofactors = torch.stack([bc, torch.linalg.cross(c, a), torch.linalg.cross(a, b)], dim=-1)
    inverse: Tensor = cofactors / volume
    return inverse


def _turn(x: Tensor, quarters: int, mirrored: bool) -> Tensor:
    turned = torch.rot90(x, quarters, dims=(2, 3))
    return turned.flip(3) if mirrored else turned


def _turn_back(x: Tensor, quarters: int, mirrored: bool) -> Tensor:
    return torch.rot90(x.flip(3) if mirrored else x, -quarters, dims=(2, 3))
