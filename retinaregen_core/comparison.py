"""A restored picture against its upload and, where there is one, its reference: similarity and vessels."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from retinaregen_core.imaging import vessels
from retinaregen_core.metrics.similarity import compare, compare_by
from retinaregen_core.metrics.structure import Structure, Vessels, agreement
from retinaregen_core.records import Metrics
from retinaregen_core.uploads import Upload

FOLLOWED = ("psnr_fov", "ssim_fov")
"""Rows of ``SIMILARITIES`` that are measured on every step: the ones that no frame around the eye dilutes."""

Followed = Mapping[str, float | None]


def measure(restored: np.ndarray, upload: Upload, lpips: bool = True) -> Metrics:
    """Change always; quality only when there is a reference; ``restored`` is uint8 ``[H, W, 3]``, as the upload."""
    compared = partial(compare, mask=upload.field_of_view.mask, lpips=lpips)
    change = compared(restored, upload.image)
    if upload.reference is None:
        return Metrics(change, None, None)
    return Metrics(change, compared(restored, upload.reference), compared(upload.image, upload.reference))


def compare_step(picture: np.ndarray, upload: Upload) -> tuple[Followed, Followed | None]:
    """The rows of :data:`FOLLOWED` for uint8 ``[H, W, 3]``: change, and quality when there is a reference."""
    compared = partial(compare_by, FOLLOWED, picture, mask=upload.field_of_view.mask)
    return compared(upload.image), None if upload.reference is None else compared(upload.reference)


def compare_vessels(restored: np.ndarray, upload: Upload) -> Structure:
    """Which vessels of the upload are left in the restored picture, and which of its own the upload has a trace of.

    ``restored`` is uint8 ``[H, W, 3]``, of the upload's size.
    """
    crop, mask = upload.framing.crop, upload.framing.crop_mask(upload.field_of_view.mask, vessels.SIDE)
    return compare_framed_vessels(crop(upload.image, vessels.SIDE), crop(restored, vessels.SIDE), mask)


def compare_framed_vessels(photograph: np.ndarray, restored: np.ndarray, mask: np.ndarray) -> Structure:
    """The same of pictures in the framed square: uint8 ``[512, 512, 3]`` both, ``mask`` bool ``[512, 512]``."""

    def found(picture: np.ndarray) -> Vessels:
        response = vessels.vesselness(picture, mask)
        return Vessels(vessels.segment(response), response)

    return agreement(found(photograph), found(restored))
