"""From whatever a user hands over to uint8 ``[H, W, 3]`` RGB; from here on nobody touches a file."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from retinaregen_core.errors import ImageError, lacks_memory
from retinaregen_core.imaging import deep, dicom
from retinaregen_core.imaging.photograph import Photograph, check_frame
from retinaregen_core.imaging.samples import MAX_PIXELS, check_size

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # check_size is stricter, and refuses

Source = str | Path | bytes | bytearray | memoryview | Image.Image | np.ndarray

FORMATS = ("JPEG", "PNG", "TIFF", "BMP")
"""What Pillow may open; its JPEG reader also takes the two-picture files (MPO) of some phones."""
ACCEPTED = "Give a JPEG, PNG, TIFF, BMP or DICOM photograph."
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, EOFError, OverflowError, struct.error, cv2.error)
"""What Pillow and OpenCV raise over broken pictures."""
ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Its values -> what makes the picture upright. (Pillow's own function also writes all EXIF anew, and falls over odd
tags that nobody needs here.)"""


def read(source: Source) -> np.ndarray:
    """The pixels of :func:`photograph`, uint8 ``[H, W, 3]`` RGB; of several frames the first."""
    return photograph(source).image


def photograph(source: Source, frame: int = 1) -> Photograph:
    """Decode a photograph: orientation applied, alpha on black, 16 bit scaled to 8, grey as three equal channels.

    Args:
        source: a path, a file's bytes, a Pillow image, or a uint8 array ``[H, W]`` or ``[H, W, 3]``. Content decides
            what a file is, not its name.
        frame: which frame of a multi-frame DICOM file, counted from 1. Other formats count as one frame, the first.

    Raises:
        ImageError: the file is missing, empty, cut short, no picture, too large or too small; the sentence says which.
    """
    data = b""
    if isinstance(source, str | Path):
        data = bytes_of(Path(source))
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    if dicom.recognises(data):
        return dicom.read(data, frame)
    check_frame(frame, 1)
    if isinstance(source, np.ndarray):
        return Photograph(_checked(_from_array(source)))
    if isinstance(source, Image.Image):
        return Photograph(_checked(_from_image(source)))
    if not isinstance(source, str | Path | bytes | bytearray | memoryview):
        raise ImageError(
            "{kind} is no photograph.",
            "Give a path, a file's bytes, a Pillow image or an array.",
            kind=type(source).__name__,
        )
    if not data:
        raise ImageError("The file is empty.", "Export or copy the photograph again.")
    return Photograph(_checked(_from_bytes(data)))


def bytes_of(path: Path) -> bytes:
    """A file's content, or an :class:`ImageError` that says why it cannot be had."""
    try:
        if path.is_dir():
            what = "This is a folder, not a photograph."
            raise ImageError(what, "Name the files in it, or use the command for folders.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageError("There is no such file.", "Check the path and its spelling.") from None
    except ValueError:
        raise ImageError("There is no such file.", "Check the path and its spelling.") from None
    except OSError as error:
        what = "The file cannot be opened ({reason})."
        raise ImageError(what, "Check that you may read it.", reason=error.strerror) from error


def _from_bytes(data: bytes) -> np.ndarray:
    with _damage_told(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        return _from_pillow(picture, data)


def _from_image(picture: Image.Image) -> np.ndarray:
    with _damage_told():
        return _from_pillow(picture, b"")


@contextmanager
def _damage_told() -> Iterator[None]:
    """What Pillow and OpenCV raise over a picture becomes one sentence; a lack of memory is not its doing."""
    try:
        yield
    except Image.DecompressionBombError:
        raise _too_large() from None
    except UnidentifiedImageError:
        raise ImageError("This file is not a photograph that can be read.", ACCEPTED) from None
    except DAMAGED as error:
        if lacks_memory(error):
            raise
        raise _damaged() from error


def _from_pillow(picture: Image.Image, data: bytes) -> np.ndarray:
    """``data`` is the file behind the picture; empty where it comes from memory."""
    check_size(picture.width, picture.height)
    picture.load()  # also finds damage that OpenCV would pass over in silence
    orientation = picture.getexif().get(ORIENTATION, 1)  # gone from a TIFF, which Pillow has turned while loading
    upright = _on_black(deep.eight_bit(picture, data))
    return np.asarray(upright.transpose(TURNS[orientation]) if orientation in TURNS else upright)


def _on_black(picture: Image.Image) -> Image.Image:
    """RGB; whatever is transparent becomes black, as the frame around a fundus is."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, rgba).convert("RGB")
    return picture.convert("RGB")


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        raise ImageError(
            "An array of {dtype} {shape} is not a photograph.",
            "Give uint8 values of shape [height, width, 3] or [height, width].",
            dtype=array.dtype,
            shape=list(array.shape),
        )
    check_size(array.shape[1], array.shape[0])
    return np.stack([array] * 3, axis=-1) if array.ndim == 2 else array


def _damaged() -> ImageError:
    return ImageError(
        "The photograph is damaged or cut short.", "Export or copy it again from the camera or the archive."
    )


def _too_large() -> ImageError:
    return ImageError(
        "The photograph has too many pixels; at most {most} megapixels can be read.",
        "Export it smaller.",
        most=MAX_PIXELS // 10**6,
    )


def _checked(image: np.ndarray) -> np.ndarray:
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, (image.dtype, image.shape)
    return np.ascontiguousarray(image)
