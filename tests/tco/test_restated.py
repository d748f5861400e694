"""Figures as price lists and calculators state them, each worked out by hand."""

import pytest

from tco.answer.evaluation import evaluate
from tco.answer.restated import restated
from tco.question.presets import presets

EVALUATION = evaluate(next(iter(presets().values())))
STATED = {one.alternative: one for one in restated(EVALUATION)}
TODAY = "openai/gpt-5.4/standard"
RENTED = "self-hosted/H100 on demand, AWS"
DAYS_A_MONTH = 365 / 12


def test_a_blended_price_is_three_of_input_and_one_of_output_over_four():
    # GPT-5.4 at $2.50 and $15.00; Llama 3.3 70B at DeepInfra at $0.10 and $0.32.
    assert STATED[TODAY].blended_usd_per_mtok == pytest.approx(5.625)
    hosted = "deepinfra/meta-llama/Llama-3.3-70B-Instruct-Turbo/standard"
    assert STATED[hosted].blended_usd_per_mtok == pytest.approx(0.155)


def test_several_apis_of_today_are_blended_by_their_requests():
    today = EVALUATION.asked.scenario.baseline
    classes = EVALUATION.asked.scenario.workload.classes
    half = classes[0].model_copy(update={"name": "a", "share": 0.75})
    mini = today.model_copy(update={"model": "gpt-5.4-mini"})
    other = classes[0].model_copy(update={"name": "b", "share": 0.25, "today": mini})
    workload = EVALUATION.asked.scenario.workload.model_copy(update={"classes": (half, other)})
    scenario = EVALUATION.asked.scenario.model_copy(update={"workload": workload, "apis": ()})
    first = restated(evaluate(scenario))[0]
    # mini at $0.75 and $4.50 is blended $1.6875
    assert first.blended_usd_per_mtok == pytest.approx(0.75 * 5.625 + 0.25 * 1.6875)


def test_machines_alone_at_full_use_are_their_rent_over_all_they_could_serve():
    own = EVALUATION.alternative(RENTED)
    rent = 55.04 * 730  # one server of eight H100 at $6.88 a GPU-hour
    tokens = 1183.0875 + 216.66  # of a mean request
    could = own.serving.requests_per_month_capacity * tokens / 1e6
    assert STATED[RENTED].full_use_usd_per_mtok == pytest.approx(rent / could)
    assert STATED[RENTED].full_use_usd_per_mtok < own.usd_per_mtok * own.serving.utilisation


def test_tokens_a_day_to_break_even_are_the_rent_over_the_blended_price_of_today():
    per_day = 55.04 * 730 / 5.625 * 1e6 / DAYS_A_MONTH  # 234.8 million
    assert STATED[RENTED].break_even_tokens_per_day == pytest.approx(per_day)
    assert per_day == pytest.approx(234.8e6, rel=1e-3)


def test_it_says_why_ours_differs():
    reasons = " ".join(STATED[RENTED].reasons)
    assert "your traffic uses 8.6\xa0% of what the machines could serve" in reasons
    assert "people and platform, $5,400 a month" in reasons  # $1,800 and 0.2 of an engineer
    bought = " ".join(STATED[TODAY].reasons)
    assert "your prompts are 5.461 times your answers" in bought
    assert "25\xa0% of the prompt tokens are cached" in bought


@pytest.mark.parametrize("scenario", presets().values(), ids=presets())
def test_ours_is_the_bill_over_the_tokens_and_own_machines_alone_cost_less(scenario):
    evaluation = evaluate(scenario)
    for one in restated(evaluation):
        alternative = evaluation.alternative(one.alternative)
        assert one.usd_per_mtok == alternative.usd_per_mtok
        assert one.reasons
        assert (one.blended_usd_per_mtok is None) == (alternative.serving is not None)
        if one.full_use_usd_per_mtok is not None:
            assert one.full_use_usd_per_mtok < one.usd_per_mtok
