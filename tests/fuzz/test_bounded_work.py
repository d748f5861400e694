"""The largest question that the schema takes costs bounded time and memory."""

from pathlib import Path

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.bill.own_cache import own_loads
from tco.facts.data import Data
from tco.kernel.workload import mix_as_asked
from tco.question.faults import MOST_PROBLEMS
from tco.question.files import changed, scenario_file, scenario_from
from tco.serving import allowance
from tco.serving.allowance import Allowance
from tco.serving.replica import replica_capacity
from tco.serving.simulation import MOST_WORK
from tests.fuzz.known_loop import MOST_LOOPS, loops_of
from tests.fuzz.largest import DEFAULT, fastest_growth, largest

MOST_BYTES = 300e6
PROCESS = Path("/proc/self")


def cost_of(scenario):
    """Memory [byte] and CPU [loops] of an answer that nothing was kept for."""
    replica_capacity.cache_clear()
    (PROCESS / "clear_refs").write_text("5")  # the peak starts from what is held now
    held = memory("VmRSS")
    loops = loops_of(lambda: evaluate(scenario))
    return memory("VmHWM") - held, loops


def memory(name):
    """Memory of this process by the kernel's account [byte]."""
    lines = (PROCESS / "status").read_text().splitlines()
    return 1_024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@pytest.mark.parametrize("months", [12, 36, 120])
@pytest.mark.parametrize("instances", [None, 100_000])
def test_a_spill_that_grows_as_fast_as_it_may_is_cheap_to_work_out(months, instances):
    spill = {"kind": "spill", "name": "s", "self_hosted": DEFAULT.self_hosted[0].name}
    if instances:
        spill["instances"] = instances
    growth = {"workload.growth_per_month": fastest_growth(months)}
    scenario = changed(DEFAULT, {**growth, "finance.horizon_months": months, "hybrids": [spill]})
    taken, loops = cost_of(scenario)
    assert taken < MOST_BYTES
    assert loops < MOST_LOOPS


def test_the_largest_scenario_there_may_be_is_answered_within_bounds():
    taken, loops = cost_of(scenario_from(largest()))
    assert taken < MOST_BYTES
    assert loops < MOST_LOOPS


@pytest.mark.parametrize(
    "objective",
    [
        {"p95_ttft_ms": 2_000.0},
        {"p95_ttft_ms": 60_000.0, "p95_tpot_ms": 2_000.0},
        {"mean_ttft_ms": 60_000.0, "mean_tpot_ms": 2_000.0},
        {"p95_ttft_ms": 300.0, "p95_tpot_ms": 25.0},
    ],
)
def test_options_that_are_all_simulated_are_answered_or_refused_within_bounds(objective):
    """Twelve records, no two alike, with percentiles or a load that no closed form tells."""
    document = {**largest(), "self_hosted": of_every_record(), "objective": objective}
    taken, loops = cost_of(scenario_from({**document, "hybrids": []}))
    assert taken < MOST_BYTES
    assert loops < MOST_LOOPS


def test_an_answer_simulates_no_more_than_a_question_may(monkeypatch):
    """Draws and what turns the choice take over what a replica was found to carry."""
    done = []

    def counted(*asked):
        misses = replica_capacity.cache_info().misses
        found = replica_capacity(*asked)
        done.append(found.work if replica_capacity.cache_info().misses > misses else 0)
        return found

    monkeypatch.setattr(allowance, "replica_capacity", counted)
    replica_capacity.cache_clear()
    objective = {"p95_ttft_ms": 300.0, "p95_tpot_ms": 25.0}
    options = {"self_hosted": of_every_record(), "objective": objective, "hybrids": []}
    evaluate(scenario_from({**largest(), **options}))
    assert 0 < sum(done) < 1.02 * MOST_WORK  # a refusal takes some hundred to find


@pytest.mark.parametrize(
    ("unit", "most"), [("k{}=1\n", 50_000), ("[t{}]\n", 50_000), ("[[apis]]\nmodel='{}'\n", 20_000)]
)
def test_of_a_document_of_faults_the_first_are_told_and_how_many_more_there_are(unit, most):
    def read():
        with pytest.raises(InputError, match="faults more") as refused:
            scenario_file("".join(map(unit.format, range(most))), "a.toml")
        assert len(refused.value.problems) <= MOST_PROBLEMS + 1

    assert loops_of(read) < MOST_LOOPS


def of_every_record():
    """As many own options as there may be, no two with a record in common."""
    library = Data.shipped().library
    options = {}
    for rent in library.rentals.values():
        for record in library.calibrations.values():
            fits = rent.gpus % record.gpus_per_replica == 0
            if rent.accelerator == record.accelerator and fits:
                named = {"name": record.id, "model": record.model, "calibration": record.id}
                options[record.id] = {**named, "rent": rent.id}
    return list(options.values())[:12]


def test_options_share_what_a_question_may_simulate_and_pay_once_for_a_replica():
    scenario = changed(DEFAULT, {"objective.p95_ttft_ms": 2_000.0})
    loads = own_loads(scenario, scenario.fleet.own_cache_hits)
    names = dict.fromkeys(option.calibration for option in scenario.self_hosted)
    one, other, *_ = (Data.shipped().library.calibration(name) for name in names)
    allowance = Allowance()

    def capacity(record):
        return allowance.capacity(
            record, mix_as_asked(tuple(loads)), scenario.objective, loads, None
        )

    assert capacity(one) is capacity(one)
    assert allowance.left == MOST_WORK - capacity(one).work
    allowance.left = 10_000
    (refused,) = capacity(other).findings
    assert (refused.severity, refused.code) == ("refused", "simulation")
    assert f"{MOST_WORK:,} requests and steps" in refused.message
    assert capacity(other).work < 14_000
    assert allowance.left == 0
