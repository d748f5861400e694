"""The volumes at which own GPUs and staying cost alike: none is missed between steps of a fleet."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.analysis.decision import Question, once_simulated
from tco.analysis.fleet_steps import fleet_steps
from tco.analysis.solve import solve
from tco.answer.choice import worth_usd
from tco.answer.evaluation import evaluate
from tco.answer.volumes import volume_of
from tco.answer.working import look_up, work_out
from tco.kernel.autoscale import AutoscaleRule
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

PATHS = {path.stem: path for path in preset_paths()}
FIRST_STEP = 3 * 32 * 730 * 3_600 * 0.8 / 2
"""Volume up to which one instance of four replicas, one of them spare, carries its peak."""


@pytest.fixture(scope="module")
def level(plain_scenario, plain_data):
    """Every month like the first and nothing paid once: a present value is so many bills."""
    rented = plain_scenario.model_copy(update={"self_hosted": plain_scenario.self_hosted[:1]})
    return Question(changed(rented, {"costs.migration_rented_usd": 0.0}), plain_data)


def at_rent(question, usd_per_gpu_hour):
    rent = {"self_hosted.0.usd_per_gpu_hour": usd_per_gpu_hour}
    return replace(question, scenario=changed(question.scenario, rent))


@settings(max_examples=settings.default.max_examples // 10)
@given(st.floats(55.0, 100.0))
def test_where_all_months_are_alike_every_crossing_is_one_of_the_months_bill(level, rent):
    asked = at_rent(level, rent)
    own = evaluate(asked.scenario, asked.data).worked["self-hosted/rented"]
    bills = volume_of(own, asked.scenario)
    found = [flip for flip in solve(asked, "volume").found if flip.value < bills.searched_up_to]
    sides = ["moving" if c.direction == "self-hosting" else "staying" for c in bills.crossings]
    assert [flip.cheaper_above for flip in found] == sides
    volumes = [c.requests_per_month for c in bills.crossings]
    assert [flip.value for flip in found] == pytest.approx(volumes, rel=1e-9)


@pytest.mark.parametrize("apart", [1e-2, 1e-3, 1e-4, 1e-5])
def test_two_crossings_close_beside_each_other_are_both_found(level, apart):
    """Own GPUs cost less only just below the step at which a second instance is paid."""
    first = FIRST_STEP * (1 - apart)
    there = replace(level, scenario=changed(level.scenario, {"workload.requests_per_month": first}))
    rent = solve(there, "gpu-price").usd_per_gpu_hour
    found = solve(at_rent(level, rent), "volume").found
    assert [flip.cheaper_above for flip in found[:2]] == ["moving", "staying"]
    assert [flip.value for flip in found[:2]] == pytest.approx([first, FIRST_STEP], rel=apart / 50)


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_between_two_steps_present_values_are_straight_lines_in_the_volume(path):
    """So that no more than one crossing lies between two steps."""
    asked = once_simulated(Question.of(load_scenario(path)))
    volume = asked.scenario.workload.requests_per_month
    kinds = set()
    plain = work_out(look_up(asked.scenario, asked.data, asked.cases))
    for option in asked.scenario.self_hosted:
        own = plain.worked.get(f"self-hosted/{option.name}")
        if own is None:
            continue
        rule = own.fleet.first_rule
        kinds.add(isinstance(rule, AutoscaleRule))
        steps, _ = fleet_steps(rule, asked.scenario, (volume / 100, volume * 20))
        ends = np.stack([steps[:-1] * (1 + 1e-10), steps[1:] * (1 - 1e-10)])[:, :300]
        ends = ends[:, ends[1] > ends[0] * (1 + 1e-6)]
        assert ends.size
        tried = np.concatenate([[volume], *ends, ends.mean(axis=0)])[:, None] / volume
        cases = replace(asked.cases, requests=tried)
        found = work_out(look_up(asked.scenario, asked.data, cases))
        staying = next(iter(found.worked.values()))
        worth = worth_usd(staying, found.worked[own.alternative.key])
        low, high, middle = worth[1:].reshape(3, -1)
        scale = staying.present_usd[1:].max()
        assert middle == pytest.approx((low + high) / 2, abs=1e-9 * scale)
    assert kinds


def test_where_staying_is_cheaper_on_every_step_the_answer_says_so(level):
    found = solve(at_rent(level, 100.0), "volume")
    assert found.value is None
    assert "staying costs less at every volume" in found.reason


def test_steps_are_listed_up_to_a_number_and_how_far_that_reaches_is_said(level):
    own = work_out(look_up(level.scenario, level.data)).worked["self-hosted/rented"]
    steps, reach = fleet_steps(own.fleet.first_rule, level.scenario, (1.0, 1e30))
    assert 39_990 <= len(steps) <= 40_000
    assert steps[-1] < reach < 1e30
    assert steps[0] == pytest.approx(FIRST_STEP, rel=1e-6)
    assert np.diff(steps) == pytest.approx(FIRST_STEP / 3 * 4, rel=1e-6)
    few, within = fleet_steps(own.fleet.first_rule, level.scenario, (1.0, 2 * FIRST_STEP))
    assert (len(few), within) == (1, 2 * FIRST_STEP)
    assert "up to" in solve(Question.of(load_scenario(PATHS["rag"])), "volume").reason
