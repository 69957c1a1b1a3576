"""Both pictures side by side in one file that says, wherever it is shown, which of them the AI made."""

from collections.abc import Iterator

import numpy as np

from retinaregen_core import provenance
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.provenance import SHA_SHOWN, Origin
from retinaregen_core.records import Restoration
from retinaregen_core.report import sentences
from retinaregen_core.report.exports import exported
from retinaregen_core.report.pictures import captioned, of_eye, reduced, title_of_photograph, written
from retinaregen_core.verdict import CAUTIONS, cautions

SIDE = 2048
"""Long side in pixels of each picture, at most."""


def as_comparison(restoration: Restoration, eye: Laterality | None = None) -> bytes:
    """Original and restored picture as one RGB PNG, with what speaks against the restored one below them.

    It carries the same statement as :func:`retinaregen_core.report.as_png`, over its own pixels.
    """
    pairs = (
        (restoration.photograph, title_of_photograph(restoration, eye)),
        (exported(restoration), of_eye(sentences.RESTORED, eye)),
    )
    pictures = [captioned(reduced(picture, SIDE), title) for picture, title in pairs]
    above = np.concatenate(pictures, axis=1)
    whole = np.concatenate([above, written(_said(restoration), above.shape[1])])
    return provenance.png(whole, Origin.of(restoration.provenance, whole, visible_mark=True))


def _said(restoration: Restoration) -> Iterator[str]:
    made = restoration.provenance
    yield sentences.MARK.format(name=made.name, sha=made.sha256[:SHA_SHOWN], seed=made.seed, steps=made.steps)
    yield from (sentences.CAUTION.format(meaning=CAUTIONS[name].meaning) for name in cautions(restoration))
