"""Ophthalmic photographs in DICOM files. Patient fields are not even parsed: only the elements in ``TAGS`` are read."""

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from pydicom import Dataset, dcmread, dcmwrite, uid
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut

from retinaregen_core.errors import ImageError, lacks_memory
from retinaregen_core.imaging import lossless_jpeg
from retinaregen_core.imaging.photograph import Laterality, Photograph, check_frame
from retinaregen_core.imaging.samples import check_size, to_eight_bit

lossless_jpeg.install()
logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its warnings quote what stands in a file
warnings.filterwarnings("ignore", module="pydicom")  # for good: to catch them around a call is not safe on threads

PREAMBLE = 128
BARE = re.compile(rb"[\x02\x08]\x00[\x00-\x20]\x00(?:[A-Z]{2}|..\x00\x00)", re.DOTALL)
"""A data set without preamble begins with an element of group 0002 or 0008, as no other picture format does."""
TAGS = [
    "SOPClassUID",
    "ImageLaterality",
    "Laterality",
    "NumberOfFrames",
    "BurnedInAnnotation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    *(
        f"{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "PixelData",
]
PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")
"""Tag (7FE0,0010) in both byte orders."""
COLOURS = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3}
JPEG_2000_COLOURS = {"YBR_ICT": 3, "YBR_RCT": 3}
"""Photometric interpretation -> samples per pixel (PS3.3 C.7.6.3.1.2)."""
JPEG_2000 = {
    uid.JPEG2000Lossless,
    uid.JPEG2000,
    uid.HTJ2KLossless,
    uid.HTJ2KLosslessRPCL,
    uid.HTJ2K,
}
JPEG_OF_8_BITS = {uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1}
"""What libjpeg-turbo decodes; Extended and Lossless may hold more bits, which it is not built for here."""
JPEG = JPEG_OF_8_BITS | {uid.JPEGLSLossless, uid.JPEGLSNearLossless}
SYNTAXES = {
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.RLELossless,
    *JPEG,
    *JPEG_2000,
}
"""What is decoded. A deflated data set is not: it could inflate a thousandfold before a size can be checked."""
LATERALITY: dict[str, Laterality] = {"R": "OD", "L": "OS"}
START_OF_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf\xf7]", re.DOTALL)


def recognises(data: bytes) -> bool:
    """Whether a file's first bytes are DICOM: the mark after the preamble, or a data set without one."""
    return data[PREAMBLE : PREAMBLE + 4] == b"DICM" or BARE.match(data) is not None


def read(data: bytes, frame: int = 1) -> Photograph:
    """Decode one frame of a file's bytes.

    Levels are scaled from Bits Stored to 8 bits over the whole range, palettes applied, MONOCHROME1 inverted. Windows
    (VOI LUT) are not: Ophthalmic Photography has none.

    Raises:
        ImageError: damaged, cut short, no picture inside, too large or too small, compressed or laid out in a way that
            is not read, or no such frame; the sentence says which.
    """
    with _damage_told():
        return _photograph(data, frame)


def stripped(data: bytes) -> bytes:
    """The same pictures in a file that holds nothing but them, for keeping until a frame is chosen.

    Raises:
        ImageError: the file cannot be read.
    """
    with _damage_told():
        dataset = _parsed(data)
        syntax = dataset.file_meta.TransferSyntaxUID
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.preamble = bytes(PREAMBLE)
        stream = io.BytesIO()
        dcmwrite(stream, dataset)
        return stream.getvalue()


@contextmanager
def _damage_told() -> Iterator[None]:
    """Whatever a broken file leads to becomes one sentence; a lack of memory is none of the file's doing."""
    try:
        yield
    except ImageError:
        raise
    except Exception as error:  # pydicom and its plug-ins document none for hostile files: struct, key, recursion ...
        if lacks_memory(error):
            raise
        raise _damaged() from None


def _photograph(data: bytes, frame: int) -> Photograph:
    dataset = _parsed(data)
    _check_is_picture(dataset, data)
    _check_layout(dataset)
    frames = max(int(dataset.get("NumberOfFrames") or 1), 1)
    check_frame(frame, frames)
    return Photograph(
        np.ascontiguousarray(_image(dataset, frame - 1, frames)),
        LATERALITY.get(dataset.get("ImageLaterality") or dataset.get("Laterality") or ""),
        frame,
        frames,
        burned_in={"YES": True, "NO": False}.get(str(dataset.get("BurnedInAnnotation"))),
        dicom=True,
    )


def _parsed(data: bytes) -> Dataset:
    syntax = _transfer_syntax(data)
    if syntax and syntax not in SYNTAXES:
        what = "The picture in this DICOM file is compressed as {syntax}, which is not read."
        raise _unread(what, syntax=_name(syntax, "something unknown"))
    dataset = dcmread(io.BytesIO(data), force=True, specific_tags=list(TAGS))
    if not syntax:
        implicit, little = dataset.original_encoding
        plain = uid.ImplicitVRLittleEndian if implicit else uid.ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain if little else uid.ExplicitVRBigEndian
    return dataset


def _transfer_syntax(data: bytes) -> uid.UID | None:
    """From group 0002 alone, before pydicom inflates what the file says is deflated."""
    stream = io.BytesIO(data)
    stream.seek(PREAMBLE + 4 if data[PREAMBLE : PREAMBLE + 4] == b"DICM" else 0)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, *_: tag.group != 2)
    syntax: uid.UID | None = meta.get("TransferSyntaxUID")
    return syntax


def _check_is_picture(dataset: Dataset, data: bytes) -> None:
    if "PixelData" in dataset and "Rows" in dataset and "Columns" in dataset:
        return
    kind = dataset.get("SOPClassUID")
    if kind is None or any(tag in data for tag in PIXEL_DATA):
        raise _damaged()
    if "Image Storage" in kind.name:
        if "Rows" not in dataset:
            raise _damaged()
        raise ImageError(
            "This DICOM file describes a photograph, but its pixels were left out.", "Export it again, with its pixels."
        )
    raise ImageError(
        "This DICOM file holds no photograph ({kind}).",
        "Choose the image of the series.",
        kind=_name(kind, "a private kind of object"),
    )


def _check_layout(dataset: Dataset) -> None:
    """Before a pixel is decoded: sizes, depth and colours that can be shown truly."""
    check_size(int(dataset.Columns), int(dataset.Rows))
    colours = COLOURS | JPEG_2000_COLOURS if dataset.file_meta.TransferSyntaxUID in JPEG_2000 else COLOURS
    colour = dataset.get("PhotometricInterpretation")
    if colours.get(colour) != dataset.get("SamplesPerPixel", 1):
        what = "The picture in this DICOM file is laid out as {colour} with {samples} samples, which is not read."
        raise _unread(what, colour=colour, samples=dataset.get("SamplesPerPixel", 1))
    if dataset.get("BitsAllocated") not in (8, 16) or dataset.get("PixelRepresentation", 0) != 0:
        what = "The picture in this DICOM file is of {bits} bits, signed or not whole bytes, which is not read."
        raise _unread(what, bits=dataset.get("BitsAllocated"))
    if dataset.get("HighBit", dataset.get("BitsStored", 1) - 1) != dataset.get("BitsStored", 1) - 1:
        what = "The levels in this DICOM file do not lie in the lowest {bits} bits of each sample, which is not read."
        raise _unread(what, bits=dataset.get("BitsStored"))
    if dataset.file_meta.TransferSyntaxUID in JPEG_OF_8_BITS and dataset.get("BitsStored") != 8:
        what = "The picture in this DICOM file is JPEG of {bits} bits, which is not read."
        raise _unread(what, bits=dataset.get("BitsStored"))


def _image(dataset: Dataset, index: int, frames: int) -> np.ndarray:
    """uint8 ``[H, W, 3]`` RGB of one frame, counted from 0."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_compressed:
        _check_stream(dataset, index, frames)
    samples, properties = get_decoder(syntax).as_array(dataset, index=index)
    bits = int(properties["bits_stored"])
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        samples = apply_color_lut(samples, dataset)[..., :3]
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
    levels = samples if samples.dtype == np.uint8 and bits == 8 else to_eight_bit(samples, 2**bits - 1)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        levels = 255 - levels
    return np.stack([levels] * 3, axis=-1) if levels.ndim == 2 else levels


def _check_stream(dataset: Dataset, index: int, frames: int) -> None:
    """A compressed frame must hold the picture that the data set speaks of, or a small file could unpack for ever."""
    offsets = None
    if "ExtendedOffsetTable" in dataset:
        offsets = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    stream = get_frame(dataset.PixelData, index, number_of_frames=frames, extended_offsets=offsets)
    expected = int(dataset.Columns), int(dataset.Rows), int(dataset.SamplesPerPixel)
    stated = expected
    if dataset.file_meta.TransferSyntaxUID in JPEG_2000:
        stated = _jpeg_2000_size(stream)
    elif dataset.file_meta.TransferSyntaxUID in JPEG:
        stated = _jpeg_size(stream)
    plain = dataset.Columns * dataset.Rows * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    if stated != expected or len(stream) > 2 * plain:
        raise _damaged()


def _jpeg_size(stream: bytes) -> tuple[int, int, int]:
    """Width, height and components from the frame header of JPEG (ISO 10918-1 B.2.2) and JPEG-LS."""
    place = 2
    while not START_OF_FRAME.match(stream, place):  # from marker to marker, over each one's own length
        place += 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
        if place >= len(stream):
            raise _damaged()
    height, width = (int.from_bytes(stream[place + at : place + at + 2], "big") for at in (5, 7))
    return width, height, stream[place + 9]


def _jpeg_2000_size(stream: bytes) -> tuple[int, int, int]:
    """Width, height and components from the SIZ marker (ISO 15444-1 A.5.1)."""
    place = stream.index(b"\xff\x4f\xff\x51") + 8
    right, bottom, left, top = (int.from_bytes(stream[place + at : place + at + 4], "big") for at in (0, 4, 8, 12))
    return right - left, bottom - top, int.from_bytes(stream[place + 32 : place + 34], "big")


def _name(kind: uid.UID, otherwise: str) -> str:
    """What the standard calls it; nothing that merely stands in the file."""
    return kind.name if kind.name != str(kind) else otherwise


def _damaged() -> ImageError:
    return ImageError("The DICOM file is damaged or cut short.", "Export or copy it again from the camera or archive.")


def _unread(what: str, **facts: object) -> ImageError:
    remedy = "Export it uncompressed, or as JPEG, JPEG 2000 or JPEG-LS, with 8 or 16 bits."
    return ImageError(what, remedy, **facts)
