"""Whether a file is a restored picture of ours, how it was made, and whether its pixels still are what was exported."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from retinaregen_core import derived_dicom
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode, dicom
from retinaregen_core.provenance import SOFTWARE, Origin, hash_of


@dataclass(frozen=True)
class Verification:
    """What a file says of its origin, and whether its pixels agree."""

    origin: Origin | None
    """``None``: it carries no statement of this software."""
    unchanged: bool
    """The pixels are those that were exported; False without a statement."""


def verify(data: bytes) -> Verification:
    """Read the statement in a file's bytes, and compare its hash with the pixels.

    Raises:
        ImageError: the file is no picture, or damaged.
    """
    picture = decode.read(data)
    text = derived_dicom.statement(data) if dicom.recognises(data) else _png_statement(data)
    origin = Origin.parse(text) if text else None
    return Verification(origin, origin is not None and origin.pixels == hash_of(picture))


def _png_statement(data: bytes) -> str | None:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            picture.load()  # text may follow the pixels
            found = picture.info.get(SOFTWARE)
    except UnidentifiedImageError:
        return None
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError("The picture's metadata are damaged.", "Export it again.") from error
    return found if isinstance(found, str) else None
