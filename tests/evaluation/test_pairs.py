"""Test cases: same seed, same pair, whatever else is evaluated; nothing that training saw; no lonely input."""

import json
import logging
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retinaregen_core import datasets
from retinaregen_core.datasets import ENLARGED
from retinaregen_core.errors import ImageError, RetinaRegenError, SpecError
from retinaregen_core.evaluation.pairs import PAIR_FOLDERS, REAL, find_cases, pair_seed
from retinaregen_core.imaging.degrade import DEGRADATIONS
from retinaregen_core.imaging.phantom import draw


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drawn photographs, one of them not framed to 512 px."""
    folder = tmp_path_factory.mktemp("photographs")
    for seed in range(2):
        Image.fromarray(draw(seed).image).save(folder / f"{seed}.png")
    wide = np.pad(draw(2, 600).image, ((0, 0), (60, 90), (0, 0)))
    Image.fromarray(wide).save(folder / "2.png")
    return folder


def test_every_photograph_meets_every_type(photographs: Path) -> None:
    cases = find_cases(photographs, None, None, seed=0)
    assert {(case.file, case.kind) for case in cases} == {(f"{i}.png", kind) for i in range(3) for kind in DEGRADATIONS}


def test_cases_know_their_data_set(photographs: Path, tmp_path: Path) -> None:
    assert {case.dataset for case in find_cases(photographs, ["001"], None, seed=0)} == {photographs.name}
    rows = ["file,dataset,labels"]
    for patient in range(40):
        Image.new("RGB", (512, 512)).save(tmp_path / f"{patient:03}.png")
        rows.append(f'{patient:03}.png,clinic{patient % 2},"{{""quality"": ""good""}}"')
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    for case in find_cases(tmp_path, ["001"], None, seed=0):
        assert case.dataset == f"clinic{int(case.file[:3]) % 2}"


def test_a_pair_does_not_depend_on_what_else_is_evaluated(photographs: Path) -> None:
    every = {(case.index, case.kind): case for case in find_cases(photographs, None, None, seed=5)}
    (alone,) = find_cases(photographs, ["110"], 1, seed=5)
    one, other = alone.load(), every[alone.index, "110"].load()
    assert np.array_equal(one.degraded, other.degraded)
    assert np.array_equal(one.reference, other.reference)


def test_seeds_differ_between_photographs_types_and_runs() -> None:
    seeds = {pair_seed(seed, index, kind) for seed in range(3) for index in range(20) for kind in DEGRADATIONS}
    assert len(seeds) == 3 * 20 * len(DEGRADATIONS)


def test_pairs_are_512_px_with_the_same_black_corners(photographs: Path) -> None:
    for case in find_cases(photographs, ["001"], None, seed=0):
        degraded, reference, mask = case.load()
        assert np.array_equal(reference.any(axis=2) | mask, mask) and mask.mean() > 0.6
        assert degraded.shape == reference.shape == (512, 512, 3)
        assert not degraded[0, 0].any()
        assert not reference[0, 0].any()
        assert not np.array_equal(degraded, reference)


def test_a_limit_spreads_over_the_folder(photographs: Path) -> None:
    assert [case.index for case in find_cases(photographs, ["100"], 2, seed=0)] == [0, 1]
    assert [case.index for case in find_cases(photographs, ["100"], 9, seed=0)] == [0, 1, 2]


def test_unknown_type_names_the_nearest(photographs: Path) -> None:
    with pytest.raises(SpecError, match="cataract"):
        find_cases(photographs, ["catarakt"], None, seed=0)


def test_small_or_enlarged_photographs_are_no_references(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / ENLARGED).mkdir()
    for name, side in (("large.png", 512), ("small.png", 400), (f"{ENLARGED}/enlarged.png", 512)):
        Image.fromarray(draw(0, side).image).save(tmp_path / name)
    with caplog.at_level(logging.INFO):
        found = {case.file for case in find_cases(tmp_path, ["100"], None, seed=0)}
    assert found == {"large.png"} and "Left out: 2 photographs" in caplog.text
    (tmp_path / "large.png").unlink()
    with pytest.raises(ImageError, match="512 px or more"):
        find_cases(tmp_path, ["100"], None, seed=0)


def test_a_header_that_promises_too_much_is_one_photographs_trouble(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    (tmp_path / "huge.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    )
    Image.fromarray(draw(0).image).save(tmp_path / "large.png")
    cases = {case.file: case for case in find_cases(tmp_path, ["100"], None, seed=0)}
    assert set(cases) == {"huge.png", "large.png"}


def test_an_index_gives_only_readable_photographs_of_held_out_patients(tmp_path: Path) -> None:
    rows = ["file,dataset,licence,source,labels"]
    for patient in range(40):
        for quality in ("good", "reject"):
            name = f"p{patient}{quality}.png"
            Image.new("RGB", (512, 512)).save(tmp_path / name)
            rows.append(f'{name},eye,,,"{json.dumps({"quality": quality}).replace(chr(34), chr(34) * 2)}"')
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    test = {entry.path.name for entry in datasets.split_by_patient(datasets.read_index(tmp_path))["test"]}
    found = {case.file for case in find_cases(tmp_path, ["100"], None, seed=0)}
    assert found == {name for name in test if "good" in name}
    assert 0 < len(found) < 40


def test_a_red_free_pair_is_the_green_of_the_same_pair(photographs: Path) -> None:
    (coloured,), (grey,) = (find_cases(photographs, ["111"], 1, 0, without) for without in (False, True))
    for one, other in zip(coloured.load()[:2], grey.load()[:2], strict=True):
        assert all(np.array_equal(other[..., channel], one[..., 1]) for channel in range(3))


@pytest.mark.parametrize("names", PAIR_FOLDERS)
def test_real_pairs_are_matched_by_stem(tmp_path: Path, names: tuple[str, str]) -> None:
    for folder, suffix, share in zip(names, ("png", "bmp"), (0.5, 1), strict=True):
        (tmp_path / folder).mkdir()
        dimmed = (draw(0, 300).image * share).astype(np.uint8)
        Image.fromarray(np.pad(dimmed, ((0, 0), (60, 90), (0, 0)))).save(tmp_path / folder / f"eye.{suffix}")
    (case,) = find_cases(tmp_path, None, None, seed=0)
    assert case.kind == REAL
    degraded, reference, mask = case.load()
    assert degraded.shape == reference.shape == (512, 512, 3)
    assert np.abs(reference / 2 - degraded)[mask].max() <= 3
    assert mask[256, 6] and mask[6, 256] and not mask[6, 6]  # cut to the eye


def test_pairs_have_no_type_to_choose(tmp_path: Path) -> None:
    for folder in PAIR_FOLDERS[0]:
        (tmp_path / folder).mkdir()
        Image.fromarray(draw(0, 200).image).save(tmp_path / folder / "eye.png")
    with pytest.raises(SpecError, match="cataract"):
        find_cases(tmp_path, ["catarakt"], None, seed=0)
    (case,) = find_cases(tmp_path, ["cataract"], None, seed=0)
    assert case.kind == REAL


def test_a_pair_of_two_sizes_is_refused_in_words(tmp_path: Path) -> None:
    for folder, side in zip(PAIR_FOLDERS[0], (200, 210), strict=True):
        (tmp_path / folder).mkdir()
        Image.fromarray(draw(0, side).image).save(tmp_path / folder / "eye.png")
    (case,) = find_cases(tmp_path, None, None, seed=0)
    with pytest.raises(ImageError, match="210 x 210"):
        case.load()


def test_two_references_of_one_name_are_named(tmp_path: Path) -> None:
    for name in ("input/eye.png", "reference/eye.png", "reference/eye.bmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (200, 160)).save(tmp_path / name)
    (tmp_path / "input" / ".DS_Store").write_text("furniture")
    with pytest.raises(RetinaRegenError, match=r"eye\.bmp and .*eye\.png have the same stem"):
        find_cases(tmp_path, None, None, seed=0)
    (tmp_path / "reference" / "eye.bmp").unlink()
    assert len(find_cases(tmp_path, None, None, seed=0)) == 1


def test_an_input_without_reference_is_named(tmp_path: Path) -> None:
    for folder in ("input", "reference"):
        (tmp_path / folder).mkdir()
    Image.new("RGB", (200, 160)).save(tmp_path / "input" / "lonely.png")
    with pytest.raises(ImageError, match=r"lonely\.png"):
        find_cases(tmp_path, None, None, seed=0)


def test_a_folder_without_photographs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        find_cases(tmp_path, None, None, seed=0)
