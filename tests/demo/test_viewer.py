"""The viewer under a visitor's hands."""

import re
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, Route, expect
from visitors import look, open_photograph, restore, visit, write

from demo import viewer, words
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.specs import LABELS


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
    looked = [f"looked_{label}" for label in sorted(LABELS, key=lambda label: labels[label])]
    assert names == ["", "readable", *looked, "landmarks"]
    expect(menu.locator("option", has_text="unreadable")).to_have_count(len(unreadable))
    page.locator(".stage").focus()
    page.keyboard.press("o")
    expect(legend).to_contain_text("can be read.")
    page.keyboard.press("o")
    expect(legend).to_contain_text("says unreadable")
    page.wait_for_function("document.querySelector('.tints .a .tint').naturalWidth === 512")
    expect(page.locator(".tints .pane.a")).not_to_have_class(re.compile("hidden"))
    expect(page.locator(".tints .pane.b")).to_have_class(re.compile("hidden"))
    look(page, "overlay_before")
    page.select_option("select.overlay", "landmarks")
    expect(legend).to_contain_text("Confidence (sure")
    restore(page)
    expect(menu.locator("option", has_text=words.viewer.OVERLAYS["error"][0])).to_have_count(1)
    expect(menu.locator("option", has_text="unreadable")).to_have_count(0)


def test_the_next_photograph_keeps_no_overlay_of_the_last(page: Page, tmp_path: Path) -> None:
    menu, tint = page.locator("select.overlay"), page.locator(".tints .a .tint")
    open_photograph(page, write(tmp_path, "first.png", 1))
    page.select_option("select.overlay", "landmarks")
    expect(tint).to_have_attribute("src", re.compile("."))  # drawn a moment after it is chosen
    first = tint.get_attribute("src") or ""
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
    expect(tint).to_have_attribute("src", re.compile("."))
    assert tint.get_attribute("src") != first


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


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_fingers_wipe_pinch_and_pan(browser: Browser, app_url: str, tmp_path: Path) -> None:
    with visit(browser, app_url, 390, 844) as page:
        fingers = page.context.new_cdp_session(page)
        fingers.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        open_photograph(page, write(tmp_path))
        restore(page)
        page.locator(".stage").scroll_into_view_if_needed()
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


def test_full_screen_is_offered_where_there_is_one(browser: Browser, app_url: str) -> None:
    for can in (True, False):
        context = browser.new_context()
        context.add_init_script(
            f"Object.defineProperty(document, 'fullscreenEnabled', {{ value: {str(can).lower()} }})"
        )
        page = context.new_page()
        page.goto(app_url)
        page.wait_for_selector("#viewer .stage")
        expect(page.locator("[data-do=full-screen]")).to_be_visible(visible=can)
        context.close()


def test_every_key_stands_in_the_help_sheet() -> None:
    source = (viewer.FOLDER / "controls.js").read_text("utf-8")
    table = re.search(r"const KEYS = \{(.*?)\n\};", source, re.DOTALL)
    assert table
    keys = re.findall(r"(?:^|[,\s])'?([a-z]+|[-+=\[\]?]|\d)'?: ", table.group(1))
    assert len(keys) > 15
    told = " ".join(key for key, _ in words.viewer.KEYS).lower().replace("−", "-").replace("esc", "escape").split()
    assert set(keys) - {"="} <= set(told)  # "=" is "+" without the shift key
