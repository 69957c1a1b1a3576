import csv
import json
from pathlib import Path

import pytest

from retinaregen_core.datasets import SHARP_LABELS, SYNFUNDUS_LABELS, UNKNOWN, Entry, read_index, split_by_patient, stem
from retinaregen_core.errors import ImageError


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_plain_folder_is_read_in_a_fixed_order_without_labels(tmp_path: Path) -> None:
    hidden = ("a/._one.jpg", "__MACOSX/a/._one.jpg", ".checkpoints/one.jpg")
    for name in ("b/two.PNG", "a/one.jpg", "notes.txt", *hidden):
        touch(tmp_path / name)
    entries = read_index(tmp_path)
    assert [entry.path.name for entry in entries] == ["one.jpg", "two.PNG"]
    assert all(entry.labels == UNKNOWN for entry in entries)


def test_dicom_files_of_an_archive_need_no_suffix_and_keep_their_whole_names(tmp_path: Path) -> None:
    for name in ("1.2.840.10.1", "1.2.840.10.2", "DICOMDIR", "IM0001"):
        touch(tmp_path / name).write_bytes(bytes(128) + b"DICM")
    touch(tmp_path / "1.2.840.10.3").write_bytes(b"something else")
    touch(tmp_path / "short").write_bytes(b"DICM")
    entries = read_index(tmp_path)
    assert [entry.path.name for entry in entries] == ["1.2.840.10.1", "1.2.840.10.2", "IM0001"]
    assert len({entry.patient for entry in entries}) == 3
    assert [stem(Path(name)) for name in ("1.2.840.10.1", "a.b.JFIF", "IM0001")] == ["1.2.840.10.1", "a.b", "IM0001"]


def test_the_manifest_gives_data_set_patient_and_labels(tmp_path: Path) -> None:
    rows = [
        ("pool512/srahim_Patient300_L.jpg", "srahim", {"od_xy512": [1.0, 2.0]}),
        ("eyeq256/10022_right.jpeg", "eyepacs256", {"quality": "reject"}),
        ("lowq512/eyepacs_usable/1_left.jpg", "eyepacscofe", {"eyeq": "usable"}),
        ("lowq512/drimdb/drimdb_x.jpg", "drimdb", {"quality": "outlier"}),
        ("val512/drive/drive_01.jpg", "drive", {"q": 1.5}),
        ("pool512_blurred/srahim_Patient301_L.jpg", "srahim", {"quality": "bad"}),
        ("val512/drive/gone.jpg", "drive", {}),
    ]
    for name, _, _ in rows[:-1]:
        touch(tmp_path / name)
    write_csv(tmp_path / "manifest.csv", [{"file": f, "dataset": d, "labels": json.dumps(v)} for f, d, v in rows])
    sharp, reject, usable, outlier, unlabelled, blurred = read_index(tmp_path)
    assert (sharp.labels, sharp.patient, sharp.facts["od_xy512"]) == (SHARP_LABELS, "srahim/299", [1.0, 2.0])
    assert (reject.labels, reject.patient) == ((None, 0, None, 0), "eyepacs/10022")
    assert (usable.labels, usable.patient) == ((1, None, None, None), "eyepacs/1")
    assert outlier.labels == (0, 0, 0, 0)
    assert blurred.labels != SHARP_LABELS and not blurred.is_chosen_sharp
    assert [e.grade for e in (sharp, reject, usable)] == [None, "reject", "usable"]
    assert [e.is_graded for e in (sharp, reject, usable, unlabelled)] == [False, True, True, False]
    assert [e.is_chosen_sharp for e in (sharp, reject, usable, unlabelled)] == [True, False, False, False]
    assert unlabelled.labels == UNKNOWN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("file,label\na.png,1\n", r"manifest\.csv has no column 'dataset'.*file, dataset, labels"),
        ("file,dataset,labels\na.png,x,\na.png,x,{quality: good}\n", r"Line 3 of .*manifest\.csv.*'{quality: good}'"),
        ("file,dataset,labels\na.png,x,[1]\n", "Line 2 of .*must be an object"),
        ('file,dataset,labels\na.png,x,"{""quality"": [1]}"\n', "Line 2 of .*quality a word"),
        ("file,dataset,labels\na.png,x,\xe9\n", "UTF-8"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "manifest.csv").write_text(content, encoding="latin-1")
    with pytest.raises(ImageError, match=said):
        read_index(tmp_path)


def test_a_manifest_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "manifest.csv").write_text("file,dataset,labels\na.png,x\n", encoding="utf-8-sig")
    (entry,) = read_index(tmp_path)
    assert (entry.dataset, entry.labels) == ("x", UNKNOWN)


@pytest.mark.parametrize("label", ["yes", "-1", "2", "0.5", "nan"])
def test_a_label_that_is_not_0_or_1_is_named_with_its_line(tmp_path: Path, label: str) -> None:
    touch(tmp_path / "0001.png")
    write_csv(tmp_path / "labels.csv", [{"file_name": "0001.png", **dict.fromkeys(SYNFUNDUS_LABELS, label)}])
    with pytest.raises(ImageError, match=rf"Line 2 of .*'{label}'.*is 0, 1 or an empty cell"):
        read_index(tmp_path, tmp_path / "labels.csv")


def test_a_label_may_be_written_as_a_float_or_left_empty(tmp_path: Path) -> None:
    touch(tmp_path / "0001.png")
    cells = dict(zip(SYNFUNDUS_LABELS, ("1.0", "0.0", "", "1"), strict=True))
    write_csv(tmp_path / "labels.csv", [{"file_name": "0001.png", **cells}])
    assert read_index(tmp_path, tmp_path / "labels.csv")[0].labels == (1, 0, None, 1)


@pytest.mark.parametrize("key", ["file_name", "idx"])
def test_synfundus_annotations_are_read_with_either_key(tmp_path: Path, key: str) -> None:
    touch(tmp_path / "images" / "0001.png")
    row: dict[str, object] = {key: "images/0001.png", "dr_grade": 2, **dict.fromkeys(SYNFUNDUS_LABELS, 1)}
    write_csv(tmp_path / "SynFundus-1M_annotation.csv", [{**row, "is_macular_readable": 0}])
    (entry,) = read_index(tmp_path)
    assert entry.labels == (1, 0, 1, 1)
    assert entry.facts["dr_grade"] == "2"


def test_synfundus_keys_without_folder_or_suffix_are_found(tmp_path: Path) -> None:
    touch(tmp_path / "photographs" / "part1" / "0001.png")
    row = dict.fromkeys(SYNFUNDUS_LABELS, 1)
    write_csv(tmp_path / "labels.csv", [{"file_name": "0001", **row}, {"file_name": "0002", **row}])
    (entry,) = read_index(tmp_path / "photographs", tmp_path / "labels.csv")
    assert entry.path.name == "0001.png"
    assert entry.labels == SHARP_LABELS


def test_another_table_is_no_annotation_file(tmp_path: Path) -> None:
    touch(tmp_path / "0001.png")
    write_csv(tmp_path / "labels.csv", [{"name": "0001"}])
    with pytest.raises(ImageError, match="file_name or idx"):
        read_index(tmp_path, tmp_path / "labels.csv")


def test_both_eyes_of_a_patient_stay_together_and_shares_are_the_papers() -> None:
    entries = [
        Entry(Path(f"{patient}_{side}.jpg"), "x", f"x/{patient}") for patient in range(4000) for side in ("L", "R")
    ]
    parts = split_by_patient(entries)
    sides = [{entry.patient for entry in part} for part in parts.values()]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    shares = [len(part) / len(entries) for part in parts.values()]
    assert shares == pytest.approx([0.64, 0.16, 0.20], abs=0.03)


def test_a_patients_side_does_not_depend_on_the_others() -> None:
    entries = [Entry(Path(f"{i}.jpg"), "x", f"x/{i}") for i in range(50)]
    whole, half = split_by_patient(entries), split_by_patient(entries[::2])
    assert {e.patient for e in half["test"]} <= {e.patient for e in whole["test"]}


@pytest.mark.parametrize("make", [lambda p: p / "missing", lambda p: p])
def test_missing_or_empty_folders_are_refused(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ImageError, match=r"no folder|No photograph"):
        read_index(make(tmp_path))
