"""The local mean knows nothing of what lies outside the eye."""

import numpy as np
import pytest

from retinaregen_core.imaging.local_mean import local_mean


@pytest.mark.parametrize("shape", [(64, 64), (64, 64, 3)])
def test_the_frame_around_the_eye_does_not_darken_its_rim(shape: tuple[int, ...]) -> None:
    rows, columns = np.mgrid[:64, :64]
    mask = np.hypot(rows - 32, columns - 32) < 24
    values = np.full(shape, 0.5, np.float32)
    values[~mask] = 90
    mean = local_mean(values, mask, 5.0)
    assert mean.shape == shape and mean.dtype == np.float32
    assert mean[mask] == pytest.approx(0.5)
    assert local_mean(values, mask, 1.0)[0, 0].max() == 0  # nothing of the eye is near
