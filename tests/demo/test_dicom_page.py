"""DICOM on the page: opened, its eye shown, its frames chosen, its warnings said, its patient nowhere."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from visitors import downloaded, open_photograph, refusal, restore, serious, visit, write

import dicom_files as files
from demo import words
from retinaregen_core import report
from retinaregen_core.imaging import decode
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.verdict import cautions

FIRST, SECOND = (draw(seed, 320).image for seed in (0, 1))
NAME = "LASTNAME_FIRSTNAME.dcm"


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for all: whoever opens a file finds what the one before has left."""
    with visit(browser, app_url, stays=True) as visitor:
        yield visitor


def test_a_study_is_opened_turned_and_restored(page: Page, tmp_path: Path, library: RetinaRegen) -> None:
    path = tmp_path / NAME
    made = files.dataset(np.stack([FIRST, SECOND]), frames=2, ImageLaterality="L", BurnedInAnnotation="YES")
    path.write_bytes(files.encoded(made))
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    open_photograph(page, path)
    expect(page.locator(".left-mark")).to_have_text(f"{words.viewer.TEXTS['original_mark']} · OS")
    expect(page.locator("#status")).to_contain_text(words.intake.FRAME_SHOWN.format(frame=1, frames=2))
    expect(page.locator("#notice .warning")).to_have_text(words.intake.BURNED_IN)
    shown = page.evaluate("document.querySelector('img.left').src")
    page.click("#frame input")
    page.get_by_role("option", name=words.intake.FRAME_OF.format(frame=2, frames=2)).click()
    expect(page.locator("#status")).to_contain_text(words.intake.FRAME_SHOWN.format(frame=2, frames=2))
    page.wait_for_function("old => document.querySelector('img.left').src !== old", arg=shown)
    assert serious(page) == []
    restore(page)
    expect(page.locator("#notice .warning")).to_be_visible()  # it may still name somebody
    result = library.restore(SECOND)
    assert downloaded(page, "_OS") == report.as_png(result)
    title = words.result.DICOM_ANYWAY if cautions(result) else words.result.DOWNLOADS["dcm"]
    expect(page.locator("#download-dcm")).to_have_text(title)
    with page.expect_download() as derived:
        page.click("#download-dcm")
    assert derived.value.suggested_filename == "retinaregen_restored_OS.dcm"
    expected = report.as_dicom(result, decode.photograph(path, 2), path.read_bytes())
    assert Path(derived.value.path()).read_bytes() == expected
    page.select_option("select.eye", "OD")  # the reader may know better; the derived image says what its source says
    for kind, name in {"json": "retinaregen_report_OD.json", "dcm": "retinaregen_restored_OS.dcm"}.items():
        with page.expect_download() as named:
            page.click(f"#download-{kind}")
        assert named.value.suggested_filename == name
        assert (Path(named.value.path()).read_bytes() == expected) == (kind == "dcm")
    text = page.content() + " ".join(addresses)
    assert not any(secret in text for secret in (*files.SECRETS, "LASTNAME"))
    open_photograph(page, write(tmp_path, "plain.png"))
    expect(page.locator("#notice")).to_be_hidden()


def test_a_single_frame_has_no_choice_and_no_warning(page: Page, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(files.encoded(files.dataset(FIRST)))
    open_photograph(page, path)
    expect(page.locator(".left-mark")).to_have_text(f"{words.viewer.TEXTS['original_mark']} · OD")
    expect(page.locator("#frame")).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()


def test_the_sent_file_is_gone_and_what_is_kept_names_nobody(page: Page, app_url: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(files.encoded(files.dataset(np.stack([FIRST, SECOND]), frames=2)))
    with page.expect_response("**/upload**") as sent:
        open_photograph(page, path)
    (stored,) = sent.value.json()
    assert not page.request.get(f"{app_url}gradio_api/file={stored}").ok
    for kept in Path(stored).parents[1].rglob("*"):
        if kept.is_file():
            content = kept.read_bytes()
            assert not any(secret.encode() in content for secret in files.SECRETS), kept.name


def test_bad_dicom_is_told_in_words(page: Page, tmp_path: Path) -> None:
    whole = files.encoded(files.dataset(FIRST))
    made = files.dataset(FIRST)
    del made.PixelData
    reasons = set()
    for name, content in {"cut.dcm": whole[:-9000], "empty_record.dcm": files.encoded(made)}.items():
        (tmp_path / name).write_bytes(content)
        reasons.add(refusal(page, tmp_path / name))
    assert len(reasons) == 2
