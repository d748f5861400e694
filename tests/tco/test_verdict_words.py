"""The words of the decision: of one model on two terms, of nothing to choose, of quality."""

import re

import numpy as np
import pytest

from tco.answer.evaluation import evaluate
from tco.answer.explain import explain_worth
from tco.question.files import changed
from tests.tco.verdict_laws import hold_the_words

GPT = {"provider": "openai", "model": "gpt-5.4"}
SAME_MODEL = {
    "less by contract": (GPT, GPT | {"contract_discount": 0.6}),
    "of another seller": (GPT, GPT | {"provider": "azure", "contract_discount": 0.6}),
    "of another tier": (GPT | {"tier": "priority"}, GPT),
    "in another region": (GPT | {"residency": "EU"}, GPT),
}
RATES = {
    "measured of neither": ({}, {}),
    "measured of one": ({"quality": {"acceptance_rate": 0.9}}, {}),
    "measured of both": ({"quality": {"acceptance_rate": 0.9}},) * 2,
}
ALONE = {"self_hosted": [], "hybrids": []}


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("offer", SAME_MODEL)
def test_the_same_model_on_other_terms_needs_no_word_on_how_good_it_is(
    offer, rates, plain_scenario, plain_data
):
    (today, other), (ours, theirs) = SAME_MODEL[offer], RATES[rates]
    question = changed(
        plain_scenario,
        ALONE | {"baseline": today | ours, "apis": [other | theirs], "finance.horizon_months": 3},
    )
    evaluation = evaluate(question, plain_data)
    said = evaluation.verdict
    assert evaluation.alternative(said.chosen).model == evaluation.alternatives[0].model
    assert said.action == "api"
    assert said.headline.startswith("Switch to GPT-5.4")
    assert "taken as equal" not in said.also
    assert ("accepted answers" in said.also) == (rates == "measured of both")
    hold_the_words(evaluation)


@pytest.mark.parametrize("rates", RATES)
def test_another_model_keeps_the_condition_until_both_were_measured(
    rates, plain_scenario, plain_data
):
    ours, theirs = RATES[rates]
    other = {"provider": "openai", "model": "gpt-5.4-mini"}
    question = changed(plain_scenario, ALONE | {"baseline": GPT | ours, "apis": [other | theirs]})
    said = evaluate(question, plain_data).verdict
    both = rates == "measured of both"
    assert said.headline.startswith("If GPT-5.4 mini is good enough, ") != both
    assert ("taken as equal" in said.also) != both


@pytest.mark.parametrize("rates", RATES)
def test_where_nothing_else_may_be_chosen_no_model_is_compared_with_itself(
    rates, plain_scenario, plain_data
):
    question = changed(plain_scenario, ALONE | {"baseline": GPT | RATES[rates][0], "apis": []})
    said = evaluate(question, plain_data).verdict
    assert said.action == "unanswered"
    assert said.also == said.also.strip()
    assert re.fullmatch(r"A first month costs \S+ on GPT-5\.4\.", said.also)


OWN_RATES = {"equal": (0.9, 0.9), "worse": (0.95, 0.6), "better": (0.6, 0.95)}


def own_and_staying(plain_scenario, plain_data, ours, theirs):
    """Staying and a rented fleet alone, both measured."""
    rented = plain_scenario.self_hosted[0].model_dump(mode="json")
    question = changed(
        plain_scenario,
        {
            "apis": [],
            "hybrids": [],
            "workload.requests_per_month": 5e7,
            "baseline": GPT | {"quality": {"acceptance_rate": ours}},
            "self_hosted": [rented | {"quality": {"acceptance_rate": theirs}}],
        },
    )
    return evaluate(question, plain_data)


@pytest.mark.parametrize("rates", OWN_RATES)
def test_a_payback_stands_beside_a_worth_of_the_same_money(rates, plain_scenario, plain_data):
    """The first month from which as many accepted answers have cost less, by hand."""
    ours, theirs = OWN_RATES[rates]
    evaluation = own_and_staying(plain_scenario, plain_data, ours, theirs)
    (answer,) = evaluation.break_evens
    stay, own = (
        np.atleast_2d(evaluation.worked[key].costs.taxed)[0]
        for key in (evaluation.alternatives[0].key, answer.alternative)
    )
    rate = 1 + evaluation.asked.scenario.finance.discount_rate
    saved, positive_since = 0.0, None
    for month, (one, other) in enumerate(zip(stay, own, strict=True)):
        saved += (one - other * ours / theirs) / rate ** (month / 12)
        positive_since = None if saved <= 0 else month if positive_since is None else positive_since
    assert evaluation.appraisal(answer.alternative).npv_usd == pytest.approx(saved)
    assert f"pay back in month {positive_since} (discounted)" in evaluation.verdict.own


@pytest.mark.parametrize("rates", OWN_RATES)
def test_the_explained_worth_names_the_factor_of_as_many_accepted_answers(
    rates, plain_scenario, plain_data
):
    ours, theirs = OWN_RATES[rates]
    evaluation = own_and_staying(plain_scenario, plain_data, ours, theirs)
    row = evaluation.appraisal(evaluation.verdict.worth_of)
    (step,) = (s for s in explain_worth(evaluation).steps if s.name.startswith("Present value aft"))
    found = re.search(r" × ([\d.]+) for as many accepted answers", step.formula)
    if rates == "equal":
        assert found is None
        return
    assert float(found[1]) == pytest.approx(ours / theirs, rel=1e-3)
    assert f"{row.present_usd:,.2f}" in step.formula


def test_two_that_always_cost_the_same_are_said_to(plain_scenario, plain_data):
    rented = plain_scenario.self_hosted[0].model_dump(mode="json", exclude_none=True)
    question = changed(
        plain_scenario,
        {
            "apis": [],
            "hybrids": [],
            "workload.requests_per_month": 5e7,
            "self_hosted": [rented, rented | {"name": "twin"}],
        },
    )
    evaluation = evaluate(question, plain_data)
    assert evaluation.verdict.runner_up.alternative == "self-hosted/twin"
    assert "just as much as the next cheapest (twin) in each, and is" in evaluation.verdict.sentence
    assert "than the next cheapest" not in evaluation.verdict.sentence
    hold_the_words(evaluation)
