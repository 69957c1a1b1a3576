"""Augmentation of sharp photographs: turned, mirrored, and seen by another camera."""

import cv2
import numpy as np

from retinaregen_core.imaging.local_mean import local_mean

RED, GREEN_TO_RED, BLUE_TO_GREEN = (90.0, 225.0), (0.36, 0.74), (0.12, 0.78)
"""Mean of red inside the field of view, and the ratios of the means, over the cameras of public data sets."""
GAMMAS = (0.6, 1.6)
EVENNESS = (-0.3, 1.0)
"""How much of the uneven light a camera takes back; below 0 it adds to it."""
SMALL, BROAD, DARKEST = 64, 0.1, 4.0
"""Pixels per side at which light is looked at, its reach as a share of the side, and the least grey level of it."""


def turn(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """The same random quarter turn and mirror image for every ``[H, W, ...]`` array of the list."""
    quarters, mirrored = int(rng.integers(4)), bool(rng.integers(2))
    turned = [np.rot90(picture, quarters) for picture in pictures]
    return [np.ascontiguousarray(np.fliplr(picture) if mirrored else picture) for picture in turned]


def mirror(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """All ``[H, W, ...]`` arrays of the list mirrored left to right, or none of them: the other eye."""
    return [np.ascontiguousarray(np.fliplr(picture)) for picture in pictures] if rng.random() < 0.5 else pictures


def other_camera(image: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """uint8 ``[H, W, 3]`` with a gamma and a gain drawn for each channel: cameras differ in colour, eyes do not.

    Args:
        strength: 1 gives gamma within a factor of 1.25 and gain within 15 %; 0 changes nothing.
    """
    gamma = np.exp(strength * rng.uniform(-0.22, 0.22, size=3))
    gain = 1 + strength * rng.uniform(-0.15, 0.15, size=3)
    levels = np.linspace(0, 1, 256)[:, None]
    table = (np.clip(gain * levels**gamma, 0, 1) * 255).round().astype(np.uint8)
    return np.stack([table[image[..., channel], channel] for channel in range(3)], axis=-1)


def recolour(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[H, W, 3]`` in the colours of some camera, drawn evenly from those that research sets show.

    A gain, which may saturate a channel as a bright flash does, and a gamma within :data:`GAMMAS` share the way of each
    channel's mean inside ``mask`` (bool ``[H, W]``) to where the camera has it. What is black stays so.
    """
    red = rng.uniform(*RED)
    green = red * rng.uniform(*GREEN_TO_RED)
    wanted = np.array([red, green, green * rng.uniform(*BLUE_TO_GREEN)]) / 255
    means = np.clip(image[mask].mean(axis=0) / 255, 0.01, 0.97)
    gain = (wanted / means) ** rng.uniform(0, 1)
    gamma = np.clip(np.log(wanted) / np.log(np.clip(means * gain, 0.01, 0.97)), *GAMMAS)
    levels = np.clip(gain * np.linspace(0, 1, 256)[:, None], 0, 1)
    table = (levels**gamma * 255).round().astype(np.uint8)
    return np.stack([table[image[..., channel], channel] for channel in range(3)], axis=-1)


def even_out(image: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[S, S, 3]`` lit more or less evenly, in each channel by itself, as one camera does beside another.

    Args:
        image: framed.
        mask: bool ``[S, S]``, the field of view.
    """
    size = (SMALL, SMALL)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    inside = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    light = np.maximum(local_mean(small, inside, SMALL * BROAD), DARKEST)
    ratio = np.clip((small[inside].mean(axis=0) / light) ** rng.uniform(*EVENNESS), 0.4, 2.5)
    wide = cv2.resize(ratio, image.shape[:2], interpolation=cv2.INTER_CUBIC)
    evened: np.ndarray = np.clip(image * wide, 0, 255).astype(np.uint8)
    return evened


def reframe(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 ``[S, S, 3]`` turned, moved and scaled a little: no field of view is found to the pixel."""
    side = image.shape[0]
    move = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-12, 12), rng.uniform(0.9, 1.1))
    move[:, 2] += rng.uniform(-0.02, 0.02, size=2) * side
    return cv2.warpAffine(image, move, (side, side), flags=cv2.INTER_LINEAR)


def paper_augmentation(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random brightness and contrast within 20 %, uint8 ``[H, W, 3]`` (paper section 2.2; :func:`turn` flips)."""
    brightness, contrast = rng.uniform(0.8, 1.2, size=2)
    mean = image.mean()
    adjusted: np.ndarray = np.clip((image - mean) * contrast + mean * brightness, 0, 255)
    return adjusted.astype(np.uint8)


def grey(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A greyscale or red-free version, uint8 ``[H, W, 3]``: still a fundus photograph."""
    channel = image[..., 1] if rng.random() < 0.5 else image.mean(axis=-1).astype(np.uint8)
    return np.repeat(channel[..., None], 3, axis=-1)
