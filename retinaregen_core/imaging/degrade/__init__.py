"""The degradation model: the field's standard one, re-implemented from its formulas, seeded, at 512 px only.

A type code ``abc`` says which of blur, spots and light act (Shen et al., "Modeling and Enhancing Low-Quality Retinal
Fundus Images", IEEE TMI 2021); ``cataract`` is Li et al., "An Annotation-free Restoration Network for Cataractous
Fundus Images", IEEE TMI 2022; ``clinic`` and ``focus`` are the project's own. Order within a code: light, spots,
blur, then the field-of-view mask.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.degrade.blur import blur
from retinaregen_core.imaging.degrade.cataract import cloud
from retinaregen_core.imaging.degrade.clinic import mishandle, unfocus
from retinaregen_core.imaging.degrade.light import disturb_light
from retinaregen_core.imaging.degrade.spots import add_spots
from retinaregen_core.specs import lookup

PATIENCE = 100
"""Draws in a row that change nothing are no accident."""
SIZE = 512
"""The only side, in pixels, for which the published constants hold."""

Degradation = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
"""``(image uint8 [512, 512, 3], mask bool [512, 512], rng) -> uint8 [512, 512, 3]``, black outside the mask."""


def _chain(
    stages: tuple[Degradation, ...], image: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    picture = image.astype(np.float32) / 255
    for stage in stages:
        picture = stage(picture, mask, rng)
    masked: np.ndarray = picture * mask[..., None] * 255
    return masked.astype(np.uint8)


def _cataract(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As published: that code reads pictures blue first, and its colour jitter takes blue for red."""
    clouded = cloud(np.ascontiguousarray(image[..., ::-1]), mask, rng)[..., ::-1]
    return clouded * mask[..., None].astype(np.uint8)


DEGRADATIONS: dict[str, Degradation] = {
    "001": partial(_chain, (disturb_light,)),
    "010": partial(_chain, (add_spots,)),
    "100": partial(_chain, (blur,)),
    "011": partial(_chain, (disturb_light, add_spots)),
    "101": partial(_chain, (disturb_light, blur)),
    "110": partial(_chain, (add_spots, blur)),
    "111": partial(_chain, (disturb_light, add_spots, blur)),
    "cataract": _cataract,
}
"""The published types, which the paired protocol takes."""
KINDS: dict[str, Degradation] = {**DEGRADATIONS, "clinic": mishandle, "focus": unfocus}
"""And what no publication has a formula for."""


def degrade(image: np.ndarray, mask: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """A degraded copy of a sharp photograph, different from it in at least one pixel.

    Args:
        image: uint8 ``[512, 512, 3]`` RGB, the sharp photograph.
        mask: bool ``[512, 512]``, its field of view; the result is black outside.
        kind: a key of :data:`KINDS`.
        seed: same seed, same picture.

    Raises:
        ImageError: the photograph is not 512 x 512, or so empty that nothing changes it.
        SpecError: unknown ``kind``.
    """
    if image.shape != (SIZE, SIZE, 3):
        raise ImageError(
            "The degradation constants hold for {size} x {size} px only, not {width} x {height}.",
            "Frame the photograph to 512 px first and resize the pair afterwards.",
            size=SIZE,
            width=image.shape[1],
            height=image.shape[0],
        )
    rng = np.random.default_rng(seed)
    degradation = lookup(KINDS, kind, "degradation")
    sharp = image * mask[..., None].astype(np.uint8)
    for _ in range(PATIENCE):
        degraded = degradation(sharp, mask, rng)
        if not np.array_equal(degraded, sharp):  # 2.5 % of blur kernels are 1 x 1, 3 % of clinics have no trouble
            return degraded
    raise ImageError("Nothing in this photograph could be degraded.", "Give one that shows an eye.")
