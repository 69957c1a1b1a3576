"""What handlers tell the page, update by update."""

import html
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dicom_files as files
from demo import handlers, models, restoring, runs, words
from demo.arrival import About
from demo.handlers import SKIP, Case, Update, on_example
from demo.viewer import Reading
from retinaregen_core.errors import SpecError
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import Readability, RetinaRegen
from retinaregen_core.records import Damage

SHOWN = ("case", "readability", "result", "curves", "trail", "kept", "downloads")
"""What belongs to one photograph."""


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = Readability(0.9, 0.1, 0.9, 0.9, thresholds=(0.5, 0.5, 0.5, 0.5))
    monkeypatch.setattr(models, "assess", lambda image: scores)


def phases(updates: list[Update]) -> list[str]:
    return [update.viewer.phase for update in updates if isinstance(update.viewer, Reading)]


def test_opening_says_so_and_shows_scores_only_with_their_picture(scored: None) -> None:
    _, first, *between, last = on_example("cataract", None)
    assert words.status.OPENING in first.status
    assert first.restore["interactive"] is False
    assert phases([first, *between, last]) == ["opening", "ready"]
    assert all(getattr(update, name) is SKIP for update in (first, *between) for name in SHOWN)
    assert words.readability.BEFORE in last.readability


def test_what_cannot_be_opened_after_all_takes_nothing_away(scored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes, name: str) -> Path:
        raise OSError("No space left on device")

    open_before = example()
    monkeypatch.setattr(handlers, "store", full)
    updates = list(on_example("cataract", None))
    assert phases(updates) == ["opening", "abandoned"]
    assert all(getattr(update, name) is SKIP for update in updates for name in SHOWN)
    assert updates[-1].restore["interactive"] is False  # nothing is open
    updates = list(on_example("cataract", open_before))
    assert updates[-1].restore == handlers.restore_button(open_before)


def test_what_was_chosen_last_is_shown_however_long_an_earlier_choice_takes(
    scored: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended: list[bool] = []
    (tmp_path / "note.txt").write_text("no photograph")
    slow, broken = on_example("cataract", None), handlers.on_upload(str(tmp_path / "note.txt"), None)
    for updates in (slow, broken):
        assert words.status.OPENING in [next(updates), next(updates)][-1].status
    assert isinstance(list(on_example("sharp", None))[-1].case, Case)
    monkeypatch.setattr(runs, "end", lambda: ended.append(True))
    assert list(slow) == [Update()] and list(broken) == [Update()] and not ended


def example() -> Case:
    *_, last = on_example("cataract", None)
    case: Case = last.case
    return case


def test_what_is_no_photograph_leaves_the_run_on_the_last_one_alone(scored: None, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no photograph")
    ended: list[bool] = []
    with runs.RUNS.under_way("") as run:
        run.ended.set()  # nobody waits in this test
        refused = list(handlers.on_upload(str(tmp_path / "note.txt"), None))
        ended.append(run.ending.is_set())
        list(on_example("cataract", None))
        ended.append(run.ending.is_set())
    assert ended == [False, True]
    assert phases(refused) == []
    assert refused[-1].cancel is SKIP and refused[-1].restore is SKIP


def test_what_was_spoiled_before_is_spoiled_anew_from_its_sharp_original(scored: None) -> None:
    case = example()
    assert case.reference is not None
    for kind in ("010", "cataract"):
        *_, opened, _ = handlers.on_degrade(case, kind, 1)
        assert opened.case.reference is not None
        assert np.array_equal(handlers.read(opened.case.reference), handlers.read(case.reference))
        case = opened.case


def test_no_image_of_a_patients_is_derived_from_what_was_spoiled_on_purpose(scored: None) -> None:
    case = replace(example(), about=About(eye="L", header="header.dcm"))
    *_, opened, _ = handlers.on_degrade(case, "111", 1)
    assert opened.case.about == About(eye="L", header="header.dcm", damage=Damage("111", 1))
    assert case.about.derivable and not opened.case.about.derivable


def test_what_was_spoiled_on_purpose_says_so_in_its_record(scored: None, tiny_model: RetinaRegen) -> None:
    *_, opened, _ = handlers.on_degrade(example(), "111", 1)
    result = tiny_model.restore(handlers.read(opened.case.photograph), lpips=False)
    shown = restoring.Run(opened.case, "flagship", frames=[], captions=["step"]).show(result)
    assert shown.kept.restoration.again().damage == Damage("111", 1)


def test_where_there_is_no_reference_removing_it_ends_nothing(scored: None) -> None:
    case = example()
    alone = replace(case, reference=None)
    with runs.RUNS.under_way("") as run:
        run.ended.set()  # nobody waits in this test
        assert phases(list(handlers.on_without_reference(alone))) == []
        assert not run.ending.is_set()
        *_, removed = handlers.on_without_reference(case)
        assert run.ending.is_set()
    assert removed.case == alone


@pytest.mark.parametrize(("written", "seed"), [(None, 0), (0, 0), (7.0, 7)])
def test_a_seed_that_is_not_given_is_0(written: float | None, seed: int) -> None:
    assert handlers.whole(written) == seed


def test_a_seed_below_0_is_refused_with_a_sentence() -> None:
    with pytest.raises(SpecError, match="The seed -1 lies outside"):
        handlers.whole(-1)


def test_a_file_with_a_damaged_description_says_that_no_dicom_can_come_of_it(scored: None, tmp_path: Path) -> None:
    whole = files.encoded(files.dataset(draw(0, 320).image, PixelSpacing=["0.0045"] * 2))
    for content, damaged in ((whole, False), (whole.replace(b"0.0045", b"0.0x45"), True)):
        path = tmp_path / "sent.dcm"
        path.write_bytes(content)
        *_, opened = handlers.on_upload(str(path), None)
        assert (words.intake.NO_DICOM in html.unescape(opened.status)) == damaged
        assert (opened.case.about.header is None) == damaged
