"""The derived image: what it says, what it keeps, what it must not keep, and what a validator thinks of it."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread, uid

import dicom_files as files
from retinaregen_core import derived_dicom
from retinaregen_core.derived_dicom import DEIDENTIFIED, PATIENT, REFERENCE, Header, header, statement
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.provenance import STATEMENT
from retinaregen_core.report import as_dicom, exported
from retinaregen_core.verdict import CAUTIONS, cautions
from retinaregen_core.verification import verify

VALIDATOR = shutil.which("dciodvfy")


@pytest.fixture(scope="module")
def result(tiny_model: RetinaRegen, phantom: Phantom) -> Restoration:
    return tiny_model.restore(phantom.image, seed=4)


def derived(result: Restoration, source: bytes, **options: object) -> bytes:
    return as_dicom(result, decode.photograph(source), source, **options)  # type: ignore[arg-type]


def plain(result: Restoration, **elements: object) -> bytes:
    return files.encoded(files.dataset(result.photograph, **elements))  # type: ignore[arg-type]


def lossy(result: Restoration) -> bytes:
    return files.jpeg(files.dataset(result.photograph, LossyImageCompression=None), [result.photograph])


def parsed(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


def test_it_is_derived_and_says_how(result: Restoration) -> None:
    made = parsed(derived(result, plain(result)))
    assert made.ImageType[0] == "DERIVED"
    for stated in ("AI-restored", "RetinaRegen", "flagship", "1" * 64, "seed 4", "3 steps"):
        assert stated in made.DerivationDescription
    assert made.BurnedInAnnotation == "YES"
    assert made.ImageLaterality == "R"
    np.testing.assert_array_equal(made.pixel_array, exported(result))


def test_whoever_opens_it_in_the_archive_reads_what_speaks_against_it(result: Restoration) -> None:
    doubtful = replace(result, structure=replace(result.structure, kept=0.1))
    assert len(cautions(doubtful)) > 0
    comments = parsed(derived(doubtful, plain(doubtful))).ImageComments
    assert comments == " ".join([STATEMENT, *(CAUTIONS[name].meaning for name in cautions(doubtful))])


def test_what_is_warned_of_is_another_object(result: Restoration) -> None:
    """An archive that holds the one would refuse the other, and the warning with it."""
    faithful, doubtful = (replace(result, structure=replace(result.structure, kept=kept)) for kept in (1.0, 0.1))
    assert len({parsed(derived(each, plain(each))).SOPInstanceUID for each in (faithful, doubtful)}) == 2


def test_nothing_of_the_patient_is_left(result: Restoration) -> None:
    data = derived(result, plain(result))
    assert not [secret for secret in (*files.SECRETS, "20240102", "101112") if secret.encode() in data]
    made = parsed(data)
    assert made.PatientIdentityRemoved == "YES"
    assert (made.PatientName, made.PatientID, made.StudyDate) == ("", "", "")


def test_patient_is_kept_on_request(result: Restoration) -> None:
    source = parsed(plain(result))
    made = parsed(derived(result, plain(result), keep_patient=True))
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "AccessionNumber"):
        assert made[keyword].value == source[keyword].value
    assert made.PatientIdentityRemoved == "NO"
    assert made.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert "InstitutionName" not in made


def test_the_time_has_its_zone_and_never_stands_beside_a_studys_own(result: Restoration) -> None:
    time = datetime(2026, 5, 4, 13, 20, 30, tzinfo=UTC)
    alone, kept = (parsed(derived(result, plain(result), time=time, keep_patient=keep)) for keep in (False, True))
    assert (alone.ContentDate, alone.ContentTime, alone.TimezoneOffsetFromUTC) == ("20260504", "132030", "+0000")
    assert "TimezoneOffsetFromUTC" not in kept and kept.ContentDate == "19000101"
    assert "2026-05-04" in str(statement(derived(result, plain(result), time=time, keep_patient=True)))


@pytest.mark.parametrize("source", [plain, lossy])
def test_a_header_is_enough_and_names_nobody(result: Restoration, source: Callable[[Restoration], bytes]) -> None:
    whole = source(result)
    head = header(whole)
    assert len(head) < 2000
    assert not [secret for secret in files.SECRETS if secret.encode() in head]
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        assert parsed(head)[keyword].value != parsed(whole)[keyword].value
    assert as_dicom(result, decode.photograph(whole), head) == as_dicom(result, decode.photograph(whole), whole)


def test_a_file_is_not_believed_that_it_names_nobody(result: Restoration) -> None:
    """An archive files a derived image with the patient, and our own mark stays in it."""
    whole = plain(result, DeidentificationMethod=DEIDENTIFIED, PatientIdentityRemoved="YES")
    head = header(whole)
    assert len(head) < 2000
    for data in (head, header(derived(result, whole, keep_patient=True)), derived(result, whole)):
        assert not [secret for secret in (*files.SECRETS, "20240102") if secret.encode() in data]
    assert not set(parsed(head).dir()) & {*PATIENT} - {"StudyInstanceUID"}
    assert as_dicom(result, decode.photograph(whole), Header(head)) == derived(result, whole)


def test_the_patient_is_not_even_parsed(result: Restoration) -> None:
    source = plain(result)
    read, kept = (set(derived_dicom._read(source, keep_patient).dir()) for keep_patient in (False, True))
    assert "Rows" in read and not read & {*PATIENT} - {*REFERENCE}
    assert "PatientName" in kept


def test_nothing_of_a_file_is_printed(result: Restoration, tmp_path: Path) -> None:
    """In a process of its own: pytest undoes the filters of warnings."""
    odd = {"SOPInstanceUID": "1.2.826.01.5", "PatientBirthDate": "01.02.1950", "ImageLaterality": files.PATIENT}
    (tmp_path / "odd.dcm").write_bytes(plain(result, **odd))
    script = """if True:
        import pathlib, sys
        from retinaregen_core import derived_dicom, provenance
        from retinaregen_core.imaging import decode
        source = pathlib.Path(sys.argv[1]).read_bytes()
        photograph = decode.photograph(source)
        picture = photograph.image
        origin = provenance.Origin("RetinaRegen 1", "m", "s", 0, 1, False, provenance.hash_of(picture))
        derived_dicom.header(source)
        for keep_patient in (False, True):
            made = derived_dicom.derive(source, photograph, picture, origin, keep_patient)
        print(derived_dicom.statement(made) == origin.text)
    """
    run = files.script(script, tmp_path / "odd.dcm")
    assert (run.stdout, run.stderr) == ("True\n", "")


def test_the_statement_is_found_in_another_block(result: Restoration) -> None:
    data = derived(result, plain(result))
    made = parsed(data)
    text = made.private_block(0x11, "RETINAREGEN")[1].value
    del made[0x11, 0x10], made[0x11, 0x1001]
    made.private_block(0x11, "SOMEBODY ELSE", create=True)
    made.private_block(0x11, "RETINAREGEN", create=True).add_new(1, "LT", text)
    stream = io.BytesIO()
    made.save_as(stream)
    assert statement(stream.getvalue()) == statement(data) == text


@pytest.mark.parametrize("keep_patient", [True, False])
def test_identifiers_are_new_and_repeatable(result: Restoration, keep_patient: bool) -> None:
    source = plain(result)
    made = parsed(derived(result, source, keep_patient=keep_patient))
    again = parsed(derived(result, source, keep_patient=keep_patient))
    other = parsed(derived(result, plain(result, SOPInstanceUID="1.2.826.0.1.99.5"), keep_patient=keep_patient))
    old = parsed(source)
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        assert uid.UID(made[keyword].value).is_valid
        assert made[keyword].value == again[keyword].value != old[keyword].value
    assert made.SOPInstanceUID != other.SOPInstanceUID
    assert made.StudyInstanceUID == other.StudyInstanceUID
    assert (made.StudyInstanceUID == old.StudyInstanceUID) is keep_patient


@pytest.mark.parametrize("said", ["YES", None])
def test_text_that_is_or_may_be_part_of_the_upload_is_not_called_removed(result: Restoration, said: str | None) -> None:
    made = parsed(derived(result, plain(result, BurnedInAnnotation=said), visible_mark=False))
    assert (made.BurnedInAnnotation, made.PatientIdentityRemoved) == ("YES", "NO")


def test_unmarked_picture_has_no_annotation(result: Restoration) -> None:
    assert parsed(derived(result, plain(result), visible_mark=False)).BurnedInAnnotation == "NO"


def test_once_lossy_always_lossy(result: Restoration) -> None:
    assert parsed(derived(result, plain(result))).LossyImageCompression == "00"
    made = parsed(derived(result, lossy(result)))
    assert made.LossyImageCompression == "01"
    assert made.LossyImageCompressionMethod == "ISO_10918_1"
    assert 1 < float(made.LossyImageCompressionRatio) < 100
    stated = plain(result, LossyImageCompression="01", LossyImageCompressionRatio="12.5")
    assert float(parsed(derived(result, stated)).LossyImageCompressionRatio) == 12.5


def test_optics_are_kept(result: Restoration) -> None:
    made = parsed(derived(result, plain(result, HorizontalFieldOfView=45.0, PixelSpacing=[0.01, 0.01])))
    assert made.HorizontalFieldOfView == 45.0
    assert list(made.PixelSpacing) == [0.01, 0.01]


def test_frame_is_named(result: Restoration) -> None:
    frames = np.stack([result.photograph[::-1], result.photograph])
    source = files.encoded(files.dataset(frames, frames=2))
    made = parsed(as_dicom(result, decode.photograph(source, 2), source))
    assert made.SourceImageSequence[0].ReferencedFrameNumber == 2
    assert made.NumberOfFrames == 1


def test_a_description_with_holes_is_enough(result: Restoration) -> None:
    elements = ("StudyInstanceUID", "SeriesInstanceUID", "PatientName", "StudyDate", "ImageLaterality")
    source = plain(result, **dict.fromkeys(elements))
    for keep_patient in (True, False):
        data = derived(result, source, keep_patient=keep_patient)
        assert verify(data).unchanged
        assert parsed(data).ImageLaterality in ("", None)


@pytest.mark.skipif(VALIDATOR is None, reason="dciodvfy is not installed (Debian: dicom3tools)")
@pytest.mark.parametrize("keep_patient", [True, False])
@pytest.mark.parametrize("kind", [plain, lossy])
def test_validator_finds_no_error(result: Restoration, kind: object, keep_patient: bool, tmp_path: Path) -> None:
    path = tmp_path / "derived.dcm"
    path.write_bytes(derived(result, kind(result), keep_patient=keep_patient))  # type: ignore[operator]
    assert VALIDATOR is not None
    answer = subprocess.run([VALIDATOR, str(path)], capture_output=True, text=True, check=False)
    errors = [line for line in (answer.stdout + answer.stderr).splitlines() if line.startswith("Error")]
    assert errors == []
    assert "OphthalmicPhotography8BitImage" in answer.stderr
