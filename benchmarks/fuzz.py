"""Broken photographs: ``python benchmarks/fuzz.py [INPUTS] [SEED]`` decodes that many, and prints what came of them.

A good file of every format, a ZIP of photographs among them, is spoiled by a few random edits. Whatever comes out must
be a photograph or an error with a sentence, soon, and in bounded memory; otherwise the exit status is 1.
"""

import io
import json
import resource
import signal
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from retinaregen_core import archive
from retinaregen_core.errors import RetinaRegenError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import draw

SIDE = 160
PATIENCE_S = 20
"""An input that takes longer counts as a hang."""
MOST_EDITS = 5
GOOD = "a photograph"


class Edit(NamedTuple):
    """One way to spoil a file."""

    kind: str
    """Row of :data:`EDITS`."""
    at: float
    """Where, in [0, 1) of the file's length."""
    value: int
    """A byte in [0, 255]."""


@cache
def samples() -> dict[str, bytes]:
    """A small drawn photograph in every format that is read."""
    picture = Image.fromarray(draw(0, SIDE).image)
    deep = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    found = {
        "png": _saved(picture, "PNG"),
        "jpeg": _saved(picture, "JPEG", quality=90),
        "progressive": _saved(picture, "JPEG", progressive=True),
        "tiff": _saved(picture, "TIFF"),
        "tiff_lzw": _saved(picture, "TIFF", compression="tiff_lzw"),
        "bmp": _saved(picture, "BMP"),
        "deep_png": _saved(deep, "PNG"),
        "deep_tiff": _saved(deep, "TIFF"),
        "palette": _saved(picture.convert("P"), "PNG"),
        "alpha": _saved(picture.convert("RGBA"), "PNG"),
        "tiny": _saved(picture.resize((1, 1)), "PNG"),
    }
    found["dicom"] = _as_dicom(np.asarray(picture))
    return found | {"zip": _packed(found["tiff"], found["jpeg"])}


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def _packed(*files: bytes) -> bytes:
    """The last one stored, the others compressed; the first name is not ASCII."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for number, file in enumerate(files):
            stored = zipfile.ZIP_STORED if number == len(files) - 1 else None
            target.writestr("\N{EYE}" * (number == 0) + f"{number}.bin", file, stored)
    return stream.getvalue()


def _as_dicom(image: np.ndarray) -> bytes:
    from pydicom import Dataset, dcmwrite, uid
    from pydicom.dataset import FileMetaDataset

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    data.SOPClassUID = uid.OphthalmicPhotography8BitImageStorage
    data.SOPInstanceUID = "1.2.3"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PlanarConfiguration = *image.shape[:2], 3, 0
    data.PhotometricInterpretation = "RGB"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = image.tobytes()
    stream = io.BytesIO()
    dcmwrite(stream, data, enforce_file_format=True)
    return stream.getvalue()


def _with(data: bytes, at: int, patch: bytes) -> bytes:
    return data[:at] + patch + data[at + len(patch) :]


EDITS: dict[str, Callable[[bytes, int, int, bytes], bytes]] = {
    "flip": lambda data, at, value, other: _with(data, at, bytes([data[at] ^ (1 << value % 8)])),
    "overwrite": lambda data, at, value, other: _with(data, at, bytes([value])),
    "huge": lambda data, at, value, other: _with(data, at, b"\x7f\xff\xff\xff"[value % 4 :]),
    "zeros": lambda data, at, value, other: _with(data, at, bytes(value % 64 + 1)),
    "cut": lambda data, at, value, other: data[: at + 1],
    "drop": lambda data, at, value, other: data[:at] + data[at + value + 1 :],
    "repeat": lambda data, at, value, other: data[:at] + data[at : at + value] * 4 + data[at:],
    "graft": lambda data, at, value, other: data[:at] + other[at:],
    "append": lambda data, at, value, other: data + other,
    "wrap": lambda data, at, value, other: other[:value] + data,
}
"""Name -> (file, place, byte, a file of another format) -> spoiled file. The last three make files of two kinds."""


def spoiled(sample: str, other: str, edits: Sequence[Edit]) -> bytes:
    """A sample after its edits; most of the places lie in the first kilobyte, where the formats keep their sizes."""
    data, second = samples()[sample], samples()[other]
    for kind, at, value in edits:
        reach = len(data) if value % 3 == 0 else min(len(data), 1024)
        data = EDITS[kind](data, int(at * reach), value, second) or b"\0"
    return data


def verdict(data: bytes) -> str:
    """What reading gives: :data:`GOOD`, or the first words of the refusal; anything else is raised."""
    try:
        archived = archive.is_archive(io.BytesIO(data))
        files = [member.read for member in archive.members(io.BytesIO(data))] if archived else [lambda: data]
    except RetinaRegenError as error:
        return _sentence(error)
    said = [_read(file) for file in files]
    return next((refusal for refusal in said if refusal != GOOD), GOOD)


def _read(file: Callable[[], bytes]) -> str:
    try:
        image = decode.read(file())
    except RetinaRegenError as error:
        return _sentence(error)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    return GOOD


def _sentence(error: RetinaRegenError) -> str:
    assert error.what.endswith(".") and error.remedy.endswith("."), error
    return " ".join(error.what.split()[:4])


def _drawn(rng: np.random.Generator) -> bytes:
    names, kinds = list(samples()), list(EDITS)
    edits = [
        Edit(kinds[rng.integers(len(kinds))], float(rng.random()), int(rng.integers(256)))
        for _ in range(rng.integers(1, MOST_EDITS + 1))
    ]
    sample, other = rng.integers(len(names), size=2)
    return spoiled(names[sample], names[other], edits)


def _hang(signal_number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {PATIENCE_S} s")


def main(inputs: int = 10_000, seed: int = 0) -> int:
    """Decode that many spoiled files; prints one JSON line."""
    rng, found, failures, slowest = np.random.default_rng(seed), Counter[str](), [], 0.0
    signal.signal(signal.SIGALRM, _hang)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    for number in range(inputs):
        data, begun = _drawn(rng), time.perf_counter()
        signal.alarm(PATIENCE_S)
        try:
            found[verdict(data)] += 1
        except Exception as error:  # exactly what must not come out
            failures.append(f"input {number}: {type(error).__name__}: {error}"[:200])
        signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - begun)
    facts = {
        "case": "fuzz",
        "inputs": inputs,
        "seed": seed,
        "found": dict(found.most_common()),
        "failures": failures,
        "seconds": round(time.perf_counter() - started, 1),
        "slowest_seconds": round(slowest, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6),
        "peak_mb_before": round(before * 1024 / 1e6),
    }
    print(json.dumps(facts))
    return int(bool(failures))


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
