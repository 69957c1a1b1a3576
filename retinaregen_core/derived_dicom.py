"""A restored picture as a DICOM object of its own: derived, newly identified, and said to be made by software."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pydicom import Dataset, dcmread, dcmwrite, uid
from pydicom.dataset import FileMetaDataset

from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.photograph import Photograph
from retinaregen_core.provenance import STATEMENT, Origin

OPHTHALMIC_PHOTOGRAPHY_8_BIT = uid.UID("1.2.840.10008.5.1.4.1.1.77.1.5.1")
PRIVATE_GROUP, PRIVATE_CREATOR, PRIVATE_STATEMENT = 0x0011, "RETINAREGEN", 0x01
BLOCKS = range(0x10, 0x100)
"""Where a private creator may stand in its group (PS3.5 7.8.1): an archive may have moved ours."""
PRIVATE = [(PRIVATE_GROUP, element) for block in BLOCKS for element in (block, block << 8 | PRIVATE_STATEMENT)]
LATERALITY = {"OD": "R", "OS": "L"}
LOSSY = {
    uid.JPEGBaseline8Bit: "ISO_10918_1",
    uid.JPEGExtended12Bit: "ISO_10918_1",
    uid.JPEGLSNearLossless: "ISO_14495_1",
}
"""Transfer syntaxes that always lose something -> Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1)."""
OPTICS = ("HorizontalFieldOfView", "PixelSpacing", "PixelAspectRatio", "PatientOrientation", "ICCProfile", "ColorSpace")
"""Kept from the photograph: they describe the pixels, which keep their places and colours."""
PATIENT = (
    "SpecificCharacterSet",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "ContentDate",
    "ContentTime",
)
"""What an archive needs to file the picture with its study: kept only on request."""
NO_DATE, NO_TIME = "19000101", "000000"
"""A content date must stand in the object; a true one would make two identical restorations differ."""
REFERENCE = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
COMPRESSION = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")
SIZES = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames", "PixelData")
DEIDENTIFIED = "New object: pixels, optics, laterality, compression only"
REQUIRED_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "SeriesNumber",
    "PatientOrientation",
    "PatientEyeMovementCommanded",
    "HorizontalFieldOfView",
    "PupilDilated",
    "IntraOcularPressure",
    "EmmetropicMagnification",
    "DetectorType",
)
"""Elements that must stand in the object even when nothing is known (type 2)."""
REQUIRED_EMPTY_SEQUENCES = (
    "AcquisitionContextSequence",
    "RefractiveStateSequence",
    "IlluminationTypeCodeSequence",
    "LightPathFilterTypeStackCodeSequence",
    "ImagePathFilterTypeStackCodeSequence",
    "LensesCodeSequence",
)


class Header(bytes):
    """A file that :func:`header` made. The type says so, because anybody can write anything into a file."""


def derive(
    source: bytes,
    photograph: Photograph,
    picture: np.ndarray,
    origin: Origin,
    keep_patient: bool,
    warnings: Sequence[str] = (),
) -> bytes:
    """Write the restored picture as a derived Ophthalmic Photography 8 Bit image, uncompressed.

    Identifiers are computed from the source's and the statement: the same restoration is the same object, and one study
    stays together. Without ``keep_patient`` nothing of the patient, the dates or the source's identifiers is left.

    Args:
        source: the file that was restored; without ``keep_patient`` its :class:`Header` will do, for the same object.
        photograph: what was decoded from it.
        picture: uint8 ``[H, W, 3]`` RGB, as ``origin`` describes it.
        origin: the statement that goes into it.
        keep_patient: keep the patient and study, so that an archive files the picture where it belongs.
        warnings: sentences that speak against the picture, for whoever opens it in the archive.

    Raises:
        ImageError: the source is damaged beyond what its pixels needed.
    """
    try:
        read = _read(source, keep_patient)
        if not (keep_patient or isinstance(source, Header)):
            read = _deidentified(read)
        made = Dataset()
        described = _study(read, photograph, origin, keep_patient) | _image(read, photograph, origin, warnings)
        for keyword, value in (described | _pixels(picture)).items():
            setattr(made, keyword, value)
        made["PixelData"].VR = "OB"
        made.SOPInstanceUID = _identifier("instance", read, photograph.frame, origin.text, keep_patient, *warnings)
        made.SynchronizationFrameOfReferenceUID = _identifier("synchronization", read)
        made.SeriesInstanceUID = _identifier("series", read, *_run(origin))
        made.SourceImageSequence = [_source(read, photograph, keep_patient)]
        block = made.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(PRIVATE_STATEMENT, "LT", origin.text)
        return _encoded(made)
    except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError) as error:
        raise _damaged() from error


def header(source: bytes) -> Header:
    """What :func:`derive` needs of a file when it does not keep the patient: a file without pictures, names and UIDs.

    Raises:
        ImageError: the source is damaged beyond what its pixels needed.
    """
    try:
        return Header(_encoded(_deidentified(_read(source, keep_patient=False))))
    except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError) as error:
        raise _damaged() from error


def _deidentified(read: Dataset) -> Dataset:
    """Optics and compression as they are stated, and identifiers that cannot be turned back."""
    kept = Dataset()
    for keyword, value in (_stated(read, OPTICS) | _compression(read)).items():
        setattr(kept, keyword, value)
    kept.SOPClassUID = read.SOPClassUID
    for kind, keyword in (
        ("study", "StudyInstanceUID"),
        ("series", "SeriesInstanceUID"),
        ("instance", "SOPInstanceUID"),
    ):
        setattr(kept, keyword, _identifier(kind, read))
    return kept


def _damaged() -> ImageError:
    return ImageError(
        "The DICOM file's description is damaged, so no derived DICOM can be written.",
        "Use the PNG, or export the file again.",
    )


def statement(data: bytes) -> str | None:
    """The statement in a derived image's bytes, as :attr:`Origin.text`; ``None`` when there is none.

    Raises:
        ImageError: the file is damaged there.
    """
    try:
        made = dcmread(io.BytesIO(data), force=True, stop_before_pixels=True, specific_tags=list(PRIVATE))
        return str(made.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[PRIVATE_STATEMENT].value)
    except KeyError:
        return None
    except Exception as error:  # pydicom raises whatever a damaged value leads to
        raise ImageError(
            "The DICOM file's description is damaged, so it cannot be told what made it.", "Export the file again."
        ) from error


def _read(source: bytes, keep_patient: bool) -> Dataset:
    tags = {*OPTICS, *REFERENCE, *COMPRESSION, *SIZES, *(PATIENT if keep_patient else ())}
    return dcmread(io.BytesIO(source), force=True, specific_tags=sorted(tags))


def _study(read: Dataset, photograph: Photograph, origin: Origin, keep_patient: bool) -> dict[str, Any]:
    base: dict[str, Any] = dict.fromkeys(REQUIRED_EMPTY)
    base |= {keyword: [] for keyword in REQUIRED_EMPTY_SEQUENCES} | {"ContentDate": NO_DATE, "ContentTime": NO_TIME}
    base |= _stated(read, OPTICS)
    if keep_patient:
        return base | _stated(read, PATIENT) | {"PatientIdentityRemoved": "NO"}
    if origin.time:  # a kept study has times of its own, in a zone that its file need not name
        date, time = origin.time[:10].replace("-", ""), origin.time[11:19].replace(":", "")
        base |= {"ContentDate": date, "ContentTime": time, "TimezoneOffsetFromUTC": "+0000"}
    return base | {
        "StudyInstanceUID": _identifier("study", read),
        "PatientIdentityRemoved": "NO" if photograph.may_hold_text else "YES",
        "DeidentificationMethod": DEIDENTIFIED,
        "LongitudinalTemporalInformationModified": "REMOVED",
    }


def _stated(read: Dataset, keywords: Iterable[str]) -> dict[str, Any]:
    return {keyword: read[keyword].value for keyword in keywords if keyword in read}


def _image(read: Dataset, photograph: Photograph, origin: Origin, warnings: Sequence[str]) -> dict[str, Any]:
    name, _, version = origin.software.partition(" ")
    elements: dict[str, Any] = {
        "SOPClassUID": OPHTHALMIC_PHOTOGRAPHY_8_BIT,
        "Modality": "OP",
        "Manufacturer": name,
        "ManufacturerModelName": origin.model[:64],
        "SoftwareVersions": version,
        "InstanceNumber": 1,
        "SynchronizationTrigger": "NO TRIGGER",
        "AcquisitionTimeSynchronized": "N",
        "ImageType": ["DERIVED", "PRIMARY", "RESTORED", "COLOR"],
        "DerivationDescription": f"{STATEMENT} {origin.software}, model {origin.model}, sha256 {origin.sha256}, "
        f"seed {origin.seed}, {origin.steps} steps, strength {origin.strength:g}"
        + (f", mean of {origin.samples} samples." if origin.samples else "."),
        "ImageComments": " ".join([STATEMENT, *warnings]),
        "BurnedInAnnotation": "YES" if origin.visible_mark or photograph.may_hold_text else "NO",
        "ImageLaterality": LATERALITY.get(photograph.laterality or "", ""),
        "AnatomicRegionSequence": [_code("5665001", "SCT", "Retina")],
        "AcquisitionDeviceTypeCodeSequence": [_code("409898007", "SCT", "Fundus Camera")],
    }
    return elements | _compression(read)


def _compression(read: Dataset) -> dict[str, Any]:
    """Once lossy, always lossy, even though these pixels are stored as they are."""
    if "PixelData" not in read:  # a header states what was computed from the whole file
        return _stated(read, COMPRESSION)
    syntax = read.file_meta.get("TransferSyntaxUID")
    if read.get("LossyImageCompression") != "01" and syntax not in LOSSY:
        return {"LossyImageCompression": "00"}
    plain = read.Rows * read.Columns * read.SamplesPerPixel * read.BitsAllocated // 8
    plain *= int(read.get("NumberOfFrames") or 1)
    computed = {"LossyImageCompressionRatio": f"{plain / len(read.PixelData):.2f}"}
    method = {"LossyImageCompressionMethod": LOSSY[syntax]} if syntax in LOSSY else {}
    return computed | method | _stated(read, COMPRESSION) | {"LossyImageCompression": "01"}


def _pixels(picture: np.ndarray) -> dict[str, Any]:
    height, width = picture.shape[:2]
    data = picture.tobytes()
    return {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "Rows": height,
        "Columns": width,
        "NumberOfFrames": 1,
        "FrameIncrementPointer": 0x00181063,
        "FrameTime": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "PixelData": data + b"\0" * (len(data) % 2),
    }


def _source(read: Dataset, photograph: Photograph, keep_patient: bool) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = read.SOPClassUID
    reference.ReferencedSOPInstanceUID = read.SOPInstanceUID if keep_patient else _identifier("instance", read)
    if photograph.frames > 1:
        reference.ReferencedFrameNumber = photograph.frame
    reference.PurposeOfReferenceCodeSequence = [_code("121322", "DCM", "Source image for image processing operation")]
    return reference


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _run(origin: Origin) -> tuple[object, ...]:
    """What pictures of one series have in common."""
    return (origin.sha256, origin.seed, origin.steps, origin.strength, *([origin.samples] if origin.samples else []))


def _identifier(kind: str, read: Dataset, *more: object) -> uid.UID:
    """A UID below 2.25 from a hash: new, the same for the same inputs, and not to be turned back."""
    known = {"synchronization": REFERENCE, "study": REFERENCE[3:], "series": REFERENCE[2:], "instance": REFERENCE}[kind]
    parts = [kind, *(str(read.get(keyword, "")) for keyword in known), *map(str, more)]
    return uid.UID(f"2.25.{int.from_bytes(hashlib.sha256(chr(0).join(parts).encode()).digest()[:16], 'big')}")


def _encoded(made: Dataset) -> bytes:
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    stream = io.BytesIO()
    dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()
