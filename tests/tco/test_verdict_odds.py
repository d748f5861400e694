"""How sure the advice is: odds, losses and waiting by hand, and the drift of prices it rests on."""

import numpy as np
import pytest

from tco.answer.draws import drawn_cases
from tco.answer.evaluation import evaluate
from tco.answer.working import look_up, work_out
from tco.facts.data import Data
from tco.question.files import changed
from tco.words.money import usd
from tests.tco.plain_by_hand import STAYING_USD, SWITCH_USD
from tests.tco.random_presets import PATHS, as_stated, shipped


@pytest.fixture(scope="module")
def default():
    return as_stated("default")


def test_a_choice_that_is_seldom_the_cheapest_is_told_against_who_is():
    evaluation = evaluate(as_stated("extraction"))
    said, shares = evaluation.verdict, dict(evaluation.uncertainty.cheapest)
    assert said.probability_cheaper_than_staying > 0.8 > said.probability_best
    assert shares[said.rival] == max(share for key, share in shares.items() if key != said.chosen)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_decision_s_odds_are_counted_draw_by_draw(default):
    """Against a count over the drawn cases themselves, flows discounted here."""
    data, draws, seed = Data.shipped(), 200, 11
    scenario = changed(default, {"workload.requests_per_month": 2e6, "apis": []})
    evaluation = evaluate(scenario, data, draws=draws, seed=seed)
    spreads = evaluation.uncertainty.spreads
    asked = work_out(look_up(scenario, data))
    drawn = work_out(look_up(scenario, data, drawn_cases(asked, spreads, draws, seed)))
    months = np.arange(scenario.finance.horizon_months + 1)
    discount = (1 + scenario.finance.discount_rate) ** (-months / 12)
    stay = np.atleast_2d(next(iter(drawn.worked.values())).costs.taxed) @ discount
    for odds in evaluation.uncertainty.odds:
        worked = drawn.worked[odds.alternative]
        serves = np.broadcast_to(worked.serves.ravel(), (draws + 1,))
        cheaper = serves & (np.atleast_2d(worked.costs.taxed) @ discount < stay)
        assert odds.cheaper_over_horizon == np.mean(cheaper[1:])
        more = np.atleast_2d(worked.costs.taxed) @ discount - stay
        lost = np.broadcast_to(np.maximum(more, 0.0).ravel(), (draws + 1,))[1:][serves[1:]]
        assert odds.expected_loss_usd == pytest.approx(np.mean(lost))
        assert odds.unserved == 1 - np.mean(serves[1:])


def test_losses_and_regret_of_a_choice_are_counted_draw_by_draw():
    """One draw after the other: what it costs more than the next cheapest, and than whichever is.

    Every alternative serves in every draw.
    """
    scenario, data, draws, seed = shipped("default"), Data.shipped(), 100, 3
    evaluation = evaluate(scenario, data, draws=draws, seed=seed)
    asked = work_out(look_up(scenario, data))
    cases = drawn_cases(asked, evaluation.uncertainty.spreads, draws, seed)
    drawn = work_out(look_up(scenario, data, cases))
    costs = {
        key: np.broadcast_to(drawn.worked[key].present_usd, (draws + 1,))[1:]
        for key, _ in evaluation.uncertainty.cheapest
    }
    said = evaluation.verdict
    ours, theirs = costs[said.chosen].tolist(), costs[said.runner_up.alternative].tolist()
    assert said.runner_up.cheaper == sum(a < b for a, b in zip(ours, theirs, strict=True)) / draws
    lost = sum(max(0.0, a - b) for a, b in zip(ours, theirs, strict=True)) / draws
    assert 0 < said.runner_up.expected_loss_usd == pytest.approx(lost)
    least = [min(draw) for draw in zip(*costs.values(), strict=True)]
    for key, regret in evaluation.uncertainty.regret:
        by_hand = sum(cost - low for cost, low in zip(costs[key].tolist(), least, strict=True))
        assert regret == pytest.approx(by_hand / draws)
    assert said.regret_usd == dict(evaluation.uncertainty.regret)[said.chosen]
    present = {row.alternative: row.compared_usd for row in evaluation.appraisals}
    others = {key: usd for key, usd in present.items() if key in costs and key != said.chosen}
    assert said.runner_up.alternative == min(others, key=others.get)


def test_waiting_costs_what_the_move_would_have_saved_by_then(plain_scenario, plain_data):
    """41,050 a month on GPT-5.4 and 4,500 once to switch; the cheapest bill is read off its lines.

    By hand: months of the difference, discounted, less the interest on what is paid later.
    """
    evaluation = evaluate(plain_scenario, plain_data, draws=50)
    said = evaluation.verdict
    chosen = evaluation.alternative(said.chosen)
    assert chosen.kind == "api"
    assert chosen.one_off_usd == SWITCH_USD
    month = 1.08 ** (-1 / 12)
    assert [one.months for one in said.waiting] == [3, 6, 12]
    for one in said.waiting:
        saved = sum((STAYING_USD - chosen.monthly_usd) * month**m for m in range(1, one.months + 1))
        assert one.costs_usd == pytest.approx(saved - SWITCH_USD * (1 - month**one.months))
    assert f"Waiting 12 months costs {usd(said.waiting[-1].costs_usd)}." in said.sentence
    short = evaluate(changed(plain_scenario, {"finance.horizon_months": 6}), plain_data, draws=50)
    assert [one.months for one in short.verdict.waiting] == [3]


def test_a_fleet_that_is_taken_later_costs_as_much_less_as_waiting_says():
    """Bought servers of the same load: staying a year, then a horizon of two, for owned ones."""
    scenario = changed(
        shipped("extraction"),
        {"workload.growth_per_month": 0.0, "apis": [], "hybrids": [], "costs.residual_share": 1.0},
    )
    whole = evaluate(scenario, draws=50)
    own = whole.verdict.chosen
    later = evaluate(changed(scenario, {"finance.horizon_months": 24}), draws=50)
    year = (1 - 1.08**-1) / (1.08 ** (1 / 12) - 1)
    stay = whole.alternatives[0].monthly_usd * year
    put_off = stay + later.appraisal(own).present_usd / 1.08
    costs = put_off - whole.appraisal(own).present_usd
    assert whole.verdict.waiting[-1].costs_usd == pytest.approx(costs, rel=1e-9)


@pytest.mark.parametrize("stem", sorted(PATHS))
def test_the_drift_that_is_said_turns_own_gpus_against_staying(stem):
    """Asked anew at that yearly change and at the ends of what was tried."""
    scenario, data = shipped(stem), Data.shipped()
    said = evaluate(scenario, data, draws=50).verdict
    drift, own = said.drift, said.best_own

    def pays(change):
        moved = changed(scenario, {"finance.api_price_change_per_year": change})
        return evaluate(moved, data, draws=1).appraisal(own).npv_usd > 0

    assert (drift.given, drift.low, drift.high) == (0.0, pytest.approx(-0.45), pytest.approx(0.45))
    assert "API prices are taken to stay as they are" in said.also
    if drift.own_turns_at is None:
        assert pays(drift.low) == pays(0.0) == pays(drift.high)
        return
    assert pays(drift.own_turns_at) != pays(0.0)
    assert pays(0.9 * drift.own_turns_at) == pays(0.0)


def test_api_prices_that_follow_steps_or_change_already_are_said_so(default):
    steps = {"finance.api_price_steps": [{"from_month": 13, "factor": 0.5}]}
    stepped = evaluate(changed(default, steps), draws=50).verdict
    assert stepped.drift.given is None is stepped.drift.own_turns_at
    assert "API prices follow the steps given." in stepped.also
    falling = evaluate(changed(default, {"finance.api_price_change_per_year": -0.2}), draws=50)
    assert "API prices are taken to change by −20 % a year".replace(
        " %", "\N{NO-BREAK SPACE}%"
    ) in (falling.verdict.also)
