"""The simulator against measured runs, and the tables of docs/simulator.md against both."""

import re

import numpy as np
import pytest

from tests.tco.kernel import simulator_tables as made

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NEAR_RELATIVE, NEAR_ABSOLUTE = 0.02, 0.15
"""Runs on another processor may differ in rounding, and a queue makes something of that."""


@pytest.fixture(scope="module")
def runs():
    return list(made.measured_runs())


@pytest.fixture(scope="module", params=[4, pytest.param(1, marks=pytest.mark.long)])
def every(request):
    """Of how many cases one is searched again."""
    return request.param


@pytest.fixture(scope="module")
def cases(every):
    return made.compared(made.CASES[::every])


@pytest.fixture(scope="module")
def page():
    return made.PAGE.read_text(encoding="utf-8")


def same(printed, fresh):
    """Equal but for the last digits of numbers."""
    assert len(printed) == len(fresh)
    for old, new in zip(printed, fresh, strict=True):
        assert NUMBER.sub("#", old) == NUMBER.sub("#", new)
        numbers = ([float(x) for x in NUMBER.findall(line)] for line in (old, new))
        for was, now in zip(*numbers, strict=True):
            assert now == pytest.approx(was, rel=NEAR_RELATIVE, abs=NEAR_ABSOLUTE), old


def test_the_page_prints_the_measured_runs(page, runs):
    everything = [*runs, *made.published_runs()]
    same(made.printed(page, "records"), made.per_record(everything))
    same(made.printed(page, "saturation"), made.saturated_runs(everything))
    same(made.printed(page, "memory"), made.full_memory_runs(everything))


def test_the_page_prints_the_capacities_and_their_optimism(page, cases, every):
    """Some cases are searched again; the sentence above the table is read off all."""
    rows = made.printed(page, "capacities")
    assert len(rows) == 2 + len(made.CASES)
    same([*rows[:2], *rows[2::every]], made.capacities(cases))
    assert made.printed(page, "optimism") == made.optimism(rows)


def test_simulated_runs_are_as_near_to_measured_ones_as_the_closed_form_fitted_to_them(runs):
    known = [run for run in runs if np.isfinite(run.measured[2])]
    throughput, tpot, ttft = made.errors(known, "simulated")[1].mean(axis=0)
    assert throughput < 0.02
    assert tpot < 0.02
    assert ttft < 0.08
    assert ttft < 1.05 * made.errors(known, "closed_form")[1][:, 2].mean()


def test_no_record_is_off_by_more_than_its_residual_says(runs):
    for name in {run.record for run in runs}:
        record = made.LIBRARY.calibration(name)
        mine = [run for run in runs if run.record == name]
        error = np.sqrt((made.errors(mine, "simulated")[0][:, 0] ** 2).mean())
        assert error < 1.5 * record.residual_sd + 0.01, name


def test_a_full_memory_shows_in_the_first_token_as_it_was_measured(runs):
    """Waits of five seconds to a minute: simulated within 15 %, by closed form up to 90 % off."""
    waits = [run for run in runs if run.preemptions and run.measured[2] > 1_000]
    assert len(waits) >= 5
    assert made.errors(waits, "simulated")[1][:, 2].max() < 0.15
    assert made.errors(waits, "closed_form")[1][:, 2].max() > 0.3


def test_percentiles_never_allow_more_than_means_by_chance_alone(cases):
    for one in cases:
        assert np.isnan(one.optimism) or one.optimism > 0.97, one.case
