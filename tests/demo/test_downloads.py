"""Reports and steps that are made when they are asked for."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from visitors import open_photograph, restore, write

from demo import cache, downloads, kept, words
from demo.arrival import NOTHING_SAID
from retinaregen_core import report, verdict
from retinaregen_core.errors import ImageError
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.imaging.photograph import Laterality
from retinaregen_core.metrics.spots import Spots, Weakened
from retinaregen_core.pipeline import Restoration, RetinaRegen
from retinaregen_core.verdict import CAUTIONS, cautions


def saved(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.click(f"#download-{kind}")
    name = download.value.suggested_filename
    assert name == f"{downloads.FILE_NAMES[kind]}.{kind}"
    return Path(download.value.path()).read_bytes()


def test_every_kind_of_file_has_a_button() -> None:
    assert words.result.DOWNLOADS.keys() == downloads.FILE_NAMES.keys()


def test_what_was_kept_comes_back_bit_for_bit(tiny_model: RetinaRegen, phantom: Phantom) -> None:
    result = tiny_model.restore(phantom.image, seed=2)
    again = kept.keep(result).again()
    assert report.as_png(again) == report.as_png(result)
    assert report.as_json(again) == report.as_json(result)
    assert report.as_frames(again) == report.as_frames(result)
    np.testing.assert_array_equal(again.field_of_view.mask, result.field_of_view.mask)


def test_faded_spots_are_told_of_what_was_kept_as_well(restored: Restoration) -> None:
    faded = replace(restored, spots=Spots(9, (Weakened(5.0, 7.0, 2.5, 0.4), Weakened(8.0, 3.0, 1.5, 0.5))))
    assert not verdict.refusal(faded.before) and verdict.told_spots(faded)
    again = kept.keep(faded).again()
    assert report.as_json(again) == report.as_json(faded)
    assert report.as_html(again) and report.as_pdf(again)  # they name the minute in which they were made


@pytest.mark.parametrize(
    ("failure", "said"), [(ValueError("/home/LASTNAME.png"), "on our side"), (MemoryError(), "memory")]
)
def test_a_file_that_cannot_be_made_is_told(
    failure: Exception, said: str, restored: Restoration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise failure

    monkeypatch.setitem(downloads.RENDERINGS, "json", fail)
    with gr.Blocks() as page:
        downloads.panel(gr.State(None), gr.HTML())
    buttons = {block.elem_id: number for number, block in page.blocks.items()}
    (made,) = (each.fn for each in page.fns.values() if each.targets == [(buttons["download-json"], "click")])
    assert made
    file, status = made(downloads.Finished(kept.keep(restored), NOTHING_SAID), "")
    assert file is None and said in status and "LASTNAME" not in status


def test_the_session_holds_no_picture(restored: Restoration) -> None:
    found: list[object] = []
    kept._exchanged(kept.keep(restored).record, found.append)
    assert found and all(isinstance(value, kept.Slot) for value in found)


def test_what_is_over_is_said(restored: Restoration) -> None:
    result = kept.keep(restored)
    cache.expire(older_than_s=-1)
    for gone in (downloads.Finished(result, NOTHING_SAID), None):
        with pytest.raises(ImageError, match="10 minutes"):
            downloads.on_download("pdf", gone)


@pytest.mark.parametrize(("said", "eye"), [("OD", "OD"), ("OS", "OS"), ("", None), ("../OD", None), ("LASTNAME", None)])
def test_the_eye_that_the_reader_sees_is_in_the_file_and_its_name(
    restored: Restoration, said: str, eye: Laterality | None
) -> None:
    path = downloads.on_download("json", downloads.Finished(kept.keep(restored), NOTHING_SAID), said)
    assert path.name == (f"retinaregen_report_{eye}.json" if eye else "retinaregen_report.json")
    assert path.read_bytes() == report.as_json(restored, eye)


def test_a_visitor_takes_every_file_home(page: Page, tmp_path: Path, library: RetinaRegen) -> None:
    path = write(tmp_path)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    open_photograph(page, path)
    expect(page.locator("#download-pdf")).to_be_hidden()
    restore(page)
    files = {kind: saved(page, kind) for kind in words.result.DOWNLOADS if kind != downloads.DICOM}
    expect(page.locator(f"#download-{downloads.DICOM}")).to_be_hidden()

    result = library.restore(path)
    assert cautions(result)  # a network with random weights
    expect(page.locator(".viewer .warning")).to_contain_text(CAUTIONS[cautions(result)[-1]].meaning)
    expect(page.locator("[data-do=download]")).to_be_hidden()
    with page.expect_download() as download:
        page.click("[data-do=original]")
    original = np.asarray(Image.open(download.value.path()))
    np.testing.assert_array_equal(original, np.asarray(Image.open(path)))
    assert files["png"] == report.as_comparison(result)
    assert len(PdfReader(io.BytesIO(files["pdf"])).pages) == 1
    assert files["html"].startswith(b"<!doctype html>")
    assert f'"psnr": {result.metrics.change.psnr}'.encode() in files["json"]
    assert Image.open(io.BytesIO(files["webp"])).n_frames == 1 + len(result.steps)
    with (
        zipfile.ZipFile(io.BytesIO(files["zip"])) as archive,
        zipfile.ZipFile(io.BytesIO(report.as_frames(result))) as expected,
    ):
        assert [archive.read(name) for name in expected.namelist()] == [
            expected.read(name) for name in expected.namelist()
        ]
    assert not any("LASTNAME" in address for address in addresses)
    assert not any(b"LASTNAME" in content for content in files.values())

    open_photograph(page, write(tmp_path, "other.png", 1))
    expect(page.locator("#download-pdf")).to_be_hidden()


@pytest.mark.parametrize("warned", [False, True])
def test_the_derived_image_is_offered_no_less_plainly_than_the_viewers_picture(warned: bool) -> None:
    button = downloads.derived_button(True, warned)
    assert button["visible"] and ("despite the warning" in button["value"]) == warned
    assert not downloads.derived_button(False, warned)["visible"]
