"""Serve the page in its own process, visit it, and do what visitors do."""

import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from demo.words.translation import FOLDER, catalogue
from retinaregen_core.imaging.phantom import draw

ROOT = Path(__file__).parents[2]
WAIT_MS = 60_000
SCREENSHOTS_VARIABLE = "RETINAREGEN_SCREENSHOTS"
"""A folder; when it is set, every state of the page is photographed into it, for people to look through."""
LEAVING = "the visitor leaves this page"
FORMATS = {"photo.jpg": "JPEG", "photo.PNG": "PNG", "photo.tif": "TIFF", "photo.bmp": "BMP"}


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@contextmanager
def served(folder: Path, checkpoints: Path | None, project: Path = ROOT, **environment: str) -> Iterator[str]:
    """``python app.py`` of a checkout on a free port; yields its address."""
    port = environment.get("GRADIO_SERVER_PORT") or free_port()
    own = {
        "RETINAREGEN_CHECKPOINTS": str(checkpoints or ""),
        "GRADIO_SERVER_PORT": port,
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "HF_HUB_OFFLINE": "1",
        **environment,
    }
    log = folder / "log.txt"
    with log.open("w") as stream:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=project, env=os.environ | own, stdout=stream, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        _await(url, app, log)
        yield url
    finally:
        app.terminate()
        try:
            app.wait(WAIT_MS / 1000)
        finally:
            app.kill()


def _await(url: str, app: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1500):  # five minutes: a busy machine is no failure
        if app.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            urllib.request.urlopen(url + "gradio_api/startup-events", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(log.read_text())


@contextmanager
def visit(
    browser: Browser,
    url: str,
    width: int = 1400,
    height: int = 1000,
    ready: str = "#viewer .stage",
    locale: str = "",
    stays: bool = False,
) -> Iterator[Page]:
    """A visitor; leaving fails if the console showed an error or a request went to another host.

    Going from one page to the next interrupts what is still on its way, and that alone is no error. All visitors share
    the browser's first context and so its cache, also those who ask for another ``locale``; who ``stays`` while others
    come gets one alone, for a page keeps connections open, and a context has six of them.
    """
    context = browser.new_context() if stays else browser.contexts[0]
    page = context.new_page()
    if locale:
        wish = {"userAgent": page.evaluate("navigator.userAgent"), "acceptLanguage": locale}
        page.context.new_cdp_session(page).send("Emulation.setUserAgentOverride", wish)
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(f"addEventListener('beforeunload', () => console.debug('{LEAVING}'))")
    said: list[str] = []
    beside: list[Page] = []
    page.on("popup", lambda one: beside.append(one))  # what it opens beside itself keeps connections, too
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type == "error" or message.text == LEAVING else None,
    )
    page.on("request", lambda request: said.append(request.url) if _foreign(request.url, url) else None)
    page.on("framenavigated", lambda frame: _forget_interrupted(said) if frame == page.main_frame else None)
    page.goto(url)
    page.wait_for_selector(ready)
    yield page
    complaints = [complaint for complaint in said if complaint != LEAVING]
    for one in (*beside, page):
        one.close()
    if stays:
        context.close()
    assert complaints == [], complaints


def _forget_interrupted(said: list[str]) -> None:
    """Another page is there: what the last one said after the visitor had left it does not count."""
    if LEAVING in said:
        del said[said.index(LEAVING) :]


def _foreign(requested: str, url: str) -> bool:
    return requested.startswith(("http", "ws")) and not requested.startswith((url, "http://127.0.0.1"))


def fetch(address: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def pictures(folder: Path) -> set[Path]:
    return {path for path in (folder / "cache").rglob("*") if path.is_file()}


def write(folder: Path, name: str = "LASTNAME_FIRSTNAME_1950-01-01.png", seed: int = 0) -> Path:
    """A drawn photograph under a name that must not be seen again."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_encoded(seed, FORMATS.get(name, "PNG")))
    return path


@cache
def _encoded(seed: int, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw(seed, 320).image).save(file, kind)
    return file.getvalue()


def open_photograph(page: Page, path: Path) -> None:
    shown = page.get_attribute("img.left", "src")
    page.set_input_files("#intake input[type=file]", path)
    page.wait_for_function(
        "old => document.querySelector('.viewer[data-phase=ready]')"
        " && document.querySelector('img.left').getAttribute('src') !== old",
        arg=shown,
    )


def refusal(page: Page, path: Path) -> str:
    """Send a file that cannot be opened; the sentence that the visitor is told."""
    status = page.locator("#status .status")
    before = status.inner_text()
    page.set_input_files("#intake input[type=file]", path)
    page.wait_for_function("old => document.querySelector('#status .status').innerText !== old", arg=before)
    expect(page.locator("#status .problem")).to_be_visible()
    return status.inner_text()


def set_steps(page: Page, steps: int) -> None:
    """Open the advanced settings and choose; the slider beside the number follows once the page has taken it."""
    page.click("#advanced button")
    number, slider = (page.locator(f"#steps input[type={kind}]") for kind in ("number", "range"))
    expect(slider).not_to_have_value(str(steps))
    expect(number).to_have_value(slider.input_value())
    for patience_ms in (2_000, 2_000, WAIT_MS):  # a slider that is still being drawn may fall back once
        number.fill(str(steps))
        number.blur()
        with suppress(AssertionError):
            expect(slider).to_have_value(str(steps), timeout=patience_ms)
            return
    raise AssertionError(f"the slider stays at {slider.input_value()}, not at {steps}")


def restore(page: Page, steps: int | None = None) -> None:
    if steps:
        set_steps(page, steps)
    page.click("#restore")
    page.wait_for_selector(".viewer[data-phase=done]")


def click_while_live(page: Page, selector: str) -> None:
    """Click in the very frame in which a restoration's first step is seen: a slow test must not come too late."""
    page.wait_for_function(
        "selector => { const button = document.querySelector(selector);"
        " if (!document.querySelector('.viewer[data-phase=live]') || button.disabled) return false;"
        " button.click(); return true }",
        arg=selector,
    )


def downloaded(page: Page, eye: str = "") -> bytes:
    """The restored picture; networks with random weights are warned of, so it is one click further away."""
    if page.locator("[data-do=anyway][aria-expanded=false]").is_visible():
        page.click("[data-do=anyway]")
    with page.expect_download() as download:
        page.click("[data-do=download]")
    assert download.value.suggested_filename == f"retinaregen_restored{eye}.png"
    return Path(download.value.path()).read_bytes()


AXE = Axe()
ENDED = "() => Promise.all(document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < 1000)\
  .map(one => one.finished.catch(() => null)))"
"""Transitions and short animations: half-way through one, a colour is neither the old nor the new."""


def serious(page: Page, within: str | None = None) -> list[str]:
    """Rules of axe that are broken seriously, on the page or a part, with the elements and what is wrong with each."""
    page.evaluate(ENDED)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    told = page.evaluate("within => axe.run(within ?? document, { resultTypes: ['violations'] })", within)
    found = [rule for rule in told["violations"] if rule["impact"] in ("serious", "critical")]
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


TEXTS = """() => {
  const all = [...document.querySelectorAll('body *')].filter(one => !['SCRIPT', 'STYLE'].includes(one.tagName));
  const own = all.flatMap(one => [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent));
  const names = ['aria-label', 'aria-valuetext', 'alt', 'title', 'placeholder'];
  return [document.title, ...own, ...all.flatMap(one => names.map(name => one.getAttribute(name) || ''))];
}"""
"""Everything on a page that is read or read aloud, shown or not."""


def english_left(page: Page, spoken: str) -> list[str]:
    """What still reads as one of the English sentences that are different in this language."""
    tables = [catalogue(spoken, path.stem) for path in (FOLDER / spoken).glob("*.json")]
    said = {translated for table in tables for translated in table.values()}  # "Gain" is French as well
    english = {sentence for table in tables for sentence in table} - said
    patterns = [re.sub(r"\\\{.*?\\\}", ".+", re.escape(sentence)) for sentence in english]
    known = re.compile("|".join(patterns))
    return [text for text in map(str.strip, page.evaluate(TEXTS)) if text and known.fullmatch(text)]


def look(page: Page, name: str, within: str | None = None) -> None:
    """Check a state as readers need it: no serious complaint of axe, nothing cut off at the side; and photograph it.

    Where a state changes nothing but one part, axe looks ``within`` that.
    """
    folder = os.environ.get(SCREENSHOTS_VARIABLE)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
    complaints = serious(page, within)
    assert complaints == [], f"{name}: {complaints}"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
