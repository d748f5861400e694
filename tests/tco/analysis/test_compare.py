"""Two scenarios: what differs, and contributions that add up to the last bit."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.analysis.compare import compare, counted
from tco.analysis.decision import Question, decide
from tco.analysis.scenario_diff import apply_changes, changes_between
from tco.question.files import changed, document_of, load_scenario, scenario_from
from tco.question.presets import preset_paths

FIGURES = ("staying_usd", "best_usd", "gap_usd")
PRESETS = [load_scenario(path) for path in preset_paths()]
PAIRS = [(a, b) for a in range(len(PRESETS)) for b in range(len(PRESETS)) if a != b]


def adds_up(compared):
    for figure in FIGURES:
        steps = [getattr(step.in_order, figure) for step in compared.contributions]
        total = getattr(compared.difference, figure)
        if total is None:  # in one of the two nothing but staying may be chosen
            assert figure != "staying_usd"
            continue
        assert sum(Fraction(step) for step in steps) == Fraction(total)
        assert sum(steps) == total
        assert sum(reversed(steps)) == total


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_contributions_add_up_exactly_to_the_difference(before, after):
    compared = compare(PRESETS[before], PRESETS[after])
    adds_up(compared)
    gap = decide(Question.of(PRESETS[after])).gap_usd - decide(Question.of(PRESETS[before])).gap_usd
    assert compared.difference.gap_usd == pytest.approx(gap, abs=1e-4)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_changes_lead_from_one_scenario_to_the_other(before, after):
    one, other = document_of(PRESETS[before]), document_of(PRESETS[after])
    reached = apply_changes(one, changes_between(one, other))
    for key in ("name", "note"):
        reached[key] = other[key]
    assert scenario_from(reached) == PRESETS[after]


CHANGES = {
    "workload.requests_per_month": st.floats(1e4, 1e9),
    "workload.growth_per_month": st.floats(-0.1, 0.1),
    "workload.profile": st.sampled_from(["flat", "consumer", "business-hours"]),
    "workload.classes.0.cached_share": st.floats(0, 0.9),
    "baseline.tier": st.sampled_from(["standard", "flex"]),
    "fleet.spare_replicas": st.integers(0, 3),
    "objective.mean_tpot_ms": st.floats(20, 200),
    "costs.rented_fte": st.floats(0, 2),
    "self_hosted.0.usd_per_gpu_hour": st.floats(0.5, 20),
}


@pytest.fixture(scope="module")
def after_changes(plain_scenario, plain_data):
    def made(changes):
        after = changed(plain_scenario, changes)
        return plain_scenario, compare(plain_scenario, after, plain_data)

    return made


@settings(max_examples=settings.default.max_examples // 5)
@given(st.fixed_dictionaries({}, optional=CHANGES))
def test_any_changes_add_up_and_each_is_listed_once(after_changes, changes):
    plain_scenario, compared = after_changes(changes)
    adds_up(compared)
    listed = [change.path for step in compared.contributions for change in step.changes]
    assert len(listed) == len(set(listed))
    moved = {p for p, v in changes.items() if _value(plain_scenario, p) != v}
    assert len(listed) == len(moved)


def _value(scenario, path):
    place = document_of(scenario)
    for key in path.split("."):
        place = place[int(key)] if isinstance(place, list) else place.get(key)
    return place


def test_one_change_alone_is_the_whole_difference(plain_scenario, plain_data):
    before = plain_scenario.model_copy(update={"apis": ()})
    after = changed(before, {"costs.engineer_usd_per_month": 28_000.0})
    compared = compare(before, after, plain_data)
    (step,) = compared.contributions
    assert step.in_order == step.alone == compared.difference
    # 10,000 USD a month more for 0.05 engineers on the API and 0.25 on the owned servers
    finance = before.finance
    monthly = (1 + finance.discount_rate) ** (1 / 12) - 1
    annuity = (1 - (1 + monthly) ** -finance.horizon_months) / monthly
    assert compared.after.best == compared.before.best == "self-hosted/owned"
    assert compared.difference.staying_usd == pytest.approx(500 * annuity, rel=1e-6)
    assert compared.difference.best_usd == pytest.approx(2_500 * annuity, rel=1e-6)


def test_a_scenario_beside_itself_differs_in_nothing(plain_scenario, plain_data):
    other = plain_scenario.model_copy(update={"name": "another name", "note": "and a note"})
    compared = compare(plain_scenario, other, plain_data)
    assert compared.contributions == ()
    assert all(getattr(compared.difference, figure) == 0 for figure in FIGURES)


def test_the_way_back_is_the_difference_the_other_way_round():
    there, back = compare(PRESETS[0], PRESETS[1]), compare(PRESETS[1], PRESETS[0])
    for figure in FIGURES:
        assert getattr(there.difference, figure) == -getattr(back.difference, figure)


def test_shares_that_only_go_together_are_one_change(plain_scenario, plain_data):
    first = plain_scenario.workload.classes[0].model_dump(mode="json")
    split = changed(
        plain_scenario,
        {
            "workload.classes": [
                {**first, "share": 0.5},
                {**first, "name": "other", "share": 0.5, "cached_share": 0.5},
            ]
        },
    )
    moved = changed(
        split, {"workload.classes.0.share": 0.8, "workload.classes.1.share": 0.2}.copy()
    )
    compared = compare(split, moved, plain_data)
    (step,) = compared.contributions
    assert step.changes[0].path == "workload.classes.*.share"
    assert (step.changes[0].before, step.changes[0].after) == ([0.5, 0.5], [0.8, 0.2])


def test_another_machine_is_one_change_and_an_impossible_step_waits_for_the_next():
    default = PRESETS[0]
    owned = changed(
        default,
        {
            "self_hosted.0": {
                "name": default.self_hosted[0].name,
                "model": "Llama 3.3 70B",
                "calibration": "llama-3.1-70b-fp8-h200-tp1",
                "own": "lenovo/8x-h200",
            }
        },
    )
    compared = compare(default, owned)
    (step,) = compared.contributions
    assert [change.path for change in step.changes] == ["self_hosted.0"]
    apis = document_of(default)["apis"]
    swapped = changed(default, {"baseline": apis[1], "apis": [document_of(default)["baseline"]]})
    compared = compare(default, swapped)
    adds_up(compared)
    together = next(s for s in compared.contributions if len(s.changes) > 1)
    assert {change.path for change in together.changes} == {"baseline", "apis"}


def test_where_nothing_else_may_be_chosen_staying_still_compares(plain_scenario, plain_data):
    alone = plain_scenario.model_copy(update={"apis": ()})
    hasty = changed(alone, {"objective.mean_tpot_ms": 1.0})
    compared = compare(alone, hasty, plain_data)
    assert compared.difference.staying_usd == 0
    assert compared.difference.gap_usd is None
    assert "No number of replicas" in compared.after.reason


@given(st.floats(-1e10, 1e10), st.floats(-1e10, 1e10), st.floats(-1e10, 1e10))
def test_counted_money_adds_up_in_any_order(a, b, c):
    a, b, c = counted(a), counted(b), counted(c)
    assert (a + b) + c == a + (b + c) == (c + a) + b
    assert (a - b) + (b - c) == a - c
