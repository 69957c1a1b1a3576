import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core.datasets import read_index
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.packing import pack

FILES = {"pool512/srahim_Patient001_L.png": {"q": 1.5}, "eyeq256/10022_right.png": {"quality": "reject"}}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in FILES:
        (folder / name).parent.mkdir()
        Image.fromarray(draw(0, 128).image).save(folder / name)
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "dataset", "licence", "source", "labels"])
        writer.writerows(
            [name, name.split("/")[0], "free", "drawn", json.dumps(facts)] for name, facts in FILES.items()
        )
    (folder / "locations.csv").write_text("x,y\n1,2\n")
    return folder


def test_a_packed_folder_reads_like_the_original_and_is_smaller(data: Path, tmp_path: Path) -> None:
    size = pack(data, tmp_path)
    before, after = read_index(data), read_index(tmp_path)
    assert [(e.patient, e.labels, e.facts) for e in after] == [(e.patient, e.labels, e.facts) for e in before]
    assert (
        size == sum(entry.path.stat().st_size for entry in after) < sum(entry.path.stat().st_size for entry in before)
    )
    difference = decode.read(after[0].path).astype(int) - decode.read(before[0].path)
    assert 0 < np.abs(difference).mean() < 3
    assert (tmp_path / "locations.csv").read_text() == (data / "locations.csv").read_text()


def test_an_interrupted_copy_goes_on(data: Path, tmp_path: Path) -> None:
    pack(data, tmp_path, ["eyeq256"])
    (entry,) = read_index(tmp_path)
    first = entry.path.stat().st_mtime_ns
    pack(data, tmp_path)
    assert len(read_index(tmp_path)) == len(FILES)
    assert entry.path.stat().st_mtime_ns == first


def test_a_manifest_from_a_spreadsheet_is_read(data: Path, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir()
        shutil.copy(data / name, tmp_path / name)
    (tmp_path / "manifest.csv").write_text((data / "manifest.csv").read_text(), encoding="utf-8-sig")
    pack(tmp_path, tmp_path / "out")
    assert [entry.patient for entry in read_index(tmp_path / "out")] == [entry.patient for entry in read_index(data)]


def test_what_cannot_be_copied_is_named(tmp_path: Path) -> None:
    picture = Image.fromarray(draw(0, 128).image)
    for name in ("eye.png", "eye.tif"):
        picture.save(tmp_path / name)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,dataset,labels\neye.png,drawn,\neye.tif,drawn,\n")
    with pytest.raises(ImageError, match=r"eye\.tif would replace that of .*eye\.png"):
        pack(tmp_path, tmp_path / "out")
    manifest.write_text("file,dataset,labels\ngone.png,drawn,\n")
    with pytest.raises(ImageError, match=r"gone\.png: There is no such file"):
        pack(tmp_path, tmp_path / "other")


def test_what_the_manifest_does_not_list_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="lists nothing in pool256"):
        pack(data, tmp_path, ["pool256"])
    with pytest.raises(ImageError, match=r"no manifest\.csv"):
        pack(tmp_path, tmp_path / "out")
