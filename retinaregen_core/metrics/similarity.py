"""How alike two pictures are: PSNR, SSIM and LPIPS, over the whole frame and inside the field of view (FOV).

torchmetrics computes; this file fixes the definitions that papers leave open: data range 255 (torchmetrics' old
default, the picture's own range, gives other numbers), Gaussian SSIM without its reflect-padded border, and one
common size. Against the upload the numbers say how much was *changed*; only against a reference do they say how good.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

from retinaregen_core.errors import FieldOfViewError, ImageError

COMPARED_SIDE = 768
"""Larger pictures are first reduced (area mean) to this many pixels on the long side: SSIM takes about 750 bytes per
pixel (measured), so 50 megapixels would need 37 GB. It lies above the size at which restorers work."""
SSIM_BORDER = 5
"""Half of SSIM's 11 x 11 window, in pixels: nearer to an edge the window sees what is not there."""
DATA_RANGE = 255.0
LPIPS_BACKBONE = "squeezenet1_1-b8a52dc0.pth"
"""torchvision's file name of the SqueezeNet that LPIPS v0.1 'squeeze' is defined on."""


@dataclass(frozen=True)
class Pair:
    """Two pictures of one size, and where the eye is; expensive parts are computed once."""

    a: np.ndarray
    b: np.ndarray
    """uint8 ``[H, W, 3]`` in [0, 255], like ``a``."""
    mask: np.ndarray
    """bool ``[H, W]``: the FOV."""

    @cached_property
    def inside(self) -> np.ndarray:
        """Where SSIM's window sees nothing but the FOV, bool ``[H - 10, W - 10]``: without ``SSIM_BORDER``."""
        return _seen_whole(self.mask)

    @cached_property
    def ssim_map(self) -> np.ndarray:
        """Local SSIM averaged over the channels, float ``[H, W]``; its outer ``SSIM_BORDER`` pixels mean nothing."""
        _, full = structural_similarity_index_measure(
            _to_tensor(self.a), _to_tensor(self.b), sigma=1.5, data_range=DATA_RANGE, return_full_image=True
        )
        return full[0].double().mean(dim=0).numpy()


def _to_tensor(picture: np.ndarray) -> Tensor:
    """uint8 ``[H, W, 3]`` -> float32 ``[1, 3, H, W]``, still in [0, 255]."""
    return torch.tensor(picture).permute(2, 0, 1)[None].float()


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    """10 log10(255^2 / MSE) over everything given; infinity for identical values."""
    return float(peak_signal_noise_ratio(torch.tensor(a).double(), torch.tensor(b).double(), data_range=DATA_RANGE))


def _seen_whole(mask: np.ndarray) -> np.ndarray:
    window = np.ones((2 * SSIM_BORDER + 1, 2 * SSIM_BORDER + 1), np.uint8)
    return _without_border(cv2.erode(mask.astype(np.uint8), window) > 0)


def _without_border(plane: np.ndarray) -> np.ndarray:
    return plane[SSIM_BORDER:-SSIM_BORDER, SSIM_BORDER:-SSIM_BORDER]


def perceptual_network(device: torch.device | str = "cpu") -> nn.Module | None:
    """LPIPS v0.1 'squeeze', ``[B, 3, H, W]`` twice, in [-1, 1], to ``[B, 1, 1, 1]``; its weights never change.

    One copy for each device, shared by all who ask: do not move it. ``None`` when the backbone is not on this disk:
    nothing here starts a download.
    """
    backbone = lpips_backbone()
    return _perceptual_network(backbone, str(device)) if backbone.is_file() else None


@lru_cache(maxsize=2)
def _perceptual_network(backbone: Path, device: str) -> nn.Module:
    """torchvision takes the backbone from exactly this file."""
    assert backbone.is_file(), backbone
    network = LearnedPerceptualImagePatchSimilarity(net_type="squeeze").net
    assert isinstance(network, nn.Module)
    return network.requires_grad_(False).to(device)


def lpips_backbone() -> Path:
    """Where torchvision's SqueezeNet is looked for, whether it is there or not; ``TORCH_HOME`` moves it."""
    return Path(torch.hub.get_dir(), "checkpoints", LPIPS_BACKBONE)


def _lpips(pair: Pair) -> float | None:
    network = perceptual_network()
    if network is None:
        return None
    a, b = (_to_tensor(picture * pair.mask[..., None]) / DATA_RANGE for picture in (pair.a, pair.b))
    return float(network(a, b, normalize=True))  # [0, 1] -> [-1, 1] happens inside


@dataclass(frozen=True)
class Measure:
    """One row of :data:`SIMILARITIES`."""

    compute: Callable[[Pair], float | None]
    higher_is_better: bool
    definition: str
    """One sentence for reports and table heads."""


SIMILARITIES: dict[str, Measure] = {
    "psnr": Measure(
        lambda pair: _psnr(pair.a, pair.b),
        True,
        "PSNR in dB, RGB, data range 255, whole frame; infinity when the pictures are identical.",
    ),
    "psnr_fov": Measure(
        lambda pair: _psnr(pair.a[pair.mask], pair.b[pair.mask]),
        True,
        "PSNR in dB, RGB, data range 255, inside the field of view; infinity when identical there.",
    ),
    "ssim": Measure(
        lambda pair: float(_without_border(pair.ssim_map).mean()),
        True,
        "SSIM of Wang et al. 2004, Gaussian window 11 x 11, sigma 1.5, RGB mean, whole frame without a 5 px border.",
    ),
    "ssim_fov": Measure(
        lambda pair: float(_without_border(pair.ssim_map)[pair.inside].mean()),
        True,
        "The same SSIM averaged inside the field of view shrunk by 5 px.",
    ),
    "lpips": Measure(
        _lpips,
        False,
        "LPIPS v0.1, net SqueezeNet 1.1, black outside the field of view; none when the net is not installed.",
    ),
}
"""Every similarity, by the name of its field in :class:`Similarity`."""


@dataclass(frozen=True)
class Similarity:
    """How alike two pictures are; definitions in :data:`SIMILARITIES`, size in :data:`COMPARED_SIDE`."""

    psnr: float
    """dB."""
    psnr_fov: float
    """dB."""
    ssim: float
    ssim_fov: float
    lpips: float | None


def compare(a: np.ndarray, b: np.ndarray, mask: np.ndarray, lpips: bool = True) -> Similarity:
    """All similarities of two pictures, which is symmetric in them.

    Args:
        a: uint8 ``[H, W, 3]`` in [0, 255].
        b: the same shape.
        mask: bool ``[H, W]``, the FOV.
        lpips: False leaves LPIPS out, which takes more time than all others.

    Raises:
        ImageError: the sizes differ.
        FieldOfViewError: the FOV is too small for SSIM's window.
    """
    if not a.shape == b.shape == (*mask.shape, 3):
        raise ImageError(
            "Pictures of {a} and {b} with a mask of {mask} cannot be compared.",
            "Compare pictures of one size.",
            a=a.shape,
            b=b.shape,
            mask=mask.shape,
        )
    chosen = [name for name in SIMILARITIES if lpips or name != "lpips"]
    return Similarity(**{"lpips": None, **compare_by(chosen, a, b, mask)})  # type: ignore[arg-type]


def compare_by(names: Iterable[str], a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> dict[str, float | None]:
    """Some rows of :data:`SIMILARITIES`, of pictures as in :func:`compare`: what is not asked for costs nothing.

    Raises:
        FieldOfViewError: the FOV is too small for SSIM's window.
    """
    pair = _at_compared_size(Pair(a, b, mask))
    _check_inside(pair.inside)
    return {name: SIMILARITIES[name].compute(pair) for name in names}


def check_comparable(mask: np.ndarray) -> None:
    """Tell beforehand what :func:`compare` would say of the FOV, bool ``[H, W]``.

    Raises:
        FieldOfViewError: it is too small for SSIM's window.
    """
    _check_inside(_seen_whole(_reduced_mask(mask)))


def _check_inside(inside: np.ndarray) -> None:
    if not inside.any():
        raise FieldOfViewError(
            "The bright area is too narrow to be a field of view.",
            "Check that this is a fundus photograph and that the flash fired.",
        )


def _at_compared_size(pair: Pair) -> Pair:
    """The pair with at most ``COMPARED_SIDE`` pixels on the long side; a pixel is inside when all of it was."""
    return Pair(_reduced(pair.a), _reduced(pair.b), _reduced_mask(pair.mask))


def _reduced_mask(mask: np.ndarray) -> np.ndarray:
    return np.asarray(_reduced(mask.astype(np.uint8) * 255) == 255)


def _reduced(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    share = COMPARED_SIDE / max(height, width)
    if share >= 1:
        return picture
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
