"""The page as a visitor meets it, in a real browser."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from visitors import (
    FORMATS,
    click_while_live,
    downloaded,
    look,
    open_photograph,
    refusal,
    restore,
    set_steps,
    visit,
    write,
)

from demo import words
from retinaregen_core import report
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen


@pytest.fixture(scope="module")
def used_page(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for whoever does not mind what the visitor before has left on it."""
    with visit(browser, app_url, stays=True) as visitor:
        yield visitor


def test_a_visitor_uploads_watches_scrubs_and_downloads(page: Page, tmp_path: Path, library: RetinaRegen) -> None:
    path = write(tmp_path)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    open_photograph(page, path)
    titles = [*words.readability.LABELS.values(), words.readability.SHARE]
    assert page.locator("#readability tbody th").all_inner_texts() == titles
    restore(page)
    result = library.restore(path)
    assert downloaded(page) == report.as_png(result)
    assert not any("LASTNAME" in url for url in seen)

    expect(page.locator(".caption")).to_contain_text("result")
    page.locator("input.step").focus()
    page.keyboard.press("Home")
    first = result.step_infos[0]
    expect(page.locator(".caption")).to_have_text(
        words.status.STEP_CAPTION.format(index=1, total=first.total, t=first.t)
    )
    change = page.locator("#result .card", has_text=words.result.CHANGE_TITLE)
    expect(change).to_contain_text(f"{result.metrics.change.psnr:.2f} dB")
    expect(page.locator("#result")).not_to_contain_text(words.result.QUALITY_TITLE)


DROP = """names => {
  const dropped = new DataTransfer();
  names.forEach(name => dropped.items.add(new File(['x'], name)));
  document.querySelector('.drop').dispatchEvent(
    new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


def test_several_dropped_files_are_sent_to_the_page_for_many(used_page: Page) -> None:
    used_page.evaluate(DROP, ["first.png", "second.png"])
    expect(used_page.locator("#intake .said")).to_have_text(words.intake.PHOTOGRAPH["only_one"])
    assert words.desk.BATCH_PAGE in words.intake.PHOTOGRAPH["only_one"]
    expect(used_page.locator("#status")).to_have_text(words.status.WELCOME)


def test_a_sharp_photograph_can_be_spoiled_and_measured(used_page: Page, tmp_path: Path) -> None:
    open_photograph(used_page, write(tmp_path))
    used_page.click("#try-it button")
    used_page.click("#degrade")
    expect(used_page.locator("#status")).to_contain_text(words.settings.KINDS["111"])
    restore(used_page)
    expect(used_page.locator("#result")).to_contain_text(words.result.QUALITY_TITLE)
    expect(used_page.locator(".left-mark")).to_have_text(words.viewer.TEXTS["damaged_mark"])
    open_photograph(used_page, write(tmp_path, "another.png"))
    expect(used_page.locator(".left-mark")).to_have_text(words.viewer.TEXTS["original_mark"])


def test_cancel_gives_back_what_was_there(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    restore(page)
    before = downloaded(page)
    set_steps(page, 50)
    page.click("#restore")
    click_while_live(page, "#cancel")
    expect(page.locator("#status")).to_have_text(words.status.CANCELLED)
    page.wait_for_selector(".viewer[data-phase=done]")
    assert downloaded(page) == before
    expect(page.locator(".wrap .error")).to_have_count(0)
    page.click("#restore")  # and the button works again
    click_while_live(page, "#cancel")
    page.wait_for_selector(".viewer[data-phase=done]")


def test_another_photograph_ends_the_run_on_the_first(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path, "first.png", 1))
    set_steps(page, 50)
    page.click("#restore")
    page.wait_for_selector(".viewer[data-phase=live]")
    first = page.evaluate("document.querySelector('img.left').src")
    open_photograph(page, write(tmp_path, "second.png", 2))
    page.wait_for_timeout(1500)  # a run that went on would show its next step by now
    assert page.get_attribute(".viewer", "data-phase") == "ready"
    assert page.evaluate("document.querySelector('img.left').src") != first
    expect(page.locator("#cancel")).to_be_disabled()


SEEN_WHILE_OPENING = """parts => {
  const viewer = document.querySelector('.viewer'), seen = document.seenWhileOpening = [];
  new MutationObserver(() => {
    if (viewer.dataset.phase !== 'opening') return;
    const how = { opacityProperty: true, visibilityProperty: true };
    seen.push(parts.filter((part) => document.querySelector(part).checkVisibility(how)));
  }).observe(viewer, { attributeFilter: ['data-phase'] });
}"""
"""Notes which of these parts can be seen at the very moment in which another photograph begins to open."""


def test_nothing_of_the_last_photograph_stands_beside_the_next_ones_scores(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path, "first.png", 1))
    restore(page)
    parts = ["#readability table", "#downloads", "#result", "#curves", ".stage .layer"]
    for part in parts:
        expect(page.locator(part)).to_be_visible()
    page.evaluate(SEEN_WHILE_OPENING, parts)
    on_its_way: list[Route] | None = []
    page.route("**/photograph.png", lambda route: route.continue_() if on_its_way is None else on_its_way.append(route))
    open_photograph(page, write(tmp_path, "second.png", 2))
    expect(page.locator("#readability table")).to_be_visible()
    seen = page.evaluate("document.seenWhileOpening")
    assert seen and not any(seen)
    expect(page.locator("img.left")).to_have_js_property("naturalWidth", 0)
    expect(page.locator(".stack img")).to_have_count(0)
    held, on_its_way = on_its_way, None  # what is asked for from now on is not held back
    for route in held:
        route.continue_()
    expect(page.locator("img.left")).to_have_js_property("naturalWidth", 320)


def test_the_photograph_chosen_last_is_the_one_that_opens(page: Page, tmp_path: Path) -> None:
    """However late one that was chosen before arrives; and the same file sent twice is two files."""
    slow: list[Route] = []
    page.route("**/upload*", lambda route: route.continue_() if slow else slow.append(route))
    page.set_input_files("#intake input[type=file]", write(tmp_path, "first.jpg", 1))
    page.wait_for_function("document.querySelector('#intake .said').textContent !== ''")
    open_photograph(page, write(tmp_path, "second.png", 2))
    shown = page.locator("img.left").get_attribute("src")
    with page.expect_response("**/upload*"):
        slow[0].continue_()
    page.wait_for_timeout(1500)  # time enough to open it
    assert page.locator("img.left").get_attribute("src") == shown
    open_photograph(page, write(tmp_path, "third.png", 2))


def test_formats_are_shown_as_pictures(used_page: Page, tmp_path: Path) -> None:
    left = used_page.locator("img.left")
    for name in FORMATS:
        before = left.get_attribute("src")
        used_page.set_input_files("#intake input[type=file]", write(tmp_path, name))
        used_page.wait_for_function(
            "old => { const left = document.querySelector('img.left');"
            " return left.getAttribute('src') !== old && left.naturalWidth === 320 }",
            arg=before,
        )


def test_files_that_are_no_photograph_each_get_a_reason_and_harm_nothing(used_page: Page, tmp_path: Path) -> None:
    open_photograph(used_page, write(tmp_path))
    stream = io.BytesIO()
    Image.fromarray(draw(0, 320).image).save(stream, "JPEG")
    black = io.BytesIO()
    Image.fromarray(np.zeros((300, 300, 3), np.uint8)).save(black, "PNG")
    small = io.BytesIO()
    Image.fromarray(draw(0, 64).image).save(small, "PNG")
    hostile = {
        "truncated.jpg": stream.getvalue()[: len(stream.getvalue()) // 2],
        "text.png": b"this is not a picture",
        "empty.png": b"",
        "black.png": black.getvalue(),
        "small.png": small.getvalue(),
    }
    reasons = set()
    for name, content in hostile.items():
        (tmp_path / name).write_bytes(content)
        reasons.add(refusal(used_page, tmp_path / name))
        assert used_page.get_attribute(".viewer", "data-phase") == "ready"
    assert len(reasons) == len(hostile)
    restore(used_page)


def test_two_visitors_get_their_own_pictures(
    browser: Browser, app_url: str, tmp_path: Path, library: RetinaRegen
) -> None:
    paths = [write(tmp_path, f"{seed}.png", seed) for seed in (1, 2)]
    with visit(browser, app_url) as one, visit(browser, app_url) as two:
        for visitor, path in zip((one, two), paths, strict=True):
            open_photograph(visitor, path)
        for visitor in (one, two):
            visitor.click("#restore")
        for visitor, path in zip((one, two), paths, strict=True):
            visitor.wait_for_selector(".viewer[data-phase=done]")
            picture = np.asarray(Image.open(io.BytesIO(downloaded(visitor))))
            np.testing.assert_array_equal(picture, report.exported(library.restore(path)))


def test_the_keyboard_alone_does_everything(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    page.locator("#restore").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".viewer[data-phase=done]")
    expect(page.locator("#verdict")).to_be_focused()
    page.locator(".stage").focus()
    for key, mode in {"s": "side", "b": "blink", "d": "difference", "w": "wipe"}.items():
        page.keyboard.press(key)
        assert page.get_attribute(".viewer", "data-mode") == mode
    page.keyboard.press("g")
    assert page.get_attribute(".viewer", "data-channel") == "green"
    fitted = page.locator(".percent").inner_text()
    page.keyboard.press("+")
    assert page.locator(".percent").inner_text() != fitted
    page.keyboard.press("0")
    assert page.locator(".percent").inner_text() == fitted
    page.keyboard.press("Home")
    expect(page.locator(".caption")).to_contain_text("Step 1 of")
    page.keyboard.press("]")
    expect(page.locator(".caption")).to_contain_text("Step 2 of")
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()


def test_red_free_shows_the_green_channel_and_the_pictures_lie_where_they_belong(page: Page, tmp_path: Path) -> None:
    path = write(tmp_path)
    open_photograph(page, path)
    page.click("[data-do=actual]")
    page.click("[data-channel=green]")
    page.evaluate("document.querySelectorAll('.mark').forEach(mark => { mark.style.display = 'none'; })")
    box = page.locator(".stage").bounding_box()
    assert box is not None
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB")).astype(int)
    centre = [side // 2 for side in shot.shape[:2]]
    seen = shot[centre[0] - 50 : centre[0] + 50, centre[1] - 50 : centre[1] + 50]
    green = np.asarray(Image.open(path))[..., 1].astype(int)
    expected = green[110:210, 110:210]
    assert np.ptp(seen, axis=2).max() == 0
    assert np.abs(seen[..., 0] - expected).mean() < 2


def test_a_phone_has_no_side_scroll_and_restore_in_reach(browser: Browser, app_url: str, tmp_path: Path) -> None:
    with visit(browser, app_url, 390, 844) as page:
        open_photograph(page, write(tmp_path))
        picture, settings = page.locator(".stage").bounding_box(), page.locator("#advanced").bounding_box()
        assert picture and settings and picture["y"] < settings["y"]
        set_steps(page, 24)
        page.click("#restore")
        page.wait_for_selector(".viewer[data-phase=live]")  # the picture comes into view by itself
        for part in (".stage", "#cancel", "#status"):
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        look(page, "phone_live")
        page.wait_for_selector(".viewer[data-phase=done]")
        page.locator(".stage").evaluate("stage => stage.scrollIntoView({ block: 'nearest' })")
        for part in (".stage", "#restore", "#status"):
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        look(page, "phone_result")


def test_leaving_asks_only_when_something_would_be_lost(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    stay = [True]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if stay[0]:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    batch, single = (f".nav-holder a:text-is('{name}')" for name in (words.desk.BATCH_PAGE, words.desk.MAIN_PAGE))
    open_photograph(page, write(tmp_path))
    restore(page)
    page.click(batch)
    page.click(".languages summary")
    page.click(".languages a:not([aria-current])")
    assert asked == [words.desk.LEAVING] * 2
    with page.expect_download():  # whoever stays has lost nothing, and the session goes on
        page.click("#download-json")
    page.click("#restore")  # the same again is another result, not saved yet
    page.wait_for_selector(".viewer[data-phase=live]")
    page.wait_for_selector(".viewer[data-phase=done]")
    page.click(batch)
    assert len(asked) == 3
    downloaded(page)
    page.click(batch)
    expect(page.locator("#batch-header")).to_be_visible()
    page.click(single)
    expect(page.locator("#restore")).to_be_visible()
    assert len(asked) == 3
    open_photograph(page, write(tmp_path))
    restore(page)
    stay[0] = False
    page.click(batch)
    expect(page.locator("#batch-header")).to_be_visible()
    assert asked == [words.desk.LEAVING] * 4


def test_the_sent_file_with_its_camera_data_is_gone_at_once(used_page: Page, app_url: str, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "CAMERA OF DOCTOR X"
    Image.fromarray(draw(0, 320).image[:, :300]).save(path, exif=exif)
    named = path.rename(tmp_path / "scan.doe")  # what follows the last dot may be a name
    path.write_bytes(named.read_bytes())
    for file, suffix in ((named, "bin"), (path, "jpg")):
        with used_page.expect_response("**/upload**") as sent:
            open_photograph(used_page, file)
        (stored,) = sent.value.json()
        assert re.fullmatch(rf"photograph-\d+\.{suffix}", Path(stored).name)
    assert not used_page.request.get(f"{app_url}gradio_api/file={stored}").ok
    used_page.wait_for_function("document.querySelector('img.left').naturalWidth === 320")
    shown = used_page.request.get(used_page.evaluate("document.querySelector('img.left').src")).body()
    assert b"DOCTOR" not in shown
