"""What a lossy file makes of a picture."""

import cv2
import numpy as np


def as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """uint8 RGB ``[H, W, 3]`` coded as JPEG at ``quality`` (0 to 100) and decoded again."""
    _, coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])  # OpenCV's order is BGR
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None  # OpenCV reads what it has just written
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def through_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """:func:`as_jpeg` for float32 ``[H, W, 3]`` in [0, 1], which is clipped first."""
    return as_jpeg((np.clip(image, 0, 1) * 255).astype(np.uint8), quality).astype(np.float32) / 255
