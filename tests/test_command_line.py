"""The contract of the shell: columns, files, exit status, and what is said where."""

import csv
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydicom import dcmread

import dicom_files as files
from retinaregen_core import __main__ as command_line
from retinaregen_core import verification, weights
from retinaregen_core.commands.verify import NO_STATEMENT
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.report import as_dicom, as_png, exported
from retinaregen_core.verdict import refusal
from retinaregen_core.weights import CHECKPOINTS_VARIABLE as VARIABLE

LABEL_COLUMNS = "is_fundus,is_macular_readable,is_optic_disc_readable,is_retinal_region_readable"
PLACES = "disc_x,disc_y,disc_confidence,macula_x,macula_y,macula_confidence"
COLUMNS = f"file,{LABEL_COLUMNS},readable,refused,readable_share,{PLACES},problem"


class Answer(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Answer]


@cache
def loaded(root: str, load: Callable[..., RetinaRegen], names: tuple[str, ...]) -> RetinaRegen:
    """Once for every folder of checkpoints: what a command loads it does not change."""
    return load(*names)


@pytest.fixture
def command(tiny_checkpoints: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``command("assess", path, ...)`` runs the console script's own function in this process."""
    monkeypatch.setenv(VARIABLE, str(tiny_checkpoints))
    load = RetinaRegen.from_pretrained
    monkeypatch.setattr(RetinaRegen, "from_pretrained", lambda *names: loaded(os.environ[VARIABLE], load, names))

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["retinaregen", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command_line.main()
        return Answer(int(stop.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture
def photographs(tmp_path: Path, phantom: Phantom) -> Path:
    """Two photographs in a folder and its subfolder, a text file that calls itself a picture, and a note."""
    folder = tmp_path / "photographs"
    (folder / "more").mkdir(parents=True)
    small = phantom.image[::2, ::2]
    Image.fromarray(small).save(folder / "left.png")
    Image.fromarray(np.pad(small, ((0, 0), (0, 40), (0, 0)))).save(folder / "more" / "right.bmp")
    (folder / "fake.png").write_text("not a picture")
    (folder / "note.txt").write_text("passed over")
    return folder


@pytest.mark.parametrize(
    "arguments", [[], ["assess"], ["restore"], ["train", "restorer"], ["evaluate", "sheets"], ["ablate"]]
)
def test_every_command_explains_itself(command: Command, arguments: list[str]) -> None:
    answer = command(*arguments, "--help")
    assert answer.status == 0
    assert "Usage: retinaregen" in answer.out


def test_assess_writes_the_agreed_table(
    command: Command, photographs: Path, tmp_path: Path, tiny_checkpoints: Path
) -> None:
    answer = command("assess", photographs, "--csv", tmp_path / "scores.csv")
    header, *lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert header == COLUMNS
    rows = list(csv.reader(lines))
    assert [row[0] for row in rows] == [str(photographs / name) for name in ("fake.png", "left.png", "more/right.bmp")]
    (*scores, problem), *rows = (row[1:] for row in rows)
    assert not any(scores) and "not a photograph that can be read" in problem
    expected = RetinaRegen.from_pretrained().assess(photographs / "left.png")
    assert [float(value) for value in rows[0][:4]] == pytest.approx(expected.probabilities, abs=1e-6)
    assert rows[0][4] == str(int(expected.readable))
    assert rows[0][5] == (refusal(expected) or "")
    assert rows[0][6] == ""  # nothing was learned about the small classifier's places
    assert [bool(place) for place in rows[0][7:-1]] == [refusal(expected) is None] * 6
    assert rows[0][-1] == ""
    assert answer.status == 1
    assert f"{photographs / 'fake.png'}: FAILED." in answer.err
    assert answer.out == ""


def test_assess_writes_no_name_that_a_spreadsheet_computes(
    command: Command, photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photographs / "left.png").rename(tmp_path / "=HYPERLINK(1).png")
    monkeypatch.chdir(tmp_path)
    answer = command("assess", "=HYPERLINK(1).png", "--csv", "-")
    assert [row["file"] for row in csv.DictReader(io.StringIO(answer.out))] == ["'=HYPERLINK(1).png"]


def test_module_runs_from_the_shell(tiny_checkpoints: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tiny_checkpoints))
    arguments = ["assess", str(photographs), "--csv", "-"]
    run = subprocess.run(
        [sys.executable, "-m", "retinaregen_core", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert run.returncode == 1
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert (
        [row["readable"] in ("0", "1") for row in rows] == [not row["problem"] for row in rows] == [False, True, True]
    )
    assert ".tiff: 1." in run.stderr
    assert "Traceback" not in run.stderr


def test_restore_writes_what_the_library_makes(command: Command, photographs: Path, tmp_path: Path) -> None:
    answer = command("restore", photographs, "-o", tmp_path / "out", "--seed", 5, "--steps", 2)
    assert answer.status == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["left.png", "right.png"]
    expected = RetinaRegen.from_pretrained().restore(photographs / "more" / "right.bmp", steps=2, seed=5)
    assert (tmp_path / "out" / "right.png").read_bytes() == as_png(expected, visible_mark=False)
    assert Image.open(tmp_path / "out" / "right.png").size == (296, 256)
    assert answer.out == ""


def test_restore_marks_visibly_on_request(command: Command, photographs: Path, tmp_path: Path) -> None:
    options = ["--visible-mark", "--timestamp", "--steps", 1]
    assert command("restore", photographs / "left.png", "-o", tmp_path, *options).status == 0
    expected = RetinaRegen.from_pretrained().restore(photographs / "left.png", steps=1)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "left.png")), exported(expected))
    assert "Creation Time" in Image.open(tmp_path / "left.png").text


def test_dicom_comes_back_as_dicom_too(command: Command, tmp_path: Path, phantom: Phantom) -> None:
    eye = phantom.image[::2, ::2]
    made = files.dataset(np.stack([eye[::-1], eye]), frames=2, BurnedInAnnotation="YES", ImageLaterality="L")
    source, out = tmp_path / "study.dcm", tmp_path / "out"
    source.write_bytes(files.encoded(made))
    answer = command("restore", tmp_path, "-o", out, "--frame", 2, "--steps", 1)
    assert answer.status == 0
    assert "frame 2 of 2; OS; the file says that text is burned into its pixels" in answer.err
    result = RetinaRegen.from_pretrained().restore(eye, steps=1)
    assert (out / "study.png").read_bytes() == as_png(result, visible_mark=False)
    assert (out / "study.dcm").read_bytes() == as_dicom(result, decode.photograph(source, 2), source.read_bytes())
    assert not any(secret in answer.err + answer.out for secret in files.SECRETS)
    assert command("assess", source, "--csv", "-").out.startswith(COLUMNS)
    kept = command("restore", source, "-o", tmp_path / "kept", "--steps", 1, "--keep-patient")
    assert kept.status == 0
    assert files.PATIENT.encode() in (tmp_path / "kept" / "study.dcm").read_bytes()


def test_original_dicom_is_never_replaced(command: Command, tmp_path: Path, phantom: Phantom) -> None:
    source = tmp_path / "study.dcm"
    source.write_bytes(files.encoded(files.dataset(phantom.image[::2, ::2])))
    before = source.read_bytes()
    assert command("restore", source, "-o", tmp_path, "--steps", 1).status == 1
    assert source.read_bytes() == before


def test_a_folder_of_dicom_files_named_by_their_identifiers_is_restored(
    command: Command, phantom: Phantom, tmp_path: Path
) -> None:
    study, names = tmp_path / "study", ("1.2.826.0.1.99.1", "1.2.826.0.1.99.2")
    study.mkdir()
    for name in names:
        (study / name).write_bytes(files.encoded(files.dataset(phantom.image, SOPInstanceUID=name)))
    answer = command("restore", study, "-o", tmp_path / "out", "--steps", 1)
    assert answer.status == 0, answer.err
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(f"{name}.{suffix}" for name in names for suffix in ("dcm", "png"))


def test_verify_tells_how_a_picture_was_restored(command: Command, photographs: Path, tmp_path: Path) -> None:
    command("restore", photographs / "left.png", "-o", tmp_path / "out", "--seed", 7, "--steps", 2, "--samples", 2)
    restored = tmp_path / "out" / "left.png"
    answer = command("verify", restored)
    assert answer.status == 0
    run = ("model flagship", "seed 7", "2 steps", "mean of 2 samples")
    for said in ("AI-restored by RetinaRegen", *run, "pixels unchanged"):
        assert said in answer.out
    record = json.loads(command("verify", restored, "--json").out)
    assert record["restored"] and record["unchanged"]
    assert (record["seed"], record["steps"], record["samples"], len(record["sha256"])) == (7, 2, 2, 64)
    expected = RetinaRegen.from_pretrained().restore(photographs / "left.png", steps=2, seed=7, samples=2)
    assert restored.read_bytes() == as_png(expected, visible_mark=False)


def test_verify_fails_for_everything_else(command: Command, photographs: Path, tmp_path: Path) -> None:
    command("restore", photographs / "left.png", "-o", tmp_path / "out", "--steps", 1)
    picture = Image.open(tmp_path / "out" / "left.png")
    note = PngInfo()
    note.add_text("RetinaRegen", picture.text["RetinaRegen"])
    picture.rotate(180).save(tmp_path / "out" / "turned.png", pnginfo=note)
    answer = command("verify", tmp_path / "out", photographs / "left.png", photographs / "fake.png")
    assert answer.status == 1
    restored, turned, upload, fake = answer.out.splitlines()
    assert "pixels unchanged" in restored
    assert "PIXELS CHANGED" in turned
    assert "carries no statement" in upload
    assert "FAILED" in fake


def test_verify_answers_file_by_file(command: Command, photographs: Path, tmp_path: Path) -> None:
    """However a file is named and whatever it states."""
    note = PngInfo()
    note.add_text("RetinaRegen", '{"software": "s", "model": "m", "sha256": "0", "pixels": "0", "strength": "x"}')
    odd = tmp_path / "odd\udcff\x1b.png"
    Image.open(photographs / "left.png").save(odd, pnginfo=note)
    answer = command("verify", odd, photographs / "left.png")
    assert answer.status == 1
    assert [line.partition(": ")[2] for line in answer.out.splitlines()] == [NO_STATEMENT] * 2
    assert "odd\ufffd\ufffd.png" in answer.out


def test_verify_says_each_answer_before_it_reads_on(
    command: Command, photographs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verified = iter([verification.verify((photographs / "left.png").read_bytes())])
    monkeypatch.setattr(verification, "verify", lambda data: next(verified))
    with pytest.raises(StopIteration):
        command("verify", photographs / "left.png", photographs / "more" / "right.bmp")
    assert f"left.png: {NO_STATEMENT}" in capsys.readouterr().out


def test_restore_reports_on_request(command: Command, photographs: Path, tmp_path: Path) -> None:
    answer = command("restore", photographs / "left.png", "-o", tmp_path, "--reference", photographs, "--json")
    assert answer.status == 0
    report = json.loads((tmp_path / "left.json").read_text())
    assert json.loads(answer.out) == report
    assert report["metrics"]["input_quality"]["psnr"] == "infinity"
    assert report["provenance"]["verified"]
    assert "left.png" not in answer.out


def test_reports_and_steps_are_written_on_request(command: Command, photographs: Path, tmp_path: Path) -> None:
    options = ["--report", "pdf", "--report", "html", "--trajectory", "--steps", 1]
    answer = command("restore", photographs / "left.png", "-o", tmp_path / "out", *options)
    assert answer.status == 0
    assert answer.out == ""
    starts = {"png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>", "webp": b"RIFF", "zip": b"PK"}
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert written.keys() == {f"left.{suffix}" for suffix in starts}
    for suffix, start in starts.items():
        assert written[f"left.{suffix}"].startswith(start)
        assert b"left.png" not in written[f"left.{suffix}"]


def test_restore_keeps_a_table_of_all_files(command: Command, photographs: Path, tmp_path: Path) -> None:
    answer = command("restore", photographs, "-o", tmp_path / "out", "--csv", tmp_path / "table.csv", "--steps", 1)
    assert answer.status == 1
    rows = {Path(row["file"]).name: row for row in csv.DictReader((tmp_path / "table.csv").open())}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "left.png": "restored",
        "right.bmp": "restored",
        "fake.png": "failed",
    }
    assert rows["fake.png"]["problem"] in answer.err
    assert rows["left.png"]["steps"] == "1"


@pytest.mark.parametrize(("missing", "options"), [("SOPClassUID", []), ("SOPInstanceUID", ["--keep-patient"])], ids=str)
def test_without_a_derived_image_the_picture_is_there(
    command: Command, tmp_path: Path, phantom: Phantom, missing: str, options: list[str]
) -> None:
    source, out, table = tmp_path / "study.dcm", tmp_path / "out", tmp_path / "table.csv"
    made = dcmread(io.BytesIO(files.encoded(files.dataset(phantom.image[::2, ::2]))))
    del made[missing]
    made.save_as(source)
    answer = command("restore", source, "-o", out, "--steps", 1, "--csv", table, "--report", "json", *options)
    assert answer.status == 1
    assert "Use the PNG" in answer.err
    assert sorted(path.name for path in out.iterdir()) == ["study.json", "study.png"]
    (row,) = csv.DictReader(table.open())
    assert row["outcome"] == "failed" and "no derived DICOM" in row["problem"]


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond 20 kB, as if the disk were full then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_could_not_be_written_is_not_called_restored(
    command: Command, photographs: Path, tmp_path: Path, little_room: None
) -> None:
    out, table = tmp_path / "out", tmp_path / "table.csv"
    result = RetinaRegen.from_pretrained().restore(photographs / "left.png", steps=1)
    earlier = as_png(replace(result, restored=np.zeros_like(result.restored)), visible_mark=False)  # a small file
    out.mkdir()
    (out / "left.png").write_bytes(earlier)
    answer = command("restore", photographs / "left.png", "-o", out, "--steps", 1, "--csv", table)
    assert answer.status == 1
    assert "could not be written (File too large)" in answer.err
    (row,) = csv.DictReader(table.open())
    assert row["outcome"] == "failed" and row["problem"] in answer.err
    assert [path.name for path in out.iterdir()] == ["left.png"]  # whole or not at all
    assert (out / "left.png").read_bytes() == earlier


def test_missing_reference_is_said(command: Command, photographs: Path, tmp_path: Path) -> None:
    other = photographs / "more"
    answer = command("restore", photographs / "left.png", "-o", tmp_path / "out", "--reference", other, "--steps", 1)
    assert answer.status == 0
    assert "no reference of this stem" in answer.err


def test_only_unreadable_leaves_readable_and_refused_ones_alone(
    command: Command,
    photographs: Path,
    tmp_path: Path,
    tiny_checkpoints: Path,
    tiny_model: RetinaRegen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = tiny_model.assess(photographs / "left.png").probabilities
    cases = {
        "readable already, left alone": (-0.01, -0.01),
        "left alone. The picture does not look like a fundus": (0.01, 0.01),
        "PSNR": (-0.01, 0.01),
    }
    for number, (said, (first, others)) in enumerate(cases.items()):
        shifts = (first, others, others, others)
        limits = tuple(p + shift for p, shift in zip(scores, shifts, strict=True))
        config = {"spec": vars(replace(tiny_model.classifier.spec, thresholds=limits))}
        root = tmp_path / f"checkpoints{number}"
        (root / "readability").mkdir(parents=True)
        (root / "readability" / "model.safetensors").hardlink_to(tiny_checkpoints / "readability" / "model.safetensors")
        (root / "readability" / "config.json").write_text(json.dumps(config))
        (root / "flagship").symlink_to(tiny_checkpoints / "flagship")
        monkeypatch.setenv(VARIABLE, str(root))
        for name in ("readability", "flagship"):
            weights.record(name, root / name, "drawn at random for tests")
        out = tmp_path / f"out{number}"
        answer = command("restore", photographs / "left.png", "-o", out, "--only-unreadable", "--steps", 1)
        assert [path.name for path in out.iterdir()] == ([] if "alone" in said else ["left.png"])
        assert said in answer.err


def test_one_stem_is_written_once(command: Command, photographs: Path, tmp_path: Path, phantom: Phantom) -> None:
    Image.fromarray(phantom.image).save(photographs / "more" / "left.bmp")
    first, second = photographs / "left.png", photographs / "more" / "left.bmp"
    table = tmp_path / "table.csv"
    answer = command("restore", second, first, "-o", tmp_path / "out", "--steps", 1, "--csv", table)
    assert answer.status == 1
    assert f"{first}: FAILED. Its result would replace that of {second}" in answer.err
    rows = list(csv.DictReader(table.open()))
    assert [(row["file"], row["outcome"]) for row in rows] == [(str(second), "restored"), (str(first), "failed")]


def test_originals_are_never_replaced(command: Command, photographs: Path) -> None:
    original = (photographs / "left.png").read_bytes()
    answer = command("restore", photographs / "left.png", "-o", photographs)
    assert answer.status == 1
    assert (photographs / "left.png").read_bytes() == original


def test_an_original_that_nobody_named_is_not_replaced_but_an_earlier_result_is(
    command: Command, photographs: Path, phantom: Phantom
) -> None:
    Image.fromarray(phantom.image).save(photographs / "left.jpg")
    other_eye = (photographs / "left.png").read_bytes()
    answer = command("restore", photographs / "left.jpg", "-o", photographs, "--steps", 1)
    assert answer.status == 1 and "would replace the original" in answer.err
    assert (photographs / "left.png").read_bytes() == other_eye
    for seed in (1, 2):
        assert command("restore", photographs / "left.jpg", "-o", photographs / "out", "--seed", seed).status == 0
    assert "seed 2" in command("verify", photographs / "out" / "left.png").out


def test_results_below_the_photographs_are_no_photographs(command: Command, photographs: Path) -> None:
    (photographs / "fake.png").unlink()
    for _ in range(2):
        assert command("restore", photographs, "-o", photographs / "restored", "--steps", 1).status == 0
    assert len(list((photographs / "restored").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["restore", "PHOTOGRAPH", "-o", "OUT", "--model", "flagshp"], "flagshp"),
        (["restore", "PHOTOGRAPH", "-o", "OUT", "--steps", "0"], "--steps"),
        (["restore", "PHOTOGRAPH", "-o", "OUT", "--seed", str(2**64)], "lies outside 0 to 18446744073709551615"),
        (["restore", "PHOTOGRAPH", "-o", "OUT", "--report", "pfd"], "Did you mean 'pdf'?"),
        (["assess", "EMPTY", "--csv", "-"], "no photograph"),
        (["assess", "EMPTY/absent.png", "--csv", "-"], "absent.png"),
    ],
)
def test_mistakes_are_told_in_words(
    command: Command, photographs: Path, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"PHOTOGRAPH": photographs / "left.png", "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    for word, place in places.items():
        arguments = [argument.replace(word, str(place)) for argument in arguments]
    answer = command(*arguments)
    assert answer.status != 0
    assert reason in answer.err
    assert not (tmp_path / "out").exists()


def test_damaged_file_does_not_stop_the_rest(command: Command, photographs: Path, tmp_path: Path) -> None:
    whole = (photographs / "left.png").read_bytes()
    (photographs / "broken.png").write_bytes(whole[: len(whole) // 2])
    answer = command("restore", photographs, "-o", tmp_path / "out", "--steps", 1)
    assert answer.status == 1
    assert "2 of 4 photographs failed" in answer.err
    assert np.asarray(Image.open(tmp_path / "out" / "left.png")).shape == (256, 256, 3)
