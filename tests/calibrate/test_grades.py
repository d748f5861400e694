"""How often a good run is graded down by chance, and how often a bad one passes."""

import numpy as np
import pytest

from hardware_profiles import Library
from tests.calibrate.closed_form_runs import closed_form_runs
from tests.calibrate.proposed_plans import OWN, Layout

DENSE = Layout("Llama 3.1 8B", "H100 SXM", "fp8", 1)
MOE = Layout("gpt-oss-120b", "H200 SXM", "mxfp4", 1)


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def good(library):
    """Every point off by its own 3 %, at a speed unlike the one expected."""
    return {
        layout.model: list(closed_form_runs(library, layout, range(60), speed=1.4))
        for layout in (DENSE, MOE)
    }


def graded_down(runs):
    """Share of the runs that are no better than provisional."""
    return np.mean([bool(list(run.held_out.remarks())) for run in runs])


@pytest.mark.parametrize("model", [DENSE.model, MOE.model])
def test_a_good_run_is_graded_down_in_at_most_one_of_twenty(good, model):
    assert graded_down(good[model]) <= 0.05


@pytest.mark.parametrize("model", [DENSE.model, MOE.model])
def test_a_plan_tells_capacity_within_3_percent_in_19_of_20_runs(good, model):
    assert np.mean([abs(run.capacity_error) < 0.03 for run in good[model]]) >= 0.95


@pytest.mark.parametrize("model", [DENSE.model, MOE.model])
def test_the_interval_of_a_capacity_holds_the_true_one_in_nine_of_ten_runs(good, model):
    """And it is of the load planned for, no wider than twice what the plan aims at."""
    inside = []
    for run in good[model]:
        found = run.capacity
        assert (found.input_tokens, found.output_tokens) == OWN
        true = found.requests_per_second / (1 + run.capacity_error)
        inside.append(found.low < true < found.high)
        assert found.high / found.low - 1 < 4 * 0.03
    assert 0.8 <= np.mean(inside) <= 0.99


def test_the_chance_of_an_error_is_one(good):
    """A tenth of good runs err as is due to a tenth of them, and half as is due to half."""
    chances = np.array([run.held_out.rate_chance for run in good[DENSE.model]])
    for level in (0.1, 0.5):
        allowed = 3 * np.sqrt(level * (1 - level) / len(chances))
        assert abs(np.mean(chances < level) - level) < allowed


def test_a_run_whose_held_out_points_are_all_an_eighth_slower_is_graded_down(library):
    assert graded_down(closed_form_runs(library, DENSE, range(40), off=0.125)) >= 0.95


def test_one_held_out_point_off_among_exact_ones_grades_down(library):
    """On average they are 4 % off, which is little, and much for a fit so narrow."""
    one = np.array([0.0, 0.15, 0.0, 0.0])
    for run in closed_form_runs(library, DENSE, range(5), noise=0.002, off=one):
        assert run.held_out.errors["throughput"] < 0.05
        assert [remark.split(" is off ")[1] for remark in run.held_out.remarks()] == [
            "by more than the interval explains"
        ] * 2
