"""The door of the page."""

import runpy
import signal
from pathlib import Path

import pytest

from demo import interface


def test_who_stops_the_page_while_it_starts_sees_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(interface, "build", stopped)
    before = signal.getsignal(signal.SIGTERM)
    try:
        runpy.run_path(str(Path(__file__).parents[2] / "app.py"), run_name="__main__")
    finally:
        signal.signal(signal.SIGTERM, before)
