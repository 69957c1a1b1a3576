"""Agreement of vessels: shares by hand on small maps, and on drawings that were blurred or exchanged."""

import cv2
import numpy as np
import pytest

from retinaregen_core.imaging import vessels
from retinaregen_core.imaging.phantom import Phantom, draw
from retinaregen_core.metrics.structure import DEFINITIONS, KEPT, LOST, NEW, Structure, Vessels, agreement, dice


def bars(*rows: int) -> np.ndarray:
    picture = np.zeros((64, 64), bool)
    picture[list(rows)] = True
    return picture


def test_shares_of_kept_lost_and_new_vessels() -> None:
    trace, nothing = np.zeros((2, 64, 64), np.float32)
    trace[50] = 4.0  # too weak for a vessel, but a trace
    result = agreement(Vessels(bars(10, 30), trace), Vessels(bars(11, 50, 60), nothing))
    assert (result.kept, result.supported, result.dice) == (0.5, pytest.approx(2 / 3), 0.0)
    assert [set(np.unique(result.changes[row])) for row in (10, 30, 50, 60)] == [{KEPT}, {LOST}, {KEPT}, {NEW}]


def test_a_vessel_that_leaves_no_more_than_a_trace_has_faded() -> None:
    fainter, nothing = np.zeros((2, 64, 64), np.float32)
    fainter[30] = 4.0
    result = agreement(Vessels(bars(10, 30), nothing), Vessels(bars(10), fainter))
    assert (result.kept, result.faded) == (1.0, 0.5)


def test_without_vessels_there_is_nothing_to_share() -> None:
    nothing = bars()
    empty = Vessels(nothing, nothing.astype(np.float32))
    result = agreement(empty, empty)
    assert [getattr(result, name) for name in DEFINITIONS] == [None] * len(DEFINITIONS)
    assert dice(nothing, bars(3)) == 0.0


def compared(before: np.ndarray, after: np.ndarray, phantom: Phantom) -> Structure:
    responses = (vessels.vesselness(picture, phantom.mask) for picture in (before, after))
    return agreement(*(Vessels(vessels.segment(response), response) for response in responses))


def test_recovered_vessels_are_supported_and_blurred_ones_are_lost(phantom: Phantom) -> None:
    blurred = cv2.GaussianBlur(phantom.image, (0, 0), 4)
    sharper = compared(blurred, phantom.image, phantom)
    assert sharper.kept is not None and sharper.supported is not None
    assert sharper.kept > 0.95 and sharper.supported > 0.85
    duller = compared(phantom.image, cv2.GaussianBlur(phantom.image, (0, 0), 7), phantom)
    assert duller.kept is not None and duller.kept < 0.7


def test_vessels_of_another_eye_are_neither_kept_nor_supported(phantom: Phantom) -> None:
    result = compared(phantom.image, draw(1).image, phantom)
    assert result.kept is not None and result.supported is not None and result.dice is not None
    assert result.kept < 0.6 and result.supported < 0.65 and result.dice < 0.3
