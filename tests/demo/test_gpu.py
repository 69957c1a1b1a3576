"""ZeroGPU's package is used where it is installed, and nothing changes where it is not."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import gpu, models

STAND_IN = """
import functools, inspect
lent = []
def GPU(duration):
    def decorate(function):
        assert inspect.isgeneratorfunction(function)
        @functools.wraps(function)
        def on_a_gpu(*arguments):
            lent.append(duration)
            yield from function(*arguments)
        return on_a_gpu
    return decorate
"""


def count(limit: int) -> Iterator[int]:
    yield from range(limit)


def test_without_the_package_the_function_stays_itself() -> None:
    assert gpu.on_gpu(count) is count


def test_with_the_package_every_call_borrows_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spaces.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    try:
        assert list(gpu.on_gpu(count)(3)) == [0, 1, 2]
        assert importlib.import_module("spaces").lent == [gpu.LENT_S]
    finally:
        monkeypatch.delitem(importlib.sys.modules, "spaces", raising=False)


def test_a_restoration_is_a_generator_that_can_be_decorated() -> None:
    assert inspect.isgeneratorfunction(models.stream)
