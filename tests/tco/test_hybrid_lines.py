"""Lines of hybrids scale with what they are for: lost hours, repairs, tries."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tests.tco.hybrid_cases import ANSWERED, API, CASES, KINDS, WEEK

FEW = settings(max_examples=settings.default.max_examples // 5)
SHARES = st.floats(0.01, 0.99)
SPOT = "coreweave/hgx-h100/na/spot"
LEAVING = [kind for kind in KINDS if kind["kind"] != "private-first"]


def lines_of(scenario, data, key="hybrid/mixed"):
    """Dollars of each line of one alternative; of staying where no key is given."""
    evaluation = evaluate(scenario, data)
    found = evaluation.alternative(key) if key else evaluation.alternatives[0]
    assert found.refused is None
    return {line.key: line.cost_usd for line in found.lines if line.cost_usd is not None}


@FEW
@given(SHARES, st.sampled_from(LEAVING), st.floats(1e7, 3e8))
def test_requests_of_lost_hours_are_bought_in_every_hybrid(
    plain_scenario, plain_data, lost, kind, requests
):
    """Of a lost hour the API answers each request once, of any other hour what it would have.

    A base fleet of least cost is another one where hours are lost; what they cost is paid.
    """
    asked = changed(
        plain_scenario,
        {
            "workload.requests_per_month": requests,
            "workload.profile": WEEK,
            "self_hosted.0.rent": SPOT,
            "hybrids": [API | kind],
        },
    )
    gone = changed(asked, {"self_hosted.0.interruption": {"lost_share": lost, "then": "baseline"}})
    staying = lines_of(asked, plain_data, key=None)
    everything, never, often = (
        sum(usd for key, usd in lines.items() if "put-" in key)
        for lines in (staying, lines_of(asked, plain_data), lines_of(gone, plain_data))
    )
    if kind == {"kind": "spill"}:
        assert often >= lost * everything * (1 - 1e-9)
        return
    assert often == pytest.approx(lost * everything + (1 - lost) * never)
    rent, paid = (lines_of(scenario, plain_data)["rent"] for scenario in (asked, gone))
    assert paid == pytest.approx((1 - lost) * rent)


@FEW
@given(st.floats(0.01, 1.0), st.floats(0.0, 1.0), SHARES)
def test_what_may_not_leave_is_never_bought_in_a_lost_hour(
    plain_scenario, plain_data, sensitive, escalated, lost
):
    private = {"kind": "private-first", "sensitive_share": sensitive, "escalated_share": escalated}
    changes = {"self_hosted.0.rent": SPOT, "hybrids": [API | private]}
    for then in ("baseline", "re-run"):
        gone = {"self_hosted.0.interruption": {"lost_share": lost, "then": then}}
        found = evaluate(changed(plain_scenario, changes | gone), plain_data)
        refused = found.alternative("hybrid/mixed").refused
        assert (refused is not None and refused.code == "would-leave") is (then == "baseline")


def quality(rate, retries, usd):
    return {"acceptance_rate": rate, "retries": retries, "usd_per_unaccepted": usd}


@FEW
@given(
    st.sampled_from(ANSWERED),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
    st.integers(0, 2),
)
def test_answers_are_tried_and_repaired_where_they_were_given(
    plain_scenario, plain_data, answered, own_rate, api_rate, retries
):
    """A specialist's answers are tried once: the API is asked for what is not accepted of them.

    What the API answers is read off its tokens, for every try of it is billed alike.
    """
    kind, by_hand = answered
    scenario = changed(
        plain_scenario,
        {
            "baseline.quality": quality(api_rate, retries, 0.01),
            "self_hosted.0.quality": quality(own_rate, retries, 0.02),
            "costs.egress_usd_per_gb": 1.0,
            "hybrids": [API | kind],
        },
    )
    found = lines_of(scenario, plain_data)
    staying = lines_of(scenario, plain_data, key=None)
    tokens = [sum(usd for key, usd in lines.items() if "put-" in key) for lines in (found, staying)]
    local, asked = by_hand or (1 - tokens[0] / tokens[1], tokens[0] / tokens[1])
    assert tokens[0] == pytest.approx(asked * tokens[1])
    judged = kind["kind"] == "specialist"
    left = local * (0 if judged else (1 - own_rate) ** (retries + 1)) * 0.02
    left += asked * (1 - api_rate) ** (retries + 1) * 0.01
    repairs = sum(usd for key, usd in found.items() if key.endswith("repair"))
    assert repairs == pytest.approx(1e7 * left)
    tries = 1 if judged else sum((1 - own_rate) ** n for n in range(retries + 1))
    alone = lines_of(changed(scenario, {"self_hosted.0.quality": None}), plain_data)
    assert found["egress"] == pytest.approx(tries * alone["egress"])


@FEW
@given(st.floats(0.05, 0.95), st.integers(0, 3), st.floats(1e6, 1e9))
def test_a_specialist_needs_the_same_machines_whatever_its_base_model_was_measured_to_do(
    plain_scenario, plain_data, rate, retries, requests
):
    asked = changed(
        plain_scenario,
        {
            "workload.requests_per_month": requests,
            "workload.growth_per_month": 0.05,
            **CASES["specialist"][1],
        },
    )
    measured = changed(asked, {"self_hosted.0.quality": quality(rate, retries, 0.5)})
    bills = [
        evaluate(scenario, plain_data).worked["hybrid/mixed"].costs.bill
        for scenario in (asked, measured)
    ]
    assert bills[1] == pytest.approx(bills[0])


@FEW
@given(st.floats(0.05, 1.0), st.integers(0, 5))
def test_every_try_counts_against_a_rate_limit(plain_scenario, plain_data, rate, retries):
    scenario = changed(
        plain_scenario,
        {
            "baseline.model": "gpt-5.4-pro",
            "baseline.usage_tier": "Tier 2",
            "baseline.quality": {"acceptance_rate": rate, "retries": retries},
            "apis": [],
        },
    )
    findings = evaluate(scenario, plain_data).alternatives[0].findings
    (said,) = (f.message for f in findings if f.code == "rate-limit")
    tries = sum((1 - rate) ** n for n in range(retries + 1))
    tokens = float(re.search(r"([\d,]+) tokens a minute", said)[1].replace(",", ""))
    assert tokens == pytest.approx(1e7 / 43_800 * 2 * 1_101 * tries, rel=1e-5)


@FEW
@given(st.floats(-0.05, 0.1), st.floats(2e7, 4e8), st.sampled_from([0.0, 0.2]))
def test_a_later_month_of_a_given_base_fleet_is_the_first_month_of_its_volume(
    plain_scenario, plain_data, growth, requests, lost
):
    """What it serves, repairs and spills then; also where it spills only later."""
    asked = changed(
        plain_scenario,
        {
            "workload.requests_per_month": requests,
            "workload.growth_per_month": growth,
            "workload.profile": WEEK,
            "finance.horizon_months": 24,
            "baseline.quality": {"acceptance_rate": 0.9, "usd_per_unaccepted": 0.01},
            "self_hosted.0.quality": {"acceptance_rate": 0.7, "usd_per_unaccepted": 0.02},
            "self_hosted.0.rent": SPOT,
            "self_hosted.0.interruption": {"lost_share": lost, "then": "baseline"},
            "hybrids": [API | {"kind": "spill", "instances": 2}],
        },
    )
    bills = evaluate(asked, plain_data).worked["hybrid/mixed"].costs.bill.ravel()
    for month in (0, 9, 23):
        volume = requests * (1 + growth) ** month
        alone = changed(asked, {"workload.requests_per_month": volume})
        shown = evaluate(alone, plain_data).alternative("hybrid/mixed").monthly_usd
        assert bills[month] == pytest.approx(shown, rel=1e-9)
