"""What handlers tell the page, update by update."""

from pathlib import Path

import pytest

from demo import handlers, models, words
from demo.handlers import SKIP, Update, on_example
from demo.viewer import Reading
from retinaregen_core.pipeline import Readability

SHOWN = ("case", "readability", "result", "curves", "trail", "kept", "downloads")
"""What belongs to one photograph."""


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = Readability(0.9, 0.1, 0.9, 0.9, thresholds=(0.5, 0.5, 0.5, 0.5))
    monkeypatch.setattr(models, "assess", lambda image: scores)


def phases(updates: list[Update]) -> list[str]:
    return [update.viewer.phase for update in updates if isinstance(update.viewer, Reading)]


def test_opening_says_so_and_shows_scores_only_with_their_picture(scored: None) -> None:
    _, first, *between, last = on_example("cataract")
    assert words.status.OPENING in first.status
    assert first.restore["interactive"] is False
    assert phases([first, *between, last]) == ["opening", "ready"]
    assert all(getattr(update, name) is SKIP for update in (first, *between) for name in SHOWN)
    assert words.readability.BEFORE in last.readability


def test_what_cannot_be_opened_after_all_takes_nothing_away(scored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes, name: str) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(handlers, "store", full)
    updates = list(on_example("cataract"))
    assert phases(updates) == ["opening", "abandoned"]
    assert all(getattr(update, name) is SKIP for update in updates for name in SHOWN)
    assert updates[-1].restore["interactive"] is True
