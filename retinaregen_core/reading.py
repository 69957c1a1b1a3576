"""What the networks say of framed photographs, as records."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from retinaregen_core.imaging import landmarks, pixels
from retinaregen_core.imaging.places import share
from retinaregen_core.imaging.symmetry import symmetry
from retinaregen_core.nets.reader import Reader
from retinaregen_core.records import Assessment, Evidence, Readability


@torch.no_grad()
def assess(reader: Reader, framed: Tensor, masks: Sequence[np.ndarray]) -> list[Assessment]:
    """One for each picture of a batch.

    Args:
        reader: the networks.
        framed: ``[B, 3, S, S]`` in [-1, 1], S being the classifier's image size.
        masks: bool ``[M, M]`` each, the field of view in the same square.
    """
    found, limits = reader.assess(framed), reader.classifier.spec.thresholds
    count = len(framed)
    far = [None] * count if found.unfamiliarity is None else found.unfamiliarity.tolist()
    shares = [None] * count if found.readable is None else map(share, found.readable.cpu().numpy(), masks)
    likely = [None] * count if found.where is None else found.where.cpu().numpy()
    alike = [symmetry(pixels.to_uint8(picture)) for picture in framed]
    rows = zip(found.probabilities.tolist(), far, shares, alike, likely, strict=True)
    return [
        Assessment(Readability(fundus, macula, disc, retina, limits, distance, read, symmetry=mirrored), there)
        for (fundus, macula, disc, retina), distance, read, mirrored, there in rows
    ]


@torch.no_grad()
def evidence(reader: Reader, framed: Tensor, picture: np.ndarray, mask: np.ndarray) -> Evidence:
    """What can be read, where each label looked, where disc and macula lie.

    Args:
        reader: the networks.
        framed: ``[1, 3, S, S]`` in [-1, 1], as the classifier sees the picture.
        picture: uint8 ``[M, M, 3]``, the same as the landmarks are looked for.
        mask: bool ``[M, M]``, its field of view.
    """
    found = reader.evidence(framed)
    (maps,) = found.maps.cpu().numpy()
    (likely,) = (None,) if found.where is None else found.where.cpu().numpy()
    (readable,) = (None,) if found.readable is None else found.readable.cpu().numpy()
    return Evidence(maps, landmarks.locate(picture, mask, likely), readable)
