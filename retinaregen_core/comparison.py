"""A restored picture against its upload and, where there is one, its reference: similarity, vessels and spots."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from retinaregen_core.imaging import spots, vessels
from retinaregen_core.metrics.similarity import compare, compare_by
from retinaregen_core.metrics.spots import Spots, fading
from retinaregen_core.metrics.structure import Structure, Vessels, agreement
from retinaregen_core.records import Metrics
from retinaregen_core.uploads import Upload

SIDE = 512
"""Pixels of the framed square in which content is compared."""
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


def compare_content(restored: np.ndarray, upload: Upload) -> tuple[Structure, Spots]:
    """What of the upload's vessels and small bright spots the restored picture shows, and which vessels it adds.

    ``restored`` is uint8 ``[H, W, 3]``, of the upload's size.
    """
    crop, mask = upload.framing.crop, upload.framing.crop_mask(upload.field_of_view.mask, SIDE)
    pictures = crop(upload.image, SIDE), crop(restored, SIDE)
    return compare_vessels(*pictures, mask), compare_spots(*pictures, mask)


def compare_vessels(photograph: np.ndarray, restored: np.ndarray, mask: np.ndarray) -> Structure:
    """The vessels of pictures in the framed square: uint8 ``[512, 512, 3]`` both, ``mask`` bool ``[512, 512]``."""

    def found(picture: np.ndarray) -> Vessels:
        response = vessels.vesselness(picture, mask)
        return Vessels(vessels.segment(response), response)

    return agreement(found(photograph), found(restored))


def compare_spots(photograph: np.ndarray, restored: np.ndarray, mask: np.ndarray) -> Spots:
    """The small bright spots of the same."""
    before, after = spots.prominence(photograph, mask), spots.prominence(restored, mask)
    return fading(spots.find(before.relative), before, after)
