"""What the networks are shown: pairs for the restorers, labelled pictures for the classifier."""

import logging
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from retinaregen_core.datasets import SHARP_LABELS, Entry
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.framing import framed
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.training import augment
from retinaregen_core.training.augment import BLUE_TO_GREEN, GREEN_TO_RED, even_out, grey, other_camera, recolour, turn
from retinaregen_core.training.other_pictures import MAKERS, TAKEN_APART, draw_other, dress
from retinaregen_core.training.pairs import MIXES, PairStream, read_framed
from retinaregen_core.training.readings import SHARES, UPLOADS, ReadingStream, exported
from retinaregen_core.training.regions import (
    CROPPED,
    DAMAGES,
    SIZE,
    WHOLE_DAMAGES,
    Regions,
    crop,
    damage,
    judge,
    judge_places,
    regions_from_disc,
    soft_disc,
)
from retinaregen_core.training.stream import pick, shuffled


@pytest.fixture(scope="module")
def photographs(phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    paths = [folder / f"{index}.png" for index in range(2)]
    for path, image in zip(paths, (phantom.image, np.fliplr(phantom.image)), strict=True):
        cv2.imwrite(str(path), image[..., ::-1])
    return paths


@pytest.fixture(scope="module")
def sharp(phantom: Phantom) -> tuple[np.ndarray, np.ndarray, Regions]:
    """The phantom at the size at which damage is judged: picture in [0, 1], field of view, regions."""
    scale = SIZE / len(phantom.image)
    picture = cv2.resize(phantom.image, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    mask = cv2.resize(phantom.mask.astype(np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_AREA) > 0
    (dx, dy), (mx, my) = phantom.disc_centre, phantom.macula_centre
    return picture, mask, Regions((dx * scale, dy * scale), (mx * scale, my * scale))


@pytest.mark.parametrize("shares", [SHARES, UPLOADS, *MIXES.values()])
def test_shares_add_up(shares: dict[str, float]) -> None:
    assert sum(shares.values()) == pytest.approx(1)


def test_shuffled_uses_every_sample_equally_often() -> None:
    count = iter(range(10**6))
    drawn = list(islice(shuffled(lambda rng: next(count), np.random.default_rng(0), uses=3), 3000))
    frequencies = np.bincount(drawn)[:500]
    assert frequencies.max() <= 3
    assert frequencies.mean() > 2.7


def test_a_photograph_that_cannot_be_read_is_named_and_another_drawn(
    photographs: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(photographs[0].read_bytes()[:2000])
    rng = np.random.default_rng(0)
    with caplog.at_level(logging.WARNING):
        found = {pick([broken, *photographs], decode.read, rng)[0] for _ in range(20)}
    assert found == set(photographs)
    assert "broken.png is left out. " in caplog.text
    with pytest.raises(ImageError):
        pick([broken], decode.read, rng)


def test_turn_keeps_pictures_together() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    for seed in range(8):
        a, b = turn([image, image + 1], np.random.default_rng(seed))
        assert np.array_equal(a + 1, b)
        assert sorted(a.ravel()) == sorted(image.ravel())


def test_camera_colours_keep_black_and_strength_zero_changes_nothing(phantom: Phantom) -> None:
    assert np.array_equal(other_camera(phantom.image, np.random.default_rng(0), 0.0), phantom.image)
    assert other_camera(phantom.image, np.random.default_rng(0))[~phantom.mask].max() <= 2
    channels = grey(phantom.image, np.random.default_rng(0))
    assert np.array_equal(channels[..., 0], channels[..., 2])


def test_light_becomes_more_even_or_less_and_vessels_stay(phantom: Phantom, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = cv2.erode(phantom.mask.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0

    def unevenness(image: np.ndarray) -> np.ndarray:
        smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 40)[inside]
        return smooth.std(axis=0) / smooth.mean(axis=0)

    def detail(image: np.ndarray) -> np.ndarray:
        green = image[..., 1].astype(np.float32)
        return (green - cv2.GaussianBlur(green, (0, 0), 4))[inside]

    before = unevenness(phantom.image)
    for share, compare in ((1.0, np.less), (-0.3, np.greater), (0.0, np.isclose)):
        monkeypatch.setattr(augment, "EVENNESS", (share, share))
        lit = even_out(phantom.image, phantom.mask, np.random.default_rng(0))
        assert compare(unevenness(lit), before).all()
        assert np.corrcoef(detail(lit), detail(phantom.image))[0, 1] > 0.95


def test_recoloured_photographs_have_a_cameras_colours_and_keep_their_surround(phantom: Phantom) -> None:
    for seed in range(8):
        coloured = recolour(phantom.image, phantom.mask, np.random.default_rng(seed))
        red, green, blue = coloured[phantom.mask].mean(axis=0)
        assert 0.8 * GREEN_TO_RED[0] < green / red < 1.2 * GREEN_TO_RED[1]
        assert blue / green < 1.2 * BLUE_TO_GREEN[1]
        assert coloured[phantom.image == 0].max() == 0
        order = np.argsort(phantom.image[..., 1], axis=None)
        assert (np.diff(coloured[..., 1].ravel()[order].astype(int)) >= 0).all()  # nothing is folded


def test_pairs_come_at_the_size_that_is_asked_for(photographs: list[Path]) -> None:
    (whole,), (small,) = (list(islice(PairStream(photographs, seed=5, size=size), 1)) for size in (512, 128))
    assert whole["photograph"].shape == (3, 512, 512) and small["reference"].shape == (3, 128, 128)
    difference = F.avg_pool2d(whole["reference"].float(), 4) - small["reference"].float()
    assert difference.abs().max() < 1


def test_pairs_share_the_frame_and_repeat_with_their_seed(photographs: list[Path]) -> None:
    first, again = (list(islice(PairStream(photographs, seed=1), 4)) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert a["photograph"].shape == (3, 512, 512)
        assert (a["photograph"] == b["photograph"]).all()
        outside = a["reference"].amax(dim=0) == 0
        assert a["photograph"][:, outside].float().mean() < 2  # both are black outside the same field of view
    assert any((pair["photograph"] != pair["reference"]).any() for pair in first)


def test_paper_pairs_are_never_degraded(photographs: list[Path]) -> None:
    for pair in islice(PairStream(photographs, seed=1, degraded=False), 4):
        assert (pair["photograph"] == pair["reference"]).all()


def test_readings_have_the_working_size_and_known_or_unknown_labels(photographs: list[Path]) -> None:
    entries = [Entry(path, "x", str(path), SHARP_LABELS, {"od_xy512": [380.0, 240.0]}) for path in photographs]
    graded = [Entry(photographs[0], "y", "y", (1, None, None, 0), {"quality": "reject"})]
    for reading in islice(ReadingStream(entries + graded, 64, seed=0), 12):
        assert reading["image"].shape == reading["copy"].shape == (3, 64, 64)
        assert reading["image"].dtype == reading["copy"].dtype == torch.uint8
        assert reading["labels"].shape == (4,)
        assert all(value in (0, 1) or value.isnan() for value in reading["labels"])


@pytest.mark.parametrize("seed", range(4))
def test_another_file_of_a_picture_shows_the_same_in_other_pixels(phantom: Phantom, seed: int) -> None:
    plain = cv2.resize(phantom.image, (224, 224), interpolation=cv2.INTER_AREA)
    copy = exported(phantom.image, 224, np.random.default_rng(seed))
    assert copy.shape == plain.shape and copy.dtype == np.uint8
    apart = np.abs(copy.astype(float) - plain)
    assert 0 < apart.mean() < 5  # coded while dark, a grey level has become four


def test_a_source_without_photographs_is_not_drawn_from(photographs: list[Path]) -> None:
    sharp = [Entry(path, "x", str(path), SHARP_LABELS) for path in photographs]
    graded = [replace(entry, facts={"quality": "good"}) for entry in sharp]
    shares = [ReadingStream(entries, 64, seed=0).shares for entries in (sharp, graded, sharp + graded)]
    assert [set(known) for known in shares] == [{"damaged", "sharp", "other"}, {"graded", "other"}, set(SHARES)]
    assert [sum(known.values()) for known in shares] == pytest.approx([1, 1, 1])
    assert shares[1]["graded"] / shares[1]["other"] == pytest.approx(SHARES["graded"] / SHARES["other"])
    assert shares[2] == SHARES  # to the last bit, or the same seed would not give the same stream
    for entries in (sharp, graded):
        assert len(list(islice(ReadingStream(entries, 64, seed=0), 12))) == 12


def test_pairs_of_a_wide_photograph_are_framed(phantom: Phantom, tmp_path: Path) -> None:
    wide = np.pad(phantom.image, ((20, 0), (90, 130), (0, 0)))
    cv2.imwrite(str(tmp_path / "wide.png"), wide[..., ::-1])
    image, mask = read_framed(tmp_path / "wide.png")
    assert np.array_equal(image, framed(wide, 512)) and mask.shape == (512, 512)
    (pair,) = islice(PairStream([tmp_path / "wide.png"], seed=0), 1)
    assert pair["photograph"].shape == pair["reference"].shape == (3, 512, 512)


def test_an_untouched_photograph_is_readable_and_a_grey_one_is_not(sharp) -> None:  # type: ignore[no-untyped-def]
    picture, mask, regions = sharp
    assert judge(picture, picture, mask, regions) == (1, 1, 1, 1)
    blank = np.full_like(picture, 0.4)
    assert judge(picture, blank, mask, regions) == (None, 0, 0, 0)


@pytest.mark.parametrize(("where", "expected"), [("disc", (1, 1, 0)), ("macula", (1, 0, 1))])
def test_damage_on_one_region_leaves_the_other_readable(sharp, where: str, expected: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
    picture, mask, regions = sharp
    weight = soft_disc(getattr(regions, where), 45, 4)[..., None]
    damaged = picture * (1 - weight) + 0.5 * weight
    assert judge(picture, damaged, mask, regions)[:3] == expected


def test_every_place_is_judged_by_what_is_left_there(sharp) -> None:  # type: ignore[no-untyped-def]
    picture, mask, _ = sharp
    blank_left = picture.copy()
    blank_left[:, : SIZE // 2] = 0.5
    before, after = (judge_places(picture, seen, mask, 8) for seen in (picture, blank_left))
    assert before.shape == (8, 8) and set(before[~np.isnan(before)]) == {1}
    assert np.isnan(before[0, 0])  # outside the field of view
    assert set(after[:, :3][~np.isnan(before[:, :3])]) == {0}
    assert set(after[:, 5:][~np.isnan(before[:, 5:])]) == {1}


def test_blur_is_judged_by_its_severity(sharp) -> None:  # type: ignore[no-untyped-def]
    picture, mask, regions = sharp
    verdicts = [judge(picture, cv2.GaussianBlur(picture, (0, 0), s), mask, regions)[3] for s in (0.3, 12)]
    assert verdicts == [1, 0]


@pytest.mark.parametrize("name", DAMAGES | WHOLE_DAMAGES)
def test_every_damage_stays_a_picture_and_grows_with_severity(sharp, name: str) -> None:  # type: ignore[no-untyped-def]
    picture = sharp[0]
    light, heavy = (
        (DAMAGES | WHOLE_DAMAGES)[name](picture, severity, np.random.default_rng(0)) for severity in (0.05, 0.9)
    )
    assert heavy.shape == picture.shape
    assert np.abs(heavy - picture).mean() > np.abs(light - picture).mean()


def test_a_cropped_photograph_has_lost_what_its_frame_leaves_out(sharp) -> None:  # type: ignore[no-untyped-def]
    picture, mask, regions = sharp
    for seed in range(8):
        cropped = crop(picture, 1.0, np.random.default_rng(seed))
        black = ~cropped.any(axis=2) & mask
        assert black.sum() > 0.8 * CROPPED * mask.sum()
        assert np.array_equal(cropped[~black & mask], picture[~black & mask])
        assert judge(picture, cropped, mask, regions)[3] == 0


def test_damage_acts_only_where_it_is_told(sharp) -> None:  # type: ignore[no-untyped-def]
    picture = sharp[0]
    where = np.zeros((SIZE, SIZE), np.float32)
    where[:50] = 1
    damaged = damage(picture, where, np.random.default_rng(3))
    assert np.array_equal(damaged[50:], picture[50:])
    assert not np.array_equal(damaged[:50], picture[:50])


def test_macula_lies_on_the_far_side_of_the_disc() -> None:
    right, left = regions_from_disc((250.0, 150.0)).macula, regions_from_disc((70.0, 150.0)).macula
    assert right is not None
    assert left is not None
    assert right[0] < SIZE / 2 < 250 and left[0] > SIZE / 2 > 70
    assert regions_from_disc(None).macula is None


def test_other_pictures_vary() -> None:
    rng = np.random.default_rng(0)
    pictures = [draw_other(rng) for _ in range(12)]
    assert all(picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


@pytest.mark.parametrize("name", MAKERS)
def test_every_maker_draws_a_picture_that_can_be_dressed(name: str) -> None:
    picture = dress(MAKERS[name][0](np.random.default_rng(0)), np.random.default_rng(1))
    assert picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8 and picture.std() > 0


@pytest.mark.parametrize("name", TAKEN_APART)
def test_a_photograph_taken_apart_shows_the_same_things_elsewhere(phantom: Phantom, name: str) -> None:
    whole = cv2.resize(phantom.image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    apart = TAKEN_APART[name](whole, np.random.default_rng(0))
    assert apart.shape == whole.shape and apart.dtype == np.uint8
    inside = whole.max(axis=-1) > 20
    assert np.corrcoef(apart[inside, 1], whole[inside, 1])[0, 1] < 0.9
