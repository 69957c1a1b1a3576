from pathlib import Path

import pytest

from retinaregen_core.whole_files import whole


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    path.write_bytes(b"old")
    with whole(path) as partial:
        partial.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert partial.suffix != path.suffix
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["result.png"]


def fill_the_disk(path: Path) -> None:
    with whole(path) as partial:
        partial.write_bytes(b"half")
        raise OSError("The disk is full.")


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="disk"):
        fill_the_disk(path)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["result.png"]
