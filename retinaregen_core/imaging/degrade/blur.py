"""Blur of a lens (the first digit of a type code, Shen et al. 2021) and of an eye that moves."""

import cv2
import numpy as np

from retinaregen_core.imaging.degrade.light import odd


def blur(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian blur of float32 ``[512, 512, 3]`` in [0, 1] with sigma U(5, 15) cut to a kernel of 1 to 7 px per axis.

    The cut makes it nearly a box of up to 7 px (effective deviation 0 to 2 px); a 1 x 1 kernel
    leaves the picture as it is, and such a pair is drawn again by ``degrade``.
    """
    sigma = rng.uniform(5, 15)
    ksize = [odd(k) for k in rng.integers(int(sigma / 3), int(sigma / 2), size=2, endpoint=True)]
    return cv2.GaussianBlur(image, (ksize[0], ksize[1]), sigma)


def motion_blur(image: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """Float32 ``[H, W, 3]`` smeared along a line of ``length`` px, if even one more, in a random direction.

    Only a line of odd length has a middle: another would move the picture by half a pixel against its reference.
    """
    side = odd(length)
    middle = side // 2
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1)
    line = np.zeros((side, side), np.float32)
    line[middle] = 1
    turned = cv2.warpAffine(line, turn, (side, side))
    return cv2.filter2D(image, -1, turned / max(turned.sum(), 1e-6))
