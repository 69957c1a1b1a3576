"""The restored picture as a file of its own: PNG, or an image derived from the DICOM file it came from."""

from datetime import datetime

import numpy as np

from retinaregen_core import provenance
from retinaregen_core.derived_dicom import derive
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.imaging.visible_mark import burn
from retinaregen_core.provenance import Origin
from retinaregen_core.records import Restoration
from retinaregen_core.verdict import CAUTIONS, cautions


def as_png(restoration: Restoration, *, visible_mark: bool = True, time: datetime | None = None) -> bytes:
    """The restored picture as RGB PNG of the photograph's size; one restoration, the same bytes.

    Args:
        restoration: what to export.
        visible_mark: burn words into the corner that hides least of the retina. Without them every pixel outside the
            field of view is the upload's; the metadata say where the picture comes from either way.
        time: the moment to state in the metadata, none by default: it would make two identical restorations differ.
    """
    picture = exported(restoration, visible_mark)
    return provenance.png(picture, Origin.of(restoration.provenance, picture, visible_mark, time))


def as_dicom(
    restoration: Restoration,
    photograph: Photograph,
    source: bytes,
    *,
    keep_patient: bool = False,
    visible_mark: bool = True,
    time: datetime | None = None,
) -> bytes:
    """The restored picture as a derived DICOM image of ``source``, the file that ``photograph`` was decoded from.

    Its comments say what speaks against the result. See :func:`as_png` and
    :func:`retinaregen_core.derived_dicom.derive`.
    """
    picture = exported(restoration, visible_mark)
    origin = Origin.of(restoration.provenance, picture, visible_mark, time)
    warnings = [CAUTIONS[name].meaning for name in cautions(restoration)]
    return derive(source, photograph, picture, origin, keep_patient, warnings)


def exported(restoration: Restoration, visible_mark: bool = True) -> np.ndarray:
    """The restored pixels as they leave the house, uint8 ``[H, W, 3]``."""
    return burn(restoration.restored, restoration.field_of_view.mask) if visible_mark else restoration.restored
