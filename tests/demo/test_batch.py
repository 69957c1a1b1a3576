"""Many photographs, as a visitor meets them."""

import csv
import io
import json
import threading
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect
from visitors import serious, visit, write

import dicom_files as files
from demo import cache, models, words
from demo.batch import run as batch_run
from demo.batch.intake import MOST_FILES, Sent
from demo.batch.run import RESULT_FILE, WARNED
from demo.turns import Turns
from retinaregen_core import report
from retinaregen_core.diffusion.process import DenoisingStep
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.outcomes import COLUMNS, TASKS, Outcome
from retinaregen_core.pipeline import Readability, RetinaRegen
from retinaregen_core.verdict import cautions

NAME = "LASTNAME_FIRSTNAME_1950-01-01.png"


@pytest.fixture
def desk(browser: Browser, app_url: str) -> Iterator[Page]:
    with visit(browser, app_url + "batch", ready="#batch-intake .drop") as visitor:
        yield visitor


@pytest.fixture(scope="module")
def used_desk(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for all that wait for the end: whoever sends a lot may find the table of the one before, and says yes
    when asked whether its pictures may go."""
    with visit(browser, app_url + "batch", ready="#batch-intake .drop", stays=True) as visitor:
        visitor.on("dialog", lambda dialog: dialog.accept())
        yield visitor


def send(page: Page, *paths: Path) -> None:
    page.set_input_files("#batch-intake input[type=file]", list(paths))
    expect(page.locator("#status")).to_have_text(words.batch.READY.format(count=len(paths)))


def run(page: Page, task: str) -> None:
    page.get_by_label(words.batch.TASKS[task]).check()
    page.click("#start")


def saved(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.click(f"#download-{kind}")
    assert download.value.suggested_filename == f"retinaregen_batch.{kind}"
    return Path(download.value.path()).read_bytes()


def verdicts(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".batch tbody td:last-child").all_inner_texts()]


def test_every_task_has_a_name() -> None:
    assert words.batch.TASKS.keys() == TASKS.keys()
    assert str(MOST_FILES) in words.intake.BATCH["too_many"]


def test_a_mixed_lot_becomes_a_table_and_files_to_take_home(
    used_desk: Page, tmp_path: Path, library: RetinaRegen
) -> None:
    addresses: list[str] = []
    used_desk.on("request", lambda request: addresses.append(request.url))
    assert serious(used_desk) == []
    eye, inner = write(tmp_path, NAME), write(tmp_path, "inner.png", 1)
    fake = tmp_path / "<b>fake.png"
    fake.write_text("not a picture")
    lot = tmp_path / "lot.zip"
    with zipfile.ZipFile(lot, "w") as archive:
        archive.write(inner, "clinic/left/inner.png")
        archive.writestr("clinic/notes.txt", "no picture")
    send(used_desk, eye, fake, lot)
    run(used_desk, "all")
    done = words.batch.DONE.format(done=4, restored=2, failed=2)
    expect(used_desk.locator("#status")).to_have_text(done)
    assert serious(used_desk) == []

    names = [NAME, "<b>fake.png", "clinic/left/inner.png", "clinic/notes.txt"]
    assert used_desk.locator(".batch tbody th").all_inner_texts() == names
    assert used_desk.locator(".batch tbody tr img").count() == 4
    assert len(verdicts(used_desk)[1]) > 20

    rows = list(csv.DictReader(io.StringIO(saved(used_desk, "csv").decode("utf-8-sig"))))
    assert tuple(rows[0]) == (RESULT_FILE, *COLUMNS)
    assert [row["file"] for row in rows] == names
    assert [row["outcome"] for row in rows] == ["restored", "failed", "restored", "failed"]
    with zipfile.ZipFile(io.BytesIO(saved(used_desk, "zip"))) as results:
        restorations = {"001": library.restore(eye), "003": library.restore(inner)}
        stems = [f"{WARNED if cautions(found) else ''}{number}" for number, found in restorations.items()]
        assert results.namelist() == [*(f"{stem}.{kind}" for stem in stems for kind in ("png", "json")), "table.csv"]
        assert [results.read(f"{stem}.png") for stem in stems] == [*map(report.as_png, restorations.values())]
        assert b"inner" not in results.read(f"{stems[1]}.json")
        assert json.loads(results.read(f"{stems[1]}.json"))["provenance"]["seed"] == 0
    assert not [address for address in addresses if "LASTNAME" in address or "inner" in address]


def test_assessing_restores_nothing_and_can_be_followed_by_restoring(used_desk: Page, tmp_path: Path) -> None:
    send(used_desk, write(tmp_path, "a.png"))
    run(used_desk, "assess")
    expect(used_desk.locator("#status")).to_have_text(words.batch.DONE.format(done=1, restored=0, failed=0))
    assert used_desk.locator(".batch tbody img").count() == 1
    run(used_desk, "all")
    expect(used_desk.locator("#status")).to_have_text(words.batch.DONE.format(done=1, restored=1, failed=0))
    assert used_desk.locator(".batch tbody img").count() == 2


def test_cancel_keeps_what_is_finished(desk: Page, tmp_path: Path) -> None:
    send(desk, *(write(tmp_path, f"{number}.png") for number in range(12)))
    run(desk, "all")
    desk.wait_for_selector(".batch tbody tr:nth-child(2)")
    desk.click("#cancel")
    expect(desk.locator("#status")).to_contain_text(words.batch.STOPPED.partition(".")[0])
    rows = list(csv.DictReader(io.StringIO(saved(desk, "csv").decode("utf-8-sig"))))
    assert 2 <= len(rows) < 12
    expect(desk.locator(".batch tbody tr")).to_have_count(len(rows))
    expect(desk.locator("#status")).to_contain_text(f"{len(rows)} of 12")
    expect(desk.locator("#start")).to_be_enabled()


def test_who_waits_for_another_s_batch_is_told_and_may_give_up(
    browser: Browser, app_url: str, desk: Page, tmp_path: Path
) -> None:
    waiting = words.batch.WAITING.format(place=1)
    send(desk, *(write(tmp_path, f"{number}.png") for number in range(24)))
    with visit(browser, app_url + "batch", ready="#batch-intake .drop") as second:
        send(second, write(tmp_path, "second.png", 30))
        run(desk, "all")
        desk.wait_for_selector(".batch tbody tr")
        run(second, "all")
        expect(second.locator("#status")).to_contain_text(waiting)
        assert serious(second) == []
        second.click("#cancel")
        expect(second.locator("#status")).to_contain_text("0 of 1")
        run(second, "all")  # the place that was given up is nobody's
        expect(second.locator("#status")).to_contain_text(waiting)
        desk.click("#cancel")
        expect(second.locator("#status")).to_have_text(words.batch.DONE.format(done=1, restored=1, failed=0))


SCORES = Readability(0.9, 0.9, 0.9, 0.9, (0.5, 0.5, 0.5, 0.5))


def test_files_outlast_the_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(models, "treat", lambda *_: iter([SCORES]))
    monkeypatch.setattr(batch_run, "TURNS", Turns(room=2))
    path = write(tmp_path)
    first = batch_run.TURNS.place()
    first.__enter__()
    updates = batch_run.on_start([Sent(NAME, str(path))], "assess")
    opened, waiting = next(updates), next(updates)
    assert opened.cancel["interactive"] and words.batch.WAITING.format(place=1) in waiting.status
    path.unlink()
    (full,) = batch_run.on_start([], "assess")
    assert words.problems.QUEUE_FULL[0] in full.status and full.start["interactive"]
    assert full.batch is full.table is batch_run.SKIP  # the last batch stays
    threading.Timer(0.1, lambda: first.__exit__(None, None, None)).start()
    assert words.batch.DONE.format(done=1, restored=0, failed=0) in list(updates)[-1].status


def test_what_cannot_be_kept_is_that_photographs_trouble(
    monkeypatch: pytest.MonkeyPatch, tiny_model: RetinaRegen
) -> None:
    class Full(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            if data.startswith(b"{"):
                raise OSError("No space left on device")
            return super().write(data)

    eye = draw(0, 320).image
    outcome = Outcome("eye", tiny_model.assess(eye), tiny_model.restore(eye))
    batch = batch_run.Batch(store=Full())
    monkeypatch.setattr(batch_run, "follow", lambda *_: iter_of(outcome))
    list(batch_run._worked_on(batch_run.Item("eye", bytes), "all", batch))
    assert [row["outcome"] for row in batch.records] == ["failed"] and not batch.spans
    assert words.problems.FILE_UNEXPECTED[0] in batch.html


def iter_of(outcome: Outcome) -> Generator[DenoisingStep, None, Outcome]:
    """A stream that has come to its end."""
    yield from ()
    return outcome


def test_what_was_sent_goes_with_its_session(tmp_path: Path) -> None:
    path = tmp_path / "photograph-1.png"
    path.write_bytes(b"as sent")
    batch_run.on_received([Sent(NAME, str(path))])
    assert path.exists()
    cache.forget(SimpleNamespace(session_hash=""))  # type: ignore[arg-type]
    assert not path.exists()


def test_files_that_come_during_a_batch_are_announced_for_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    monkeypatch.setattr(batch_run.gr, "Info", lambda sentence, title: said.append(sentence))
    monkeypatch.setattr(models, "treat", lambda *_: iter([SCORES]))
    updates = batch_run.on_start([Sent(NAME, str(write(tmp_path)))], "assess")
    next(updates)
    update = batch_run.on_received([Sent(NAME, str(write(tmp_path, "next.png")))])
    assert said == [words.batch.NEXT.format(count=1)]
    assert update == batch_run.Update()  # the status line goes on to say how far the batch is
    updates.close()


def test_text_in_the_picture_is_told_in_its_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(models, "treat", lambda *_: iter([SCORES]))
    sent = []
    for said in ("YES", "NO"):
        path = tmp_path / f"{said}.dcm"
        path.write_bytes(files.encoded(files.dataset(draw(0, 320).image, BurnedInAnnotation=said)))
        sent.append(Sent(path.name, str(path)))
    table = [update.table for update in batch_run.on_start(sent, "assess") if isinstance(update.table, str)][-1]
    cautioned = [words.intake.BURNED_IN in row for row in table.split("<tr>")[2:]]
    assert cautioned == [True, False]


def test_a_damaged_archive_is_a_row_with_its_reason(used_desk: Page, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(b"PK\x03\x04 and nothing that follows")
    send(used_desk, damaged)
    run(used_desk, "all")
    expect(used_desk.locator("#status")).to_have_text(words.batch.DONE.format(done=1, restored=0, failed=1))
    assert "archive is damaged" in verdicts(used_desk)[0]


def test_a_phone_has_no_side_scroll(browser: Browser, app_url: str, tmp_path: Path) -> None:
    with visit(browser, app_url + "batch", 390, 844, ready="#batch-intake .drop") as phone:
        send(phone, write(tmp_path, "a.png"))
        run(phone, "all")
        expect(phone.locator(".batch tbody tr")).to_have_count(1)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious(phone) == []
