"""The same photograph, seed, steps and weights: the same bytes after a restart; more threads round differently."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from retinaregen_core import report, weights
from retinaregen_core.imaging.phantom import Phantom
from retinaregen_core.pipeline import RetinaRegen

SCRIPT = """
import sys, torch
from retinaregen_core.imaging.phantom import draw
from retinaregen_core.pipeline import RetinaRegen
from retinaregen_core.report import as_png
torch.set_num_threads(1)
result = RetinaRegen.from_pretrained("flagship", device="cpu").restore(draw(0, 512).image, seed=5)
sys.stdout.buffer.write(as_png(result))
"""


@pytest.fixture
def model(tiny_checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> RetinaRegen:
    monkeypatch.setenv(weights.CHECKPOINTS_VARIABLE, str(tiny_checkpoints))
    return RetinaRegen.from_pretrained("flagship", device="cpu")


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_new_process_makes_the_same_file(model: RetinaRegen, phantom: Phantom, one_thread: None) -> None:
    here = report.as_png(model.restore(phantom.image, seed=5))
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=True, cwd=Path(__file__).parents[1], env=os.environ
    )
    assert there.stdout == here


def test_another_thread_count_changes_rounding_only(model: RetinaRegen, phantom: Phantom, one_thread: None) -> None:
    one = model.restore(phantom.image, seed=5).restored.astype(int)
    torch.set_num_threads(2)
    difference = np.abs(one - model.restore(phantom.image, seed=5).restored)
    assert np.mean(difference > 0) < 1e-3
    assert difference.mean() < 1e-3  # random weights may carry a single value further than one level
