"""How near a picture comes to the sharp photograph of the same eye."""

from typing import NamedTuple

import numpy as np

from retinaregen_core.evaluation.pairs import Pair
from retinaregen_core.imaging import vessels
from retinaregen_core.imaging.framing import Framing
from retinaregen_core.metrics.similarity import Similarity, compare
from retinaregen_core.metrics.structure import dice


class Judged(NamedTuple):
    """What concerns the field of view concerns that of the sharp photograph."""

    similarity: Similarity
    vessel_dice: float | None
    """Of the vessels found in both; ``None`` where neither shows any."""


class Judge:
    """Holds any picture of an eye to its sharp photograph, whose vessels are found once."""

    def __init__(self, pair: Pair, lpips: bool) -> None:
        self._reference, self._mask, self._lpips = pair.reference, pair.mask, lpips
        side = len(pair.mask)
        self._whole = Framing(side, side, 0, 0, side)
        self._inside = self._whole.crop_mask(pair.mask, vessels.SIDE)
        self._vessels = self._vessels_of(pair.reference)

    def __call__(self, picture: np.ndarray) -> Judged:
        """Judge uint8 ``[S, S, 3]``, of the size of the sharp photograph.

        Raises:
            FieldOfViewError: the field of view is too small for SSIM's window.
        """
        similarity = compare(picture, self._reference, self._mask, self._lpips)
        return Judged(similarity, dice(self._vessels_of(picture), self._vessels))

    def _vessels_of(self, picture: np.ndarray) -> np.ndarray:
        return vessels.find(self._whole.crop(picture, vessels.SIDE), self._inside)
