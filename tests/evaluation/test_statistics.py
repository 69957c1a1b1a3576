"""The bootstrap: reproducible, honest about groups, and wide where little was measured."""

import math
import tracemalloc

import numpy as np
import pytest

from retinaregen_core.evaluation.statistics import REPLICATES, Interval, bootstrap, mean, spearman


def mean_of(values: np.ndarray):
    return lambda rows: {"mean": mean(values[rows])}


def test_interval_of_a_mean_agrees_with_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400)
    interval = bootstrap(mean_of(values), range(400), np.random.default_rng(1))["mean"]
    half_width = 1.96 * values.std() / np.sqrt(400)
    assert interval.value == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx(
        (interval.value - half_width, interval.value + half_width), abs=0.15 * half_width
    )


def test_rows_of_one_patient_are_drawn_together() -> None:
    values = np.repeat(np.random.default_rng(0).normal(0, 1, 30), 10)
    alone = bootstrap(mean_of(values), range(300), np.random.default_rng(1))["mean"]
    grouped = bootstrap(mean_of(values), np.repeat(np.arange(30), 10).tolist(), np.random.default_rng(1))["mean"]
    assert grouped.high - grouped.low > 2.5 * (alone.high - alone.low)  # sqrt(10) in theory


def test_same_seed_same_interval() -> None:
    values = np.arange(20.0)
    first, second = (bootstrap(mean_of(values), range(20), np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_a_seed_gives_the_same_draws_however_many_are_made_at_a_time() -> None:
    drawn: list[np.ndarray] = []

    def statistic(rows: np.ndarray) -> dict[str, float]:
        drawn.append(rows)
        return {}

    bootstrap(statistic, range(7), np.random.default_rng(3))
    expected = np.random.default_rng(3).integers(7, size=(REPLICATES, 7))
    np.testing.assert_array_equal(drawn[:REPLICATES], expected)


def test_memory_does_not_grow_with_the_number_of_draws() -> None:
    patients = 20_000
    tracemalloc.start()
    bootstrap(lambda rows: {"last": float(rows[-1])}, range(patients), np.random.default_rng(3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.1 * 8 * patients * REPLICATES


def test_draws_without_a_number_are_left_out() -> None:
    values = np.array([1.0, *[math.nan] * 5])
    assert bootstrap(mean_of(values), range(6), np.random.default_rng(0))["mean"] == Interval(1, 1, 1)


def test_nothing_measured_is_a_dash() -> None:
    interval = bootstrap(mean_of(np.full(3, math.nan)), range(3), np.random.default_rng(0))["mean"]
    assert f"{interval:.2f}" == "-"


def test_infinite_psnr_is_not_averaged() -> None:
    assert mean(np.array([20.0, 30.0, math.inf])) == 25


def test_format_shows_value_and_interval() -> None:
    assert f"{Interval(25.104, 24.6, 25.58):.1f}" == "25.1 [24.6, 25.6]"


def test_spearman_sees_order_only() -> None:
    values = np.arange(50.0)
    assert spearman(values, np.exp(values / 10)) == pytest.approx(1)
    assert spearman(values, -values) == pytest.approx(-1)
    assert spearman(np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 2.0, 1.0])) == pytest.approx(0)
    assert math.isnan(spearman(values, np.ones(50)))
