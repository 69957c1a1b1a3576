"""One restoration with a reference and one without, for every layout."""

from dataclasses import replace

import numpy as np
import pytest

import calibrations
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Restoration, RetinaRegen


@pytest.fixture(scope="package")
def result(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    """The reference is a little brighter than the upload, so that every number is finite."""
    brighter = np.where(phantom.image > 20, np.minimum(phantom.image, 245) + 10, phantom.image).astype(np.uint8)
    restored = tiny_model.restore(phantom.image, seed=3, reference=brighter)
    return replace(restored, calibration=calibrations.drawn(restored.provenance.sha256))


@pytest.fixture(scope="package")
def several(result: Restoration) -> Restoration:
    """The same as if it were the mean of four samples that differ by half a grey level."""
    spread = np.where(result.mask(64), np.float32(0.5), np.float32(0))
    return replace(result, spread=spread, provenance=replace(result.provenance, samples=4))


@pytest.fixture(scope="package")
def alone(result: Restoration) -> Restoration:
    """The same without a reference, by weights about which nothing was learned."""
    return replace(result, metrics=replace(result.metrics, quality=None, input_quality=None), calibration=None)
