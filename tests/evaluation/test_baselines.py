"""The classical baselines do what they claim to do."""

import cv2
import numpy as np

from retinaregen_core.evaluation.baselines import clahe, vessel_contrast
from retinaregen_core.imaging import field_of_view
from retinaregen_core.imaging.phantom import Phantom


def test_clahe_raises_contrast_inside_and_leaves_the_outside(phantom: Phantom) -> None:
    dull = (phantom.image * 0.4).astype(np.uint8)
    equalised = clahe(dull, phantom.mask)
    assert np.array_equal(equalised[~phantom.mask], dull[~phantom.mask])
    assert equalised[phantom.mask].std() > dull[phantom.mask].std()


def contrast(image: np.ndarray) -> float:
    return vessel_contrast(image, field_of_view.find(image))


def test_vessel_contrast_falls_with_blur(phantom: Phantom) -> None:
    blurred = [cv2.GaussianBlur(phantom.image, (0, 0), sigma) for sigma in (3, 6)]
    sharp, soft, softer = (contrast(image) for image in (phantom.image, *blurred))
    assert sharp > soft > softer > 0


def test_vessel_contrast_does_not_depend_on_exposure(phantom: Phantom) -> None:
    dim = (phantom.image * 0.6).round().astype(np.uint8)
    assert abs(contrast(dim) / contrast(phantom.image) - 1) < 0.05
