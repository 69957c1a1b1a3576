"""DICOM files of drawn photographs, as a clinic's camera would send them: made here, so that none has to be kept."""

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmwrite, uid
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_encoder

PHOTOGRAPHY_8 = uid.UID("1.2.840.10008.5.1.4.1.1.77.1.5.1")
PHOTOGRAPHY_16 = uid.UID("1.2.840.10008.5.1.4.1.1.77.1.5.2")
PATIENT = "LASTNAME^FIRSTNAME"
SECRETS = (PATIENT, "PAT-0815", "19500101", "ACC-4711", "Dr^Curious", "St. Elsewhere", "1.2.826.0.1.99")
"""What stands in every file and must never be seen again."""


def dataset(
    samples: np.ndarray, colour: str = "RGB", bits_stored: int | None = None, frames: int = 1, **more: Any
) -> Dataset:
    """An Ophthalmic Photography data set of uint8 or uint16 ``[H, W]``, ``[H, W, 3]``, frames first when several.

    ``more`` sets elements by keyword; ``None`` leaves one out.
    """
    shape = samples.shape[1:] if frames > 1 else samples.shape
    bits = samples.itemsize * 8
    elements: dict[str, Any] = {
        "SOPClassUID": PHOTOGRAPHY_8 if bits == 8 else PHOTOGRAPHY_16,
        "SOPInstanceUID": "1.2.826.0.1.99.1",
        "StudyInstanceUID": "1.2.826.0.1.99.2",
        "SeriesInstanceUID": "1.2.826.0.1.99.3",
        "PatientName": PATIENT,
        "PatientID": "PAT-0815",
        "PatientBirthDate": "19500101",
        "PatientSex": "O",
        "AccessionNumber": "ACC-4711",
        "ReferringPhysicianName": "Dr^Curious",
        "InstitutionName": "St. Elsewhere",
        "StudyID": "7",
        "StudyDate": "20240102",
        "StudyTime": "101112",
        "Modality": "OP",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "ImageLaterality": "R",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
        "SamplesPerPixel": 3 if len(shape) == 3 else 1,
        "PhotometricInterpretation": colour,
        "Rows": shape[0],
        "Columns": shape[1],
        "BitsAllocated": bits,
        "BitsStored": bits_stored or bits,
        "HighBit": (bits_stored or bits) - 1,
        "PixelRepresentation": 0,
        "NumberOfFrames": frames,
    }
    if len(shape) == 3:
        elements["PlanarConfiguration"] = 0
    made = Dataset()
    for keyword, value in (elements | more).items():
        if value is not None:
            setattr(made, keyword, value)
    made.PixelData = samples.tobytes() + b"\0" * (samples.nbytes % 2)
    made["PixelData"].VR = "OB" if bits == 8 else "OW"
    return made


def encoded(made: Dataset, syntax: uid.UID = uid.ExplicitVRLittleEndian, preamble: bool = True) -> bytes:
    """A file's bytes; the pixels are written as the data set holds them."""
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    if syntax.is_compressed and "PixelData" in made:
        made["PixelData"].VR = "OB"
        made["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    if preamble:
        dcmwrite(stream, made, enforce_file_format=True)
        return stream.getvalue()
    made.preamble = None
    del made.file_meta
    implicit = syntax == uid.ImplicitVRLittleEndian
    dcmwrite(stream, made, implicit_vr=implicit, little_endian=True)
    return stream.getvalue()


def script(source: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run Python code in a process of its own, as a user's: what does it print?"""
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])


def compressed(made: Dataset, syntax: uid.UID, **options: Any) -> bytes:
    """A file whose pixels one of pydicom's own plug-ins has compressed: RLE, JPEG-LS, JPEG 2000."""
    frames = list(get_encoder(syntax).iter_encode(made, **options))
    return encapsulated(made, frames, syntax)


def jpeg(made: Dataset, pictures: Sequence[np.ndarray], quality: int = 95) -> bytes:
    """A file whose frames are baseline JPEG, YCbCr when they are in colour, as cameras write them."""
    streams = [io.BytesIO() for _ in pictures]
    for stream, picture in zip(streams, pictures, strict=True):
        Image.fromarray(picture).save(stream, "JPEG", quality=quality, subsampling=0)
    made.PhotometricInterpretation = "YBR_FULL_422" if pictures[0].ndim == 3 else "MONOCHROME2"
    made.LossyImageCompression = "01"
    return encapsulated(made, [stream.getvalue() for stream in streams], uid.JPEGBaseline8Bit)


def encapsulated(made: Dataset, frames: Sequence[bytes], syntax: uid.UID) -> bytes:
    """A file that holds these compressed frames."""
    made.PixelData = encapsulate(list(frames))
    return encoded(made, syntax)


def lossless_jpeg(picture: np.ndarray) -> bytes:
    """uint8 ``[H, W]`` or ``[H, W, 3]`` as JPEG process 14, first-order prediction (ISO 10918-1 annex H).

    Every difference category 0 to 8 has its own number, in 4 bits, as its code.
    """
    height, width = picture.shape[:2]
    samples = picture.reshape(height, width, -1).astype(np.int32)
    channels = samples.shape[2]
    prediction = np.full_like(samples, 128)
    prediction[1:, 0], prediction[:, 1:] = samples[:-1, 0], samples[:, :-1]
    codes = ""
    for difference in (samples - prediction).ravel().tolist():
        category = abs(difference).bit_length()
        codes += f"{category:04b}"
        if category:
            codes += f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}"
    codes += "1" * (-len(codes) % 8)
    scan = int(codes, 2).to_bytes(len(codes) // 8, "big").replace(b"\xff", b"\xff\0")
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    table = bytes([0, 0, 0, 0, 9, *[0] * 12, *range(9)])
    frame = b"\x08" + size + bytes([channels, *(value for n in range(channels) for value in (n + 1, 0x11, 0))])
    start = bytes([channels, *(value for n in range(channels) for value in (n + 1, 0)), 1, 0, 0])
    segments = {0xC4: table, 0xC3: frame, 0xDA: start}
    header = b"".join(bytes([0xFF, m]) + (len(body) + 2).to_bytes(2, "big") + body for m, body in segments.items())
    return b"\xff\xd8" + header + scan + b"\xff\xd9"
