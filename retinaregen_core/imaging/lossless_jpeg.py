"""Lossless JPEG of 8 bits as a pydicom plug-in: Pillow's libjpeg-turbo reads it, without a further package.

pydicom asks a plug-in's module for ``is_available`` and ``DECODER_DEPENDENCIES``.
"""

import io

from PIL import Image, features
from pydicom import uid
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

DECODER_DEPENDENCIES = dict.fromkeys((uid.JPEGLossless, uid.JPEGLosslessSV1), ("pillow>=12.1",))


def is_available(syntax: str) -> bool:
    """Whether Pillow was built with libjpeg-turbo, which reads lossless JPEG since version 3."""
    return syntax in DECODER_DEPENDENCIES and bool(features.check_feature("libjpeg_turbo"))


def decode_frame(stream: bytes, runner: DecodeRunner) -> bytes:
    """One frame's samples, pixel by pixel. Lossless JPEG stores colours as they are: nothing is converted."""
    with Image.open(io.BytesIO(stream), formats=("JPEG",)) as picture:
        return picture.tobytes()


def install() -> None:
    """Tell pydicom of it."""
    for syntax in DECODER_DEPENDENCIES:
        get_decoder(syntax).add_plugin("libjpeg-turbo", (__name__, decode_frame.__name__))
