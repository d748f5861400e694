"""A move in steps, worked by hand: both sides are paid until all requests have moved."""

import numpy as np
import pytest

from pricing.errors import InputError, PlannerError
from tco.analysis.decision import Question, decide
from tco.analysis.solve import solve
from tco.answer.evaluation import evaluate
from tco.answer.waiting import waiting
from tco.exports.forecast import forecast_rows
from tco.question.files import changed
from tco.question.keys import api_key
from tco.question.options import ApiOption
from tests.tco.plain_by_hand import (
    AROUND_API_USD,
    AROUND_RENTED_USD,
    EGRESS_USD,
    MOVE_RENTED_USD,
    STAYING_USD,
    TOKENS_USD,
)

STEPS = [{"from_month": 2, "share": 0.25}, {"from_month": 4, "share": 1.0}]
RENT = 730 * 55.04  # one instance carries all of it
SERVER = 250_142.0
OWN = "self-hosted/rented"
FLAT = {"finance.horizon_months": 5, "finance.discount_rate": 0.0}


def stepping(plain_scenario, place=0, rollout=None, **changes):
    asked = {f"self_hosted.{place}.rollout": {"moved": STEPS} | (rollout or {})}
    return changed(plain_scenario, FLAT | asked | changes)


def test_a_ramp_pays_both_sides_until_all_requests_have_moved(plain_scenario, plain_data):
    """Month 1 is today's. From month 2 a quarter is on a machine that is paid whole."""
    found = evaluate(stepping(plain_scenario), plain_data)
    worked = found.worked["self-hosted/rented"]
    today, own = STAYING_USD, RENT + AROUND_RENTED_USD
    both = own + 0.25 * EGRESS_USD + 0.75 * TOKENS_USD + AROUND_API_USD
    alone = own + EGRESS_USD
    assert worked.costs.bill == pytest.approx([today, both, both, alone, alone])
    assert worked.costs.cash == pytest.approx(
        [0, today + MOVE_RENTED_USD, both, both, alone, alone]
    )
    assert found.alternative("self-hosted/rented").monthly_usd == pytest.approx(alone)
    assert worked.utilisation[:4] / worked.utilisation[3] == pytest.approx([0, 0.25, 0.25, 1])


def test_all_moved_from_the_first_month_on_is_no_rollout(plain_scenario, plain_data):
    at_once = {"moved": [{"from_month": 1, "share": 1.0}], "meanwhile": "self-hosted/rented"}
    found = evaluate(stepping(plain_scenario, 1, at_once), plain_data)
    plain = evaluate(changed(plain_scenario, FLAT), plain_data)
    for name in ("present_usd", "capital", "npv_usd"):
        one, other = (getattr(x.appraisal("self-hosted/owned"), name) for x in (found, plain))
        assert one == other
    assert not any(f.code == "rollout" for f in found.alternative("self-hosted/owned").findings)


def test_nothing_is_said_of_waiting_with_a_move_in_steps(plain_scenario, plain_data):
    """Put off, its steps would fall on other days, and months of both sides with them."""
    found = evaluate(stepping(plain_scenario, **{"finance.horizon_months": 36}), plain_data)
    staying, moving = (found.worked[key] for key in (found.alternatives[0].key, OWN))
    assert waiting(staying, moving, found.asked.scenario.finance, {}) == ()
    assert waiting(staying, found.worked["self-hosted/owned"], found.asked.scenario.finance, {})


def test_the_bill_of_a_move_in_steps_is_told_as_that_of_all_moved(plain_scenario, plain_data):
    asked = stepping(plain_scenario)
    rented = asked.model_dump(mode="json", exclude_none=True)["self_hosted"][:1]
    found = evaluate(changed(asked, {"self_hosted": rented, "hybrids": []}), plain_data)
    assert f"{found.alternative(OWN).label} once all requests have moved" in found.verdict.also


def test_a_staged_plan_starts_on_a_hosted_model_and_buys_later_at_the_price_of_that_day(
    plain_scenario, plain_data
):
    """GPT-5.4 mini for three months, then a server bought at the end of month 3.

    It costs 30 % less a year by then, and brings back what it is worth two months later.
    """
    key = "openai/gpt-5.4-mini/standard"
    rollout = {"moved": [{"from_month": 4, "share": 1.0}], "meanwhile": key}
    path = {"finance.gpu_price_change_per_year": -0.3}
    found = evaluate(stepping(plain_scenario, 1, rollout, **path), plain_data)
    bought, sold = SERVER * 0.7 ** (3 / 12), SERVER * 0.7 ** (5 / 12) * 0.15 ** (2 / 48)
    hosted = found.alternative(key)
    own = found.alternative("self-hosted/owned")
    running = own.monthly_usd - next(x.cost_usd for x in own.lines if x.key == "capital")
    assert found.worked["self-hosted/owned"].costs.cash == pytest.approx(
        [
            hosted.one_off_usd,
            hosted.monthly_usd,
            hosted.monthly_usd,
            hosted.monthly_usd + bought + own.one_off_usd - hosted.one_off_usd,
            running,
            running - sold,
        ]
    )
    assert hosted.one_off_usd > 0


def rented_first(plain_scenario, moved, **changes):
    """Rent at 0.7 a year of today's price, and buy later at the price of that day."""
    rollout = {"moved": moved, "meanwhile": "self-hosted/rented"}
    path = {"finance.gpu_price_change_per_year": -0.3}
    return stepping(plain_scenario, 1, rollout, **(path | changes))


def months_rented(found):
    """Rent of an hour is that of the month; all else of the rented side stays."""
    lines = found.alternative("self-hosted/rented").lines
    rest = sum(line.cost_usd or 0.0 for line in lines if line.key != "rent")
    return [RENT * 0.7 ** (month / 12) + rest for month in range(5)]


def test_rent_now_and_buy_later_by_hand(plain_scenario, plain_data):
    """Three months on a rented instance, then a server bought at the end of month 3.

    Both moves are paid: to rented servers at the start, to owned ones when they are bought.
    """
    found = evaluate(rented_first(plain_scenario, [{"from_month": 4, "share": 1.0}]), plain_data)
    own, rented = found.alternative("self-hosted/owned"), found.alternative("self-hosted/rented")
    running = own.monthly_usd - next(x.cost_usd for x in own.lines if x.key == "capital")
    bought, sold = SERVER * 0.7 ** (3 / 12), SERVER * 0.7 ** (5 / 12) * 0.15 ** (2 / 48)
    month = months_rented(found)
    cash = found.worked["self-hosted/owned"].costs.cash
    assert rented.one_off_usd == MOVE_RENTED_USD
    assert cash == pytest.approx(
        [
            MOVE_RENTED_USD,
            month[0],
            month[1],
            month[2] + bought + own.one_off_usd - MOVE_RENTED_USD,
            running,
            running - sold,
        ]
    )
    told = " ".join(finding.message for finding in own.findings)
    assert f"until then {rented.label} answers the rest" in told


def test_rented_machines_shrink_to_what_has_not_moved(plain_scenario, plain_data):
    """Of a hundred times the requests: as many instances as three quarters of them need."""
    moved = [{"from_month": 2, "share": 0.25}, {"from_month": 5, "share": 1.0}]
    much = {"workload.requests_per_month": 1e9}
    found = evaluate(rented_first(plain_scenario, moved, **much), plain_data)
    rule = found.worked["self-hosted/rented"].fleet.rule
    needed = [float(rule.instances(requests)) for requests in (1e9, 7.5e8, 7.5e8, 7.5e8)]
    assert needed[0] > needed[1]
    rents = [
        r
        for r in forecast_rows(found.asked.scenario, found)
        if r["x_Alternative"] == "self-hosted/owned" and r["SkuId"].endswith("meanwhile-rent")
    ]
    hours = [730 * count for count in needed]
    assert {(r["ServiceName"], r["ServiceProviderName"], r["PricingCategory"]) for r in rents} == {
        ("p5.48xlarge", "AWS", "Standard")
    }
    assert [r["PricingQuantity"] for r in rents] == pytest.approx([*hours, 0.0])


def test_who_moves_at_once_rents_nothing_first(plain_scenario, plain_data):
    """Also where rented machines follow the hours of the week."""
    moved = [{"from_month": 1, "share": 1.0}]
    scenario = rented_first(plain_scenario, moved, **{"fleet.autoscale": {}})
    found = evaluate(scenario, plain_data, draws=1)
    at_once = evaluate(changed(scenario, {"self_hosted.1.rollout": None}), plain_data, draws=1)
    bills = [one.worked["self-hosted/owned"].costs.bill for one in (found, at_once)]
    assert bills[0] == pytest.approx(bills[1])


def test_what_turns_own_gpus_keeps_what_answers_until_requests_have_moved(
    plain_scenario, plain_data
):
    """Own GPUs compared alone, over a hosted model or over rented machines, are the same option."""
    for meanwhile in ("openai/gpt-5.4-mini/standard", "self-hosted/rented"):
        rollout = {"moved": [{"from_month": 4, "share": 1.0}], "meanwhile": meanwhile}
        scenario = stepping(plain_scenario, 1, rollout)
        answer = evaluate(scenario, plain_data, draws=1)
        alone = decide(Question(scenario, plain_data), "own")
        worths = {
            key: answer.appraisal(key).npv_usd
            for key in ("self-hosted/owned", "self-hosted/rented")
        }
        assert alone.best == max(worths, key=worths.get)
        assert -alone.gap_usd == pytest.approx(max(worths.values()))


def test_nothing_is_solved_for_servers_that_start_on_other_servers(plain_scenario, plain_data):
    asked = rented_first(plain_scenario, [{"from_month": 4, "share": 1.0}])
    with pytest.raises(InputError, match="starts on other servers of your own"):
        solve(Question(asked, plain_data), "gpu-price", alternative="owned")
    hosted = {"moved": STEPS, "meanwhile": "openai/gpt-5.4-mini/standard"}
    scenario = stepping(plain_scenario, 1, hosted)
    found = solve(Question(scenario, plain_data), "gpu-price", alternative="owned")
    assert "names no API" not in found.reason


@pytest.mark.parametrize(
    "term", ["aws/p5.48xlarge/us-east-1/3-year", "aws/p5.48xlarge/us/capacity-block"]
)
def test_what_is_taken_for_a_term_is_not_given_back_when_requests_have_moved(
    plain_scenario, plain_data, term
):
    moved = [{"from_month": 4, "share": 1.0}]
    asked = rented_first(plain_scenario, moved, **{"self_hosted.0.rent": term})
    refused = evaluate(asked, plain_data).alternative("self-hosted/owned").refused
    assert "taken for a term" in refused.message
    assert "rented by the hour" in refused.remedy


def test_a_term_taken_after_renting_by_the_hour_pays_both(plain_scenario, plain_data):
    """Three-year machines from month 4 on: the rent by the hour before keeps its own path."""
    options = plain_scenario.model_dump(exclude_none=True)["self_hosted"]
    later = options[0] | {
        "name": "later",
        "rent": "aws/p5.48xlarge/us-east-1/3-year",
        "unfinished_term": "handed-back",
        "rollout": {
            "moved": [{"from_month": 4, "share": 1.0}],
            "meanwhile": "self-hosted/rented",
        },
    }
    changes = FLAT | {
        "self_hosted": [options[0], later],
        "finance.gpu_price_change_per_year": -0.3,
    }
    found = evaluate(changed(plain_scenario, changes), plain_data)
    bill = found.worked["self-hosted/later"].costs.bill
    month = months_rented(found)
    assert bill[:3] == pytest.approx(month[:3])
    term = found.alternative("self-hosted/later")
    rent = sum(line.cost_usd for line in term.lines if line.key == "rent")
    assert bill[3:] == pytest.approx(term.monthly_usd - rent + rent * 0.7 ** (3 / 12))


def test_a_later_one_off_costs_what_money_is_worth_by_then(plain_scenario, plain_data):
    """Nominal, 10 % inflation: what is paid at the end of month 1 is dearer by a month of it."""
    terms = {"finance.terms": "nominal", "finance.inflation_per_year": 0.1}
    found = evaluate(stepping(plain_scenario, **terms), plain_data)
    paid = MOVE_RENTED_USD * 1.1 ** (1 / 12)
    assert found.appraisal("self-hosted/rented").capital[0].month == 1
    assert found.appraisal("self-hosted/rented").capital[0].usd == pytest.approx(paid)


def test_the_forecast_has_both_sides_by_month_and_the_move_when_it_is_paid(
    plain_scenario, plain_data
):
    scenario = stepping(plain_scenario)
    evaluation = evaluate(scenario, plain_data)
    rows = [
        row
        for row in forecast_rows(scenario, evaluation)
        if row["x_Alternative"] == "self-hosted/rented"
    ]
    billed = np.zeros(6)
    for row in rows:
        if row["ChargeCategory"] == "Usage":
            billed[row["x_MonthIndex"]] += row["ContractedCost"] or 0.0
    assert billed[1:] == pytest.approx(evaluation.worked["self-hosted/rented"].costs.bill)
    moved = [row for row in rows if row["ChargeDescription"].startswith("Migration")]
    assert [(row["x_MonthIndex"], row["ContractedCost"]) for row in moved] == [(1, MOVE_RENTED_USD)]
    rest = [r for r in rows if r["ChargeDescription"] == "Until moved: input tokens"]
    assert [r["PricingQuantity"] for r in rest] == [10_000, 7_500, 7_500, 0, 0]
    assert {r["ServiceName"] for r in rest} == {"GPT-5.4"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"self_hosted.0.rollout.moved.1.share": 0.2}, "must be larger than that of the step"),
        ({"self_hosted.0.rollout.moved.1.from_month": 2}, "must be later than that of the step"),
        ({"finance.horizon_months": 1}, "nothing moves to 'rented' within 1 month"),
        ({"self_hosted.0.rollout.meanwhile": "openai/gpt-5.4-mini/standrd"}, "names no API"),
        ({"self_hosted.0.rollout.meanwhile": "self-hosted/owned"}, "bought or leased"),
    ],
)
def test_steps_that_cannot_be_are_refused_with_what_to_change(
    plain_scenario, plain_data, changes, named
):
    with pytest.raises(PlannerError, match=named):
        evaluate(changed(stepping(plain_scenario), changes), plain_data)


PROMISED = ApiOption(
    provider="openai",
    model="gpt-5.4-mini",
    commitment={"usd_per_period": 1_000.0, "period_months": 12},
)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ("self-hosted/rented", "is the option that requests move to"),
        ("self-hosted/owned", "has a rollout of its own"),
        ("self-hosted/a term", "has a rollout of its own"),
        (api_key(PROMISED), "committed to or taken in units"),
        ("self-hosted/rentd", "names no API option of the scenario, and no rented servers"),
    ],
)
def test_who_cannot_answer_meanwhile_is_told_why_and_who_can(
    plain_scenario, plain_data, meanwhile, reason
):
    """Itself, a circle, a chain, an API that is committed to; only what is accepted is offered."""
    first = plain_scenario.self_hosted[0].model_dump(exclude_unset=True, mode="json")
    terms = [offer.id for offer in plain_data.library.offers() if offer.term == "3-year"]
    others = {
        "an hour": {},
        "kept": {"rent": terms[0]},
        "a term": {"rent": terms[0], "rollout": {"moved": STEPS, "meanwhile": "baseline"}},
    }
    asked = plain_scenario.model_dump(exclude_unset=True, mode="json")["self_hosted"]
    asked[1]["rollout"] = {"moved": STEPS, "meanwhile": "self-hosted/rented"}
    changes = {
        "self_hosted": [*asked, *(first | more | {"name": n} for n, more in others.items())],
        "apis": [PROMISED.model_dump(exclude_unset=True)],
    }
    with pytest.raises(InputError) as refused:
        evaluate(
            stepping(changed(plain_scenario, changes), rollout={"meanwhile": meanwhile}),
            plain_data,
        )
    told = {problem.field: problem for problem in refused.value.problems}
    problem = told["self_hosted.0.rollout.meanwhile"]
    assert reason in problem.limit
    assert "self-hosted/an hour" in problem.remedy
    for never in ("kept", "a term", "owned", "rented", "mini"):
        assert never not in problem.remedy


def test_a_hybrid_of_an_option_that_moves_in_steps_is_refused(plain_scenario):
    spill = {"kind": "spill", "name": "base", "self_hosted": "rented"}
    with pytest.raises(InputError, match="has a rollout"):
        stepping(plain_scenario, hybrids=[spill])


def test_an_api_that_cannot_answer_meanwhile_refuses_the_move(plain_scenario, plain_data):
    """Prompts longer than the window of the model that was to answer."""
    key = "aws/meta.llama3-3-70b-instruct-v1:0/standard"
    rollout = {"meanwhile": key}
    long = {"workload.classes.0.input.tokens": 130_000.0}
    found = evaluate(stepping(plain_scenario, rollout=rollout, **long), plain_data)
    assert found.alternative(key).refused is not None
    assert found.alternative("self-hosted/rented").refused is not None


MEANWHILE_BARRED = {
    "answers within a day": ({"tier": "batch"}, {}, "time"),
    "ends before all have moved": ({"provider": "azure"}, {"from_month": 15}, "end"),
    "ends once all have moved": ({"provider": "azure"}, {"from_month": 12}, None),
}
"""GPT-5.4 ends at Azure within the eleventh month, on 2 September 2027."""


@pytest.mark.parametrize("case", MEANWHILE_BARRED)
def test_what_may_not_replace_today_may_not_answer_meanwhile_either(
    case, plain_scenario, plain_data
):
    option, step, kind = MEANWHILE_BARRED[case]
    option = {"provider": "openai", "model": "gpt-5.4"} | option
    key = api_key(ApiOption(**option))
    moved = [{"from_month": 2, "share": 0.5}, {"from_month": 3, "share": 1.0} | step]
    found = evaluate(
        stepping(
            plain_scenario,
            rollout={"meanwhile": key, "moved": moved},
            apis=[option],
            **{"finance.horizon_months": 24},
        ),
        plain_data,
    )
    moving = found.alternative("self-hosted/rented")
    assert [bar.kind for bar in moving.why_not] == ([] if kind is None else [kind])
    assert all(bar.message.startswith("Until all requests have moved: ") for bar in moving.why_not)
    assert moving.refused is None
