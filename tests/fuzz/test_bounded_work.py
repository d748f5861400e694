"""The largest question that the schema takes costs bounded time and memory."""

import time
import tracemalloc

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.question.files import changed, scenario_from
from tests.fuzz.largest import DEFAULT, fastest_growth, largest

MOST_BYTES = 300e6
MOST_CPU_S = 5.0  # two seconds by themselves; tracing allocations more than doubles it


def cost_of(scenario):
    """Memory [byte] and CPU [s] of an answer."""
    tracemalloc.start()
    began = time.process_time()
    try:
        evaluate(scenario)
        return tracemalloc.get_traced_memory()[1], time.process_time() - began
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("months", [12, 36, 120])
@pytest.mark.parametrize("instances", [None, 100_000])
def test_a_spill_that_grows_as_fast_as_it_may_is_cheap_to_work_out(months, instances):
    spill = {"kind": "spill", "name": "s", "self_hosted": DEFAULT.self_hosted[0].name}
    if instances:
        spill["instances"] = instances
    growth = {"workload.growth_per_month": fastest_growth(months)}
    scenario = changed(DEFAULT, {**growth, "finance.horizon_months": months, "hybrids": [spill]})
    memory, seconds = cost_of(scenario)
    assert memory < MOST_BYTES
    assert seconds < MOST_CPU_S


def test_the_largest_scenario_there_may_be_is_answered_within_bounds():
    memory, seconds = cost_of(scenario_from(largest()))
    assert memory < MOST_BYTES
    assert seconds < MOST_CPU_S


def test_more_options_than_can_be_simulated_are_refused_with_what_to_do():
    with pytest.raises(InputError, match="at most 6, or ask for mean times"):
        scenario_from({**largest(), "objective": {"p95_ttft_ms": 2_000.0}})
