"""Curves over the steps: what is drawn, and how a visitor reads it."""

import math
import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visitors import open_photograph, restore, write

from demo import restoring, words
from demo.curves.drawing import MAX_TICKS, draw, nice_range, readout
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import Readability, RetinaRegen, StepScores, Upload

SCORES = Readability(0.9, 0.4, 0.41, 0.42, thresholds=(0.5, 0.5, 0.5, 0.5))
FOLLOWED_WITHIN_MS = 5_000
"""Measuring the steps of a small photograph takes about a second."""
CHANGE = {"psnr_fov": 24.5, "ssim_fov": 0.812}


@pytest.mark.parametrize(("low", "high"), [(24.1, 27.9), (0.81, 0.815), (0.9, 0.9), (-3, 60), (0.998, 1.0)])
def test_ranges_are_round_and_hold_their_values(low: float, high: float) -> None:
    first, last, tick = nice_range(low, high)
    assert first <= low and high <= last + 1e-9
    assert 1 <= round((last - first) / tick) <= MAX_TICKS
    assert re.fullmatch(r"[125]0*|0\.0*[125]", f"{tick:.6f}".rstrip("0").rstrip("."))


def test_change_and_quality_are_named_as_such() -> None:
    change = draw({0: StepScores(SCORES, restoring.UNCHANGED, None), 1: StepScores(SCORES, CHANGE, None)}, 1)
    assert words.curves.CHANGE in change and words.curves.QUALITY not in change
    quality = draw({0: StepScores(SCORES, CHANGE, CHANGE), 1: StepScores(SCORES, CHANGE, CHANGE)}, 1)
    assert words.curves.QUALITY in quality and words.curves.CHANGE not in quality


def test_a_step_is_read_in_words() -> None:
    sentence = readout(2, 4, StepScores(SCORES, CHANGE, None))
    assert sentence.startswith("Step 2 of 4: Fundus 0.90; Macula 0.40")
    assert sentence.endswith("PSNR 24.50 dB; SSIM 0.812.")
    assert words.result.IDENTICAL in readout(0, 4, StepScores(SCORES, {"psnr_fov": math.inf, "ssim_fov": 1.0}, None))


def test_names_of_close_lines_do_not_overlap() -> None:
    card = draw({0: StepScores(SCORES, CHANGE, None), 1: StepScores(SCORES, CHANGE, None)}, 1)
    heights = [float(y) for y in re.findall(r'class="name" x="[^"]+" y="([^"]+)"', card)][
        : len(words.curves.SHORT_LABELS)
    ]
    gaps = [below - above for above, below in pairwise(heights)]
    assert min(gaps) > 11.9


@pytest.mark.parametrize("steps", [1, 2, 14])
def test_the_trail_leads_from_the_upload_to_the_result(tiny_model: RetinaRegen, phantom: Phantom, steps: int) -> None:
    image = phantom.image[::2, ::2]
    restoration = tiny_model.restore(image, steps=steps, reference=image)
    ends = restoring.ends(restoration)
    assert list(ends) == [0, steps]
    last = tuple(tiny_model.follow(Upload(image, image), restoration.steps[-1:]))
    assert last == (ends[steps],)


def test_steps_of_the_last_photograph_are_not_drawn_beside_the_next(page: Page, tmp_path: Path) -> None:
    open_photograph(page, write(tmp_path))
    restore(page, steps=14)
    open_photograph(page, write(tmp_path, "photo.PNG", 1))
    expect(page.locator("#curves figure")).to_have_count(0)
    page.wait_for_timeout(FOLLOWED_WITHIN_MS)
    expect(page.locator("#curves figure")).to_have_count(0)
