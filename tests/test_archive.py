"""ZIP files as people and enemies make them."""

import io
import struct
import zipfile

import pytest

from retinaregen_core import archive
from retinaregen_core.errors import ImageError, RetinaRegenError


def packed(files: dict[str, bytes], **options: int) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as target:
        for name, content in files.items():
            target.writestr(name, content)
    stream.seek(0)
    return stream


def test_files_come_in_order_with_their_folders_and_without_furniture() -> None:
    files = {"one.png": b"1", "a/b/two.jpg": b"2", "__MACOSX/._one.png": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x"}
    found = list(archive.members(packed(files)))
    assert [(member.name, member.read()) for member in found] == [("one.png", b"1"), ("a/b/two.jpg", b"2")]


def test_names_that_climb_are_only_names() -> None:
    (member,) = archive.members(packed({"../../etc/passwd": b"content"}))
    assert member.name == "../../etc/passwd"
    assert member.read() == b"content"


def test_unprintable_names_are_made_harmless() -> None:
    (member,) = archive.members(packed({"eye\u202egnp.exe\x1b[2J": b""}))
    assert member.name == "eye�gnp.exe�[2J"


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1_000_000)
    bomb, small = archive.members(packed({"bomb.png": bytes(2_000_000), "small.png": b"ok"}))
    with pytest.raises(ImageError, match="unpacks to 2 MB"):
        bomb.read()
    assert small.read() == b"ok"


def test_a_bomb_that_lies_about_its_size_is_cut_at_the_lie() -> None:
    data = bytearray(packed({"bomb.png": bytes(5_000_000)}).getvalue())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        data[place : place + 4] = struct.pack("<I", 10)
    (member,) = archive.members(io.BytesIO(bytes(data)))
    with pytest.raises(ImageError, match="damaged"):
        member.read()


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_FILES", 2), ("MAX_TOTAL_BYTES", 2)], ids=["many files", "much content"]
)
def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(RetinaRegenError, match="holds 3 files"):
        list(archive.members(packed({"1": b"a", "2": b"b", "3": b"c"})))


@pytest.mark.parametrize(
    ("signature", "offset", "patch"),
    [
        pytest.param(b"PK\x01\x02", 42, b"\xf0\xff\xff\xff", id="beyond the end"),
        pytest.param(b"PK\x05\x06", 16, b"\xff\x00\x00\x00", id="before the start"),
        pytest.param(b"PK\x03\x04", 30, b"\xe0", id="a name that is no text"),
        pytest.param(b"PK\x01\x02", 10, b"\x0e", id="packed in another way"),
    ],
)
def test_a_broken_directory_is_damage(signature: bytes, offset: int, patch: bytes) -> None:
    data = bytearray(packed({"\N{EYE}.png": b"content"}).getvalue())
    place = data.index(signature) + offset
    data[place : place + len(patch)] = patch
    with pytest.raises(RetinaRegenError, match="damaged"):
        [member.read() for member in archive.members(io.BytesIO(bytes(data)))]


def test_an_archive_inside_is_named_as_such() -> None:
    (member,) = archive.members(packed({"inner.zip": packed({"one.png": b"1"}).getvalue()}))
    with pytest.raises(ImageError, match="archive inside"):
        member.read()


def test_a_locked_file_is_told_from_a_damaged_one() -> None:
    data = bytearray(packed({"one.png": b"1"}).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    (member,) = archive.members(io.BytesIO(bytes(data)))
    with pytest.raises(ImageError, match="password"):
        member.read()


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 cut short", packed({}).getvalue(), packed({"folder/": b""}).getvalue()]
)
def test_nothing_to_read_is_said(content: bytes) -> None:
    assert archive.is_archive(io.BytesIO(content))
    with pytest.raises(RetinaRegenError):
        list(archive.members(io.BytesIO(content)))


def test_a_picture_is_no_archive() -> None:
    file = io.BytesIO(b"\x89PNG and more")
    assert not archive.is_archive(file)
    assert file.read() == b"\x89PNG and more"
