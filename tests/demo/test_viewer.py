"""The viewer under a visitor's hands."""

import io
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, Route, expect
from visitors import WAIT_MS, look, open_photograph, restore, visit, write

from demo import viewer, words
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import LABELS


def test_an_overlay_is_switched_on_over_the_eye_alone(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    restore(page)
    expect(page.locator("select.overlay option")).to_have_count(
        len(words.viewer.OVERLAYS)
    )  # none, and all but the spread
    page.select_option("select.overlay", "detail")
    page.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    expect(page.locator(".legend")).to_contain_text("12 ΔE")
    tint = page.evaluate("getComputedStyle(document.querySelector('.tints .b .tint')).borderRadius")
    assert tint == "50%"
    assert page.evaluate("getComputedStyle(document.querySelector('.tints .a')).clipPath") == "inset(0px 50% 0px 0px)"
    page.locator(".stage").focus()
    page.keyboard.press("o")
    expect(page.locator("select.overlay")).to_have_value("light")
    look(page, "overlay")
    page.select_option("select.overlay", "looked_macula")
    page.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    left, right = page.locator(".tint").evaluate_all("tints => tints.map(tint => tint.src)")
    assert left != right
    page.select_option("select.overlay", "landmarks")
    expect(page.locator(".legend .ramp")).to_be_hidden()
    page.click("[data-do=reset]")
    expect(page.locator("select.overlay")).to_have_value("")
    expect(page.locator(".legend")).to_be_hidden()


def test_where_it_cannot_be_read_is_seen_before_anything_is_restored(
    page: Page, tmp_path: Path, library: RetinaRegen
) -> None:
    menu, legend, photograph = page.locator("select.overlay"), page.locator(".legend"), write(tmp_path)
    scores = library.assess(photograph)
    labels = dict(zip(LABELS, scores.readable_labels, strict=True))
    unreadable = [label for label in LABELS if not labels[label]]
    assert unreadable and labels["fundus"]  # so the small networks' weights were drawn
    expect(menu).to_be_hidden()
    open_photograph(page, photograph)
    expect(menu).to_be_visible()
    names = menu.locator("option").evaluate_all("options => options.map(option => option.value)")
    assert names == ["", *(f"looked_{label}" for label in sorted(LABELS, key=lambda label: labels[label])), "landmarks"]
    expect(menu.locator("option", has_text="unreadable")).to_have_count(len(unreadable))
    page.locator(".stage").focus()
    page.keyboard.press("o")
    expect(legend).to_contain_text("says unreadable")
    page.wait_for_function("document.querySelector('.tints .a .tint').naturalWidth === 512")
    expect(page.locator(".tints .pane.a")).not_to_have_class(re.compile("hidden"))
    expect(page.locator(".tints .pane.b")).to_have_class(re.compile("hidden"))
    look(page, "overlay_before")
    page.select_option("select.overlay", "landmarks")
    expect(legend).to_contain_text("Confidence (sure")
    restore(page)
    expect(menu.locator("option")).to_have_count(len(words.viewer.OVERLAYS))
    expect(menu.locator("option", has_text="unreadable")).to_have_count(0)


def test_the_next_photograph_keeps_no_overlay_of_the_last(page: Page, tmp_path: Path) -> None:
    menu, tint = page.locator("select.overlay"), page.locator(".tints .a .tint")
    open_photograph(page, write(tmp_path, "first.png", 1))
    page.select_option("select.overlay", "landmarks")
    first = tint.get_attribute("src")
    held: list[Route] = []
    asked: list[Route] = []

    def after_the_opening(route: Route) -> None:
        asked.append(route)
        held.append(route) if len(asked) > 1 else route.continue_()

    page.route("**/queue/join*", after_the_opening)
    open_photograph(page, write(tmp_path, "second.png", 2))
    expect(menu).to_be_hidden()
    expect(tint).not_to_have_attribute("src", re.compile("."))
    page.wait_for_timeout(500)
    assert len(held) == 1  # the picture is there, and only now it is asked where the labels looked
    expect(menu).to_be_hidden()
    held[0].continue_()
    expect(menu).to_be_visible()
    expect(menu).to_have_value("")
    page.select_option("select.overlay", "landmarks")
    assert tint.get_attribute("src") not in ("", first)


RECEIVED = """([values, words]) => {
  const element = document.querySelector('#viewer .viewer').parentElement.cloneNode(true);
  const props = { words, value: null }, trigger = () => null;
  let arrives;
  const watch = (name, callback) => { arrives = callback; };
  (() => { SCRIPT })();
  return values.map((value) => {
    const square = [0, 0, 1], nothing = { frames: [], captions: [], warnings: [], overlays: [] };
    props.value = { ...nothing, square, width: 1, height: 1, eye: '', ...value };
    arrives();
    return [...element.querySelectorAll('.overlay option')].map((option) => option.value).filter(Boolean);
  });
}"""
"""What a viewer of its own offers after each of these values."""


def received(page: Page, *values: dict[str, object]) -> list[list[str]]:
    script = "\n".join((viewer.FOLDER / name).read_text("utf-8") for name in viewer.SCRIPTS)
    offered: list[list[str]] = page.evaluate(RECEIVED.replace("SCRIPT", script), [values, words.viewer.TEXTS])
    return offered


def test_overlays_that_arrive_late_for_another_picture_are_not_taken(page: Page) -> None:
    first, second, restored = ({"path": name, "url": "/"} for name in ("first", "second", "restored"))
    map_of = {"name": "map", "title": "map", "picture": {"path": "map", "url": "/"}, "legend": "", "ramp": ""}
    late = {"phase": "overlaid", "photograph": first, "overlays": [map_of]}
    assert received(
        page,
        {"phase": "ready", "photograph": first},
        late,
        {"phase": "ready", "photograph": second},
        late,
        {"phase": "done", "photograph": first, "restored": restored},
        late,
        {**late, "restored": restored},
    ) == [[], ["map"], [], [], [], [], ["map"]]


def test_what_the_server_deletes_after_ten_minutes_stays_in_the_viewer(page: Page) -> None:
    page.click("[data-example=cataract]")
    page.wait_for_selector(".viewer[data-phase=ready]")
    restore(page)
    expect(page.locator("select.overlay option")).to_have_count(len(words.viewer.OVERLAYS))
    expect(page.locator("#curves tbody tr")).to_have_count(4)  # all has arrived
    page.route("**/gradio_api/file=**", lambda route: route.abort())  # the console would complain of every request
    page.select_option("select.overlay", "light")
    page.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    page.click("[data-channel=inverted]")
    expect(page.locator(".layer .a .world")).to_have_css("mask-image", re.compile("blob:"))
    page.select_option("select.against", "reference")
    expect(page.locator(".truth")).to_be_visible()
    expect(page.locator(".left")).to_be_hidden()
    assert page.locator(".truth").evaluate("image => image.naturalWidth") > 0
    expect(page.locator(".lost")).to_be_empty()


def test_a_difference_is_measured_in_neutral_light_and_says_from_what(page: Page) -> None:
    page.click("[data-example=cataract]")
    page.wait_for_selector(".viewer[data-phase=ready]")
    restore(page)
    page.locator("input.brightness").fill("150")
    page.select_option("select.overlay", "detail")
    page.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    expect(page.locator(".tints .pane.a")).not_to_have_class(re.compile("hidden"))
    pane, mark = page.locator(".layer .pane.a"), page.locator(".left-mark")
    expect(pane).to_have_css("filter", re.compile("brightness"))
    page.click("[data-mode=difference]")
    expect(pane).to_have_css("filter", "none")
    for light in ("brightness", "contrast"):
        expect(page.locator(f"input.{light}")).to_be_hidden()
    expect(mark).to_contain_text(words.viewer.TEXTS["difference_mark"])
    page.select_option("select.against", "reference")
    expect(mark).to_contain_text(words.viewer.TEXTS["difference_reference_mark"])
    page.click("[data-mode=wipe]")  # the overlay was computed from the original
    expect(page.locator(".tints .pane.a")).to_have_class(re.compile("hidden"))


LOSE = """name => {
  const real = window.fetch;
  const gone = () => Promise.resolve(new Response('', { status: 404 }));
  window.fetch = (url, ...more) => (String(url).includes(name) ? gone() : real(url, ...more));
}"""


def test_an_overlay_that_does_not_arrive_is_named_and_not_offered(page: Page, tmp_path: Path) -> None:
    page.evaluate(LOSE, "/light.png")
    open_photograph(page, write(tmp_path))
    restore(page)
    lost, (title, _) = page.locator(".lost"), words.viewer.OVERLAYS["light"]
    expect(lost).to_have_text(f"{words.viewer.TEXTS['lost']} {title}")
    expect(page.locator("select.overlay option", has_text=title)).to_have_count(0)


def grey(page: Page, x: float, y: float) -> float:
    """Mean of the three channels at a place of the stage, in shares of its size, as it is seen."""
    picture = Image.open(io.BytesIO(page.locator(".stage").screenshot())).convert("RGB")
    return sum(picture.getpixel((int(x * picture.width), int(y * picture.height)))) / 3


def test_inverting_leaves_the_surround_dark(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    restore(page)
    page.locator(".stage").focus()
    page.keyboard.press("s")
    seen = grey(page, 0.2, 0.5)
    page.keyboard.press("i")
    expect(page.locator(".viewer")).to_have_attribute("data-channel", "inverted")
    for _ in range(WAIT_MS // 100):  # what the picture is cut out with may still be on its way: then nothing is seen
        if grey(page, 0.2, 0.5) > 255 - seen - 40:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("the inverted picture is not seen")
    assert max(grey(page, x, 0.22) for x in (0.03, 0.47, 0.53, 0.97)) < 30
    page.keyboard.press("i")
    page.keyboard.press("d")
    expect(page.locator(".left-mark")).to_contain_text("×2 · " + words.viewer.TEXTS["difference_scale"] + " 128")


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_fingers_wipe_pinch_and_pan(browser: Browser, app_url: str, tmp_path: Path) -> None:
    with visit(browser, app_url, 390, 844, has_touch=True) as page:
        open_photograph(page, write(tmp_path))
        restore(page)
        page.locator(".stage").scroll_into_view_if_needed()
        fingers = page.context.new_cdp_session(page)
        x, y = centre(page, ".stage")
        touch(fingers, "touchStart", (x, y))
        for shift in (20, 60, 100):
            touch(fingers, "touchMove", (x + shift, y))
        touch(fingers, "touchEnd")
        wiped = float(page.input_value("input.wipe"))
        assert wiped > 65

        fitted = page.locator(".percent").inner_text()
        touch(fingers, "touchStart", (x - 30, y), (x + 30, y))
        for spread in (45, 70, 90):
            touch(fingers, "touchMove", (x - spread, y), (x + spread, y))
        touch(fingers, "touchEnd")
        zoomed = int(page.locator(".percent").inner_text().split()[0])
        assert zoomed > 2.5 * int(fitted.split()[0])
        assert float(page.input_value("input.wipe")) == wiped

        before = centre(page, "img.left")
        touch(fingers, "touchStart", (x - 60, y - 60))
        for shift in (10, 25, 40):
            touch(fingers, "touchMove", (x - 60 + shift, y - 60 + shift))
        touch(fingers, "touchEnd")
        after = centre(page, "img.left")
        assert 30 < after[0] - before[0] < 45
        assert 30 < after[1] - before[1] < 45


def test_blinking_waits_for_the_reader_who_wants_no_motion(browser: Browser, app_url: str, tmp_path: Path) -> None:
    with visit(browser, app_url, reduced_motion="reduce") as page:
        open_photograph(page, write(tmp_path))
        restore(page)
        page.locator(".stage").focus()
        page.keyboard.press("b")
        page.wait_for_timeout(1600)  # two blinks, if it blinked
        expect(page.locator(".right-mark")).to_have_text(words.viewer.TEXTS["restored_mark"])
        expect(page.locator(".swap")).to_be_visible()
        page.keyboard.press("x")
        expect(page.locator(".left-mark")).to_have_text(words.viewer.TEXTS["original_mark"])


def test_a_letter_in_a_menu_chooses_and_is_no_key(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    page.locator("select.eye").focus()
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator(".viewer")).to_have_attribute("data-channel", "colour")
    expect(page.locator("label:has(button)")).to_have_count(0)  # a label's text names its first control


def test_every_key_stands_in_the_help_sheet() -> None:
    source = (viewer.FOLDER / "controls.js").read_text("utf-8")
    table = re.search(r"const KEYS = \{(.*?)\n\};", source, re.DOTALL)
    assert table
    keys = re.findall(r"(?:^|[,\s])'?([a-z]+|[-+=\[\]?]|\d)'?: ", table.group(1))
    assert len(keys) > 15
    told = " ".join(key for key, _ in words.viewer.KEYS).lower().replace("−", "-").replace("esc", "escape").split()
    assert set(keys) - {"="} <= set(told)  # "=" is "+" without the shift key


def test_tab_goes_through_the_page_as_it_is_read(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    restore(page)
    landmarks = ["#intake input", "#restore", "#advanced button", "[data-mode=wipe]", ".stage", "input.step", ".charts"]
    page.locator(landmarks[0]).focus()
    passed = [landmarks[0]]
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate("marks => marks.find(mark => document.activeElement.matches(mark))", landmarks)
        if here and here not in passed:
            passed.append(here)
    assert passed == landmarks
