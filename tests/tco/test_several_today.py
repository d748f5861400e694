"""Several APIs answer today: each kind of requests is paid at its own, and staying is all of it."""

import numpy as np
import pytest

from pricing.catalogue import Catalogue
from pricing.errors import PlannerError
from tco.answer.evaluation import evaluate
from tco.answer.explain import explain_bill, explanations
from tco.exports.forecast import forecast_rows
from tco.exports.forms import FORMS
from tco.question.files import changed, document_of, scenario_from
from tco.question.link import link_value, read_link

GPT = {"provider": "openai", "model": "gpt-5.4"}
MINI = {"provider": "openai", "model": "gpt-5.4-mini"}
LLAMA = {"provider": "deepinfra", "model": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}
CHAT = {
    "name": "chat",
    "share": 0.75,
    "cached_share": 0.6,
    "input": {"kind": "fixed", "tokens": 2000},
    "output": {"kind": "fixed", "tokens": 350},
}
RESEARCH = CHAT | {"name": "research", "share": 0.25, "input": {"kind": "fixed", "tokens": 8000}}


@pytest.fixture(scope="module")
def asked(default):
    return changed(
        default,
        {
            "workload.requests_per_month": 4e7,
            "workload.classes": [CHAT | {"today": MINI}, RESEARCH],
            "baseline": GPT,
            "apis": [GPT, MINI, LLAMA],
            "self_hosted": document_of(default)["self_hosted"][:1],
            "hybrids": [
                {"kind": "spill", "name": "spill", "self_hosted": default.self_hosted[0].name},
                {
                    "kind": "private-first",
                    "name": "private",
                    "self_hosted": default.self_hosted[0].name,
                    "sensitive_share": 0.2,
                },
            ],
        },
    )


@pytest.fixture(scope="module")
def answer(asked):
    return evaluate(asked)


def test_every_kind_of_requests_is_paid_at_who_answers_it(answer):
    """By OpenAI's list: mini 0.75, 0.075, 4.50 and GPT-5.4 2.50, 0.25, 15 USD/Mtok."""
    today = answer.alternatives[0]
    paid = {
        line.name: (line.quantity, line.cost_usd) for line in today.lines if line.group == "tokens"
    }
    assert paid == {
        name: (pytest.approx(mtok), pytest.approx(usd))
        for name, mtok, usd in (
            ("GPT-5.4 mini: input tokens", 24_000, 18_000),
            ("GPT-5.4 mini: cached input tokens", 36_000, 2_700),
            ("GPT-5.4 mini: output tokens", 10_500, 47_250),
            ("GPT-5.4: input tokens", 32_000, 80_000),
            ("GPT-5.4: cached input tokens", 48_000, 12_000),
            ("GPT-5.4: output tokens", 3_500, 52_500),
        )
    }
    assert today.label == "GPT-5.4 + GPT-5.4 mini"
    assert today.input_tokens_per_request == pytest.approx(0.75 * 2000 + 0.25 * 8000)


def test_people_are_paid_once_and_staying_costs_no_move(answer):
    today, alone = answer.alternatives[0], answer.alternatives[1]
    people = [line.cost_usd for line in today.lines if line.group == "people"]
    assert people == [line.cost_usd for line in alone.lines if line.group == "people"]
    assert today.one_off == ()


def test_a_move_costs_what_the_farthest_of_todays_apis_makes_it_cost(asked, answer):
    once = {a.key: [line.key for line in a.one_off] for a in answer.alternatives}
    assert once["openai/gpt-5.4/standard"] == ["switch"]
    assert once["openai/gpt-5.4-mini/standard"] == ["switch"]
    assert once[f"deepinfra/{LLAMA['model']}/standard"] == ["migration"]
    beside = changed(asked, {"workload.classes.0.today": GPT | {"tier": "priority"}})
    tiers = {a.key: a.one_off for a in evaluate(beside).alternatives}
    assert tiers["openai/gpt-5.4/standard"] == ()


def test_naming_the_baseline_itself_changes_nothing(asked):
    plain = changed(asked, {"workload.classes.0.today": None, "apis": [MINI, LLAMA]})
    named = changed(plain, {"workload.classes.0.today": GPT})
    before, after = evaluate(plain), evaluate(named)
    assert after.alternatives == before.alternatives
    assert after.verdict == before.verdict


def test_each_month_costs_what_the_parts_cost_alone(asked):
    """One of two models ends in the second year and is followed by another at other prices."""
    ends = {"provider": "openai", "model": "gpt-4o-mini", "successors": [GPT]}
    mixed = changed(
        asked,
        {
            "workload.classes.0.today": ends,
            "apis": [],
            "hybrids": [],
            "workload.growth_per_month": 0.02,
        },
    )
    whole = evaluate(mixed)
    parts = []
    for each, option in ((CHAT, ends), (RESEARCH, GPT)):
        alone = changed(
            mixed,
            {
                "workload.classes": [each | {"share": 1.0}],
                "workload.requests_per_month": 4e7 * each["share"],
                "baseline": option,
                "costs.api_fte": 0.0,
            },
        )
        parts.append(next(iter(evaluate(alone).worked.values())).costs.bill)
    bills = next(iter(whole.worked.values())).costs.bill
    people = sum(
        line.cost_usd or 0.0 for line in whole.alternatives[0].lines if line.group == "people"
    )
    np.testing.assert_allclose(np.ravel(bills) - people, np.ravel(parts[0] + parts[1]), rtol=1e-9)
    told = {finding.code for finding in whole.findings}
    assert "shared-out" in told


def token_usd(alternative):
    return sum(line.cost_usd for line in alternative.lines if line.group == "tokens")


def test_a_hybrid_falls_back_on_all_of_today(answer):
    keys = {a.key: a for a in answer.alternatives}
    staying = token_usd(keys["today"])
    private = token_usd(keys["hybrid/private"])
    assert private == pytest.approx(0.8 * staying)
    names = {line.name for line in keys["hybrid/private"].lines}
    assert "API: GPT-5.4 mini: output tokens" in names


def test_the_forecast_names_the_seller_of_each_line(answer, asked):
    told = {
        (row["ServiceName"], row["ChargeDescription"])
        for row in forecast_rows(asked, answer)
        if row["x_Alternative"] in {"today", "hybrid/private"}
        and row["ServiceName"].startswith("GPT")
    }
    assert len(told) == 12
    assert all(f"{seller}: " in line for seller, line in told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"workload.classes.1.today": MINI}, "nothing is left for the baseline"),
        (
            {"workload.classes.0.today": MINI | {"model": "gpt-5.4-nini"}},
            "workload.classes.0.today.model",
        ),
        (
            {"workload.classes.0.today": MINI | {"tier": "overnight"}},
            "workload.classes.0.today.tier",
        ),
    ],
)
def test_who_answers_today_must_be_sold_and_leave_the_baseline_something(asked, changes, said):
    with pytest.raises(PlannerError, match=said):
        evaluate(changed(asked, changes))


def test_a_scenario_keeps_who_answers_today_in_a_file_and_in_a_link(asked):
    assert scenario_from(document_of(asked)) == asked
    catalogue = Catalogue.load()
    assert read_link(link_value(asked, catalogue), catalogue).scenario == asked


@pytest.mark.parametrize("form", FORMS)
def test_every_export_form_can_be_written(asked, answer, form):
    assert FORMS[form].write(asked, answer)


def test_every_explanation_can_be_given(answer):
    """Rates of both models stand behind the bill of today."""
    for explain in explanations(answer).values():
        assert explain().title
    behind = {row.field for row in explain_bill(answer, "today").inputs}
    assert {"openai/gpt-5.4/standard", "openai/gpt-5.4-mini/standard"} <= behind
