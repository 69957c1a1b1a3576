"""Spoiled files of every format: a photograph or a sentence, never another error, never a wait."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow mutters about broken EXIF
EDITS = st.builds(
    fuzz.Edit,
    st.sampled_from(sorted(fuzz.EDITS)),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 255),
)
NAMES = st.sampled_from(sorted(fuzz.samples()))


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(NAMES, NAMES, st.lists(EDITS, min_size=1, max_size=fuzz.MOST_EDITS))
def test_a_spoiled_file_is_read_or_refused_with_a_sentence(sample: str, other: str, edits: list[fuzz.Edit]) -> None:
    started = time.perf_counter()
    fuzz.verdict(fuzz.spoiled(sample, other, edits))
    assert time.perf_counter() - started < 10


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=400))
def test_noise_is_refused(data: bytes) -> None:
    assert fuzz.verdict(data) != fuzz.GOOD


@pytest.mark.parametrize("name", sorted(set(fuzz.samples()) - {"tiny"}))
def test_every_whole_sample_is_read(name: str) -> None:
    assert fuzz.verdict(fuzz.samples()[name]) == fuzz.GOOD
