"""A result under its reader's eyes: one drawn photograph and one example, each restored once for all who only look."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from visitors import WAIT_MS, look, open_photograph, restore, visit, write

from demo import words


def all_has_arrived(page: Page) -> None:
    """The steps between are measured, and the maps drawn, while the result can already be read."""
    expect(page.locator("#curves tbody tr")).to_have_count(4)
    last = words.viewer.OVERLAYS["landmarks"][0]
    expect(page.locator("select.overlay option", has_text=last)).to_have_count(1)


def at_rest(page: Page) -> Page:
    """The viewer as it is after a restoration, whatever the last reader has done to it."""
    page.locator(".stage").focus()
    for key in ("End", "w"):
        page.keyboard.press(key)
    page.click("[data-do=reset]")
    return page


@pytest.fixture(scope="module")
def restored_once(browser: Browser, app_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with visit(browser, app_url, stays=True) as page:
        open_photograph(page, write(tmp_path_factory.mktemp("sent")))
        expect(page.locator("#curves figure")).to_have_count(0)
        restore(page)
        all_has_arrived(page)
        yield page


@pytest.fixture(scope="module")
def example_once(browser: Browser, app_url: str) -> Iterator[Page]:
    with visit(browser, app_url, stays=True) as page:
        page.click("[data-example=cataract]")
        page.wait_for_selector(".viewer[data-phase=ready]")
        restore(page)
        all_has_arrived(page)
        yield page


@pytest.fixture
def result(restored_once: Page) -> Page:
    """Of a drawn photograph, without a reference."""
    return at_rest(restored_once)


@pytest.fixture
def example(example_once: Page) -> Page:
    """With the sharp picture that it was made from."""
    example_once.select_option("select.against", "photograph")
    return at_rest(example_once)


def test_scrubbing_stays_in_the_browser_and_is_fast(result: Page) -> None:
    requests: list[str] = []
    result.on("request", lambda request: requests.append(request.url))
    milliseconds = result.evaluate(
        """() => {
          const slider = document.querySelector('input.step'), start = performance.now();
          for (let i = 0; i < 100; i++) {
            slider.value = i % (Number(slider.max) + 1);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            slider.getBoundingClientRect();
          }
          return (performance.now() - start) / 100;
        }"""
    )
    print(f"scrubbing: {milliseconds:.2f} ms per step")
    assert requests == []
    assert milliseconds < 16


def test_runs_are_not_recorded_and_nothing_is_shared(result: Page, app_url: str) -> None:
    assert result.evaluate("JSON.stringify(localStorage)").find("photograph") == -1
    assert result.request.get(app_url + "gradio_api/runs").status == 404
    expect(result.get_by_label("Share")).to_have_count(0)


def test_curves_are_read_by_hover_and_keyboard_and_show_the_viewers_step(result: Page) -> None:
    expect(result.locator("#curves")).to_contain_text(words.curves.CHANGE)
    said = result.locator("#curves .readout")
    expect(said).to_contain_text("Step 3 of 3")
    result.locator(".stage").focus()
    result.keyboard.press("[")
    expect(said).to_contain_text("Step 2 of 3")
    charts = result.locator("#curves .charts")
    expect(charts).to_have_attribute("aria-valuenow", "2")
    charts.focus()
    result.keyboard.press("ArrowLeft")
    expect(result.locator(".caption")).to_contain_text("Step 1 of 3")
    result.keyboard.press("Home")
    expect(said).to_contain_text(words.result.UPLOAD + ":")
    result.locator("#curves svg").first.hover(position={"x": 5, "y": 40})
    expect(said).to_contain_text(words.result.UPLOAD + ":")
    result.keyboard.press("End")
    expect(result.locator(".caption")).to_contain_text("result")


def test_an_overlay_is_switched_on_over_the_eye_alone(result: Page) -> None:
    result.select_option("select.overlay", "detail")
    result.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    expect(result.locator(".legend")).to_contain_text("12 ΔE")
    tint = result.evaluate("getComputedStyle(document.querySelector('.tints .b .tint')).borderRadius")
    assert tint == "50%"
    assert result.evaluate("getComputedStyle(document.querySelector('.tints .a')).clipPath") == "inset(0px 50% 0px 0px)"
    result.locator(".stage").focus()
    result.keyboard.press("o")
    expect(result.locator("select.overlay")).to_have_value("light")
    look(result, "overlay")
    result.select_option("select.overlay", "looked_macula")
    result.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    left, right = result.locator(".tint").evaluate_all("tints => tints.map(tint => tint.src)")
    assert left != right
    result.select_option("select.overlay", "landmarks")
    expect(result.locator(".legend .ramp")).to_be_hidden()
    result.click("[data-do=reset]")
    expect(result.locator("select.overlay")).to_have_value("")
    expect(result.locator(".legend")).to_be_hidden()


def grey(page: Page, x: float, y: float) -> float:
    """Mean of the three channels at a place of the stage, in shares of its size, as it is seen."""
    picture = Image.open(io.BytesIO(page.locator(".stage").screenshot())).convert("RGB")
    return sum(picture.getpixel((int(x * picture.width), int(y * picture.height)))) / 3


def test_inverting_leaves_the_surround_dark(result: Page) -> None:
    result.locator(".stage").focus()
    result.keyboard.press("s")
    seen = grey(result, 0.2, 0.5)
    result.keyboard.press("i")
    expect(result.locator(".viewer")).to_have_attribute("data-channel", "inverted")
    for _ in range(WAIT_MS // 100):  # what the picture is cut out with may still be on its way: then nothing is seen
        if grey(result, 0.2, 0.5) > 255 - seen - 40:
            break
        result.wait_for_timeout(100)
    else:
        raise AssertionError("the inverted picture is not seen")
    assert max(grey(result, x, 0.22) for x in (0.03, 0.47, 0.53, 0.97)) < 30
    result.keyboard.press("i")
    result.keyboard.press("d")
    expect(result.locator(".left-mark")).to_contain_text("×2 · " + words.viewer.TEXTS["difference_scale"] + " 128")


def test_blinking_waits_for_the_reader_who_wants_no_motion(result: Page) -> None:
    result.emulate_media(reduced_motion="reduce")
    result.locator(".stage").focus()
    result.keyboard.press("b")
    result.wait_for_timeout(1600)  # two blinks, if it blinked
    expect(result.locator(".right-mark")).to_have_text(words.viewer.TEXTS["restored_mark"])
    expect(result.locator(".swap")).to_be_visible()
    result.keyboard.press("x")
    expect(result.locator(".left-mark")).to_have_text(words.viewer.TEXTS["original_mark"])
    result.emulate_media(reduced_motion="no-preference")


def test_a_letter_in_a_menu_chooses_and_is_no_key(result: Page) -> None:
    result.locator("select.eye").focus()
    result.keyboard.press("g")
    result.keyboard.press("i")
    expect(result.locator(".viewer")).to_have_attribute("data-channel", "colour")
    expect(result.locator("label:has(button)")).to_have_count(0)  # a label's text names its first control


def test_tab_goes_through_the_page_as_it_is_read(result: Page) -> None:
    landmarks = ["#intake input", "#restore", "#advanced button", "[data-mode=wipe]", ".stage", "input.step", ".charts"]
    result.locator(landmarks[0]).focus()
    passed = [landmarks[0]]
    for _ in range(80):
        result.keyboard.press("Tab")
        here = result.evaluate("marks => marks.find(mark => document.activeElement.matches(mark))", landmarks)
        if here and here not in passed:
            passed.append(here)
    assert passed == landmarks


def test_an_example_brings_its_reference_and_so_quality(example: Page) -> None:
    quality = example.locator("#result .card", has_text=words.result.QUALITY_TITLE)
    expect(quality.locator("thead th")).to_have_text([words.result.UPLOAD, words.result.RESTORED, words.result.GAIN])
    example.select_option(".against", "reference")
    expect(example.locator(".left-mark")).to_have_text(words.viewer.TEXTS["reference_mark"])


def test_a_difference_is_measured_in_neutral_light_and_says_from_what(example: Page) -> None:
    example.locator("input.brightness").fill("150")
    example.select_option("select.overlay", "detail")
    example.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    expect(example.locator(".tints .pane.a")).not_to_have_class(re.compile("hidden"))
    pane, mark = example.locator(".layer .pane.a"), example.locator(".left-mark")
    expect(pane).to_have_css("filter", re.compile("brightness"))
    example.click("[data-mode=difference]")
    expect(pane).to_have_css("filter", "none")
    for light in ("brightness", "contrast"):
        expect(example.locator(f"input.{light}")).to_be_hidden()
    expect(mark).to_contain_text(words.viewer.TEXTS["difference_original_mark"])
    example.select_option("select.against", "reference")
    expect(mark).to_contain_text(words.viewer.TEXTS["difference_reference_mark"])
    example.click("[data-mode=wipe]")  # the overlay was computed from the original
    expect(example.locator(".tints .pane.a")).to_have_class(re.compile("hidden"))


def test_what_the_server_deletes_after_ten_minutes_stays_in_the_viewer(example: Page) -> None:
    pictures = "**/gradio_api/file=**"
    example.route(pictures, lambda route: route.abort())  # the console would complain of every request
    example.select_option("select.overlay", "light")
    example.wait_for_function("[...document.querySelectorAll('.tint')].every(tint => tint.naturalWidth === 512)")
    example.click("[data-channel=inverted]")
    expect(example.locator(".layer .a .world")).to_have_css("mask-image", re.compile("blob:"))
    example.select_option("select.against", "reference")
    expect(example.locator(".truth")).to_be_visible()
    expect(example.locator(".left")).to_be_hidden()
    assert example.locator(".truth").evaluate("image => image.naturalWidth") > 0
    expect(example.locator(".lost")).to_be_empty()
    example.unroute(pictures)
