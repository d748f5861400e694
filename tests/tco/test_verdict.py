"""The decision: its rule, how sure it is, and the words it is told in."""

import html
from dataclasses import replace

import numpy as np
import pytest

from tco.analysis.compare import compare
from tco.analysis.decision import Question, decision_of
from tco.analysis.factors import factor_of, factors
from tco.analysis.quick_sweep import quick_sweep
from tco.analysis.sensitivity import tornado
from tco.analysis.sweep import answer_point
from tco.analysis.sweep_grid import grid
from tco.analysis.winners import winner_map
from tco.answer.draws import drawn_cases
from tco.answer.evaluation import evaluate
from tco.answer.spreads import Spreads
from tco.answer.tiles import tiles
from tco.answer.working import look_up, work_out
from tco.charts.chart import Case
from tco.commands.console import print_evaluation
from tco.exports.forms import form_named
from tco.facts.data import Data
from tco.question.files import changed
from tco.words.money import usd
from tests.tco.random_alternatives import random_alternatives
from tests.tco.random_presets import PATHS, shipped
from tests.tco.verdict_laws import hold_the_words

OTHER_OFFERS = {
    ("deepinfra", "meta-llama/Llama-3.3-70B-Instruct-Turbo"): (
        "deepinfra",
        "meta-llama/Llama-3.3-70B-Instruct",
    ),
    ("novita", "meta-llama/llama-3.3-70b-instruct"): ("aws", "meta.llama3-3-70b-instruct-v1:0"),
}
"""Offers of the cases, which were stated before these were cheaper ones on record."""


def as_stated(stem):
    """A shipped scenario with the offers its cases were stated with."""
    scenario, apis = shipped(stem), []
    for api in scenario.apis:
        provider, model = OTHER_OFFERS.get((api.provider, api.model), (api.provider, api.model))
        if model != "gpt-6-luna":
            apis.append(api.model_dump(mode="json") | {"provider": provider, "model": model})
    return changed(scenario, {"apis": apis})


@pytest.fixture(scope="module")
def default():
    return as_stated("default")


@pytest.fixture(scope="module")
def close_call():
    """A load at which bought servers and a hosted model cost nearly the same."""
    return changed(as_stated("extraction"), {"workload.requests_per_month": 42e6})


@pytest.mark.parametrize("stem", sorted(PATHS))
def test_by_the_calibration_s_error_alone_every_printed_figure_is_the_median_of_its_draws(stem):
    scenario, data, draws = shipped(stem), Data.shipped(), 4_000
    spreads = Spreads(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, {})
    printed = evaluate(scenario, data, draws=2)
    asked = work_out(look_up(scenario, data))
    drawn = work_out(look_up(scenario, data, drawn_cases(asked, spreads, draws, seed=5)))
    sure = 3 * 0.5 / draws**0.5  # three standard errors of a share of one half
    figures = {}
    for alternative in printed.alternatives:
        if alternative.serving is not None:
            worked = drawn.worked[alternative.key]
            answer = printed.break_even(alternative.key).utilisation
            figures[alternative.key, "bill"] = alternative.monthly_usd, worked.bills[1:, 0]
            if answer.value is not None:
                figures[alternative.key, "u*"] = answer.value, worked.threshold_as_planned[1:]
    for told, (point, values) in figures.items():
        tiny = 1e-9 * abs(point)
        assert len(values) == draws
        below, above = np.mean(values < point - tiny), np.mean(values > point + tiny)
        assert max(below, above) <= 0.5 + sure, (told, point, below, above)
    own = {a.key for a in printed.alternatives if a.kind in {"rented", "owned"} and a.eligible}
    assert own <= {key for key, _ in figures}


def with_apis(scenario, keep, **changes):
    """The scenario with those of its APIs that are kept."""
    apis = [api.model_dump(mode="json") for api in scenario.apis if keep(api)]
    return changed(scenario, {"apis": apis} | changes)


def without_hosts(scenario, **changes):
    """The scenario without the open model bought from a provider."""
    return with_apis(scenario, lambda api: api.provider == "openai", **changes)


ABOUT_EVEN = {"workload.requests_per_month": 2.05e6, "workload.growth_per_month": 0.0}
FALLING = {
    "workload.requests_per_month": 4e6,
    "workload.growth_per_month": 0.0,
    "finance.api_price_change_per_year": -0.4,
}


def test_own_gpus_are_not_chosen_where_falling_api_prices_take_their_worth_away(default):
    evaluation = evaluate(without_hosts(default, **FALLING))
    best = evaluation.verdict.best_own
    assert evaluation.appraisal(best).npv_usd == pytest.approx(-124_530, abs=1)
    assert evaluation.verdict.action == "api"
    alone = evaluate(with_apis(default, lambda api: api.model == "gpt-5.4", **FALLING)).verdict
    assert alone.action in {"stay", "too-close"}


@pytest.mark.parametrize(
    "keep", [lambda api: False, lambda api: api.model == "gpt-5.4"], ids=["alone", "with its batch"]
)
def test_about_even_with_today_s_model_own_gpus_are_not_advised(keep, default):
    said = evaluate(with_apis(default, keep, **ABOUT_EVEN)).verdict
    assert said.action in {"stay", "too-close"}, said.headline
    assert said.chosen == "openai/gpt-5.4/standard"


def test_about_even_with_today_s_model_a_smaller_one_of_its_seller_is_named_and_not_own_gpus(
    default,
):
    evaluation = evaluate(without_hosts(default, **ABOUT_EVEN))
    assert evaluation.verdict.action == "api"
    assert evaluation.verdict.chosen == "openai/gpt-5.4-mini/standard"
    assert evaluation.appraisal(evaluation.verdict.best_own).npv_usd < 0


def test_a_load_too_small_to_repay_a_migration_stays(default):
    few = {"workload.requests_per_month": 20_000.0}
    evaluation = evaluate(changed(default, few))
    assert evaluation.verdict.chosen == "openai/gpt-5.4/standard"
    hosted = [a.key for a in evaluation.alternatives if a.kind == "hosted"]
    assert len(hosted) == 2
    assert not any(evaluation.appraisal(key).discounted_payback for key in hosted)
    beside_hosts = with_apis(default, lambda api: api.provider != "openai", **few)
    assert evaluate(beside_hosts).verdict.action == "stay"


def test_a_small_model_on_own_gpus_is_not_chosen_beside_a_larger_one_that_costs_less(default):
    (owned,) = (option for option in shipped("code").self_hosted if option.own)
    asked = changed(default, {"self_hosted": [owned.model_dump(mode="json")], "hybrids": []})
    evaluation = evaluate(asked)
    bills = {a.kind: a.monthly_usd for a in reversed(evaluation.alternatives)}
    assert (round(bills["owned"]), round(bills["hosted"])) == (18_097, 3_053)
    assert evaluation.alternative(evaluation.verdict.best_own).model == "Llama 3.1 8B"
    assert evaluation.verdict.action == "hosted"
    assert evaluation.alternative(evaluation.verdict.chosen).model == "Llama 3.3 70B"


def test_the_hosted_model_is_named_where_no_own_server_is_asked_about(default):
    said = evaluate(changed(default, {"self_hosted": [], "hybrids": []})).verdict
    assert said.action == "hosted"
    assert "Llama 3.3 70B at DeepInfra" in said.headline
    assert said.own == "Own GPUs: the scenario names none."


def test_extraction_at_38_million_is_worth_more_hosted():
    scenario = changed(as_stated("extraction"), {"workload.requests_per_month": 38e6})
    evaluation = evaluate(scenario)
    chosen, best = evaluation.verdict.chosen, evaluation.verdict.best_own
    assert evaluation.alternative(chosen).kind == evaluation.verdict.action == "hosted"
    hosted, own = (evaluation.appraisal(key).npv_usd for key in (chosen, best))
    assert hosted - own == pytest.approx(44_331, abs=1)


def test_a_worse_model_on_own_servers_is_not_chosen_for_its_bill(default):
    rates = {"baseline.quality": {"acceptance_rate": 0.95}}
    for index in range(len(default.self_hosted)):
        rates[f"self_hosted.{index}.quality"] = {"acceptance_rate": 0.4}
    dear = without_hosts(default, **{"workload.requests_per_month": 4e6, "apis": []} | rates)
    evaluation = evaluate(dear)
    plain = evaluate(changed(dear, {path: None for path in rates}))
    assert evaluation.verdict.action != "self-host"
    assert evaluation.verdict.worth_usd < plain.verdict.worth_usd


def test_data_of_the_eu_leaves_no_own_option_where_all_machines_are_in_us_east_1(default):
    there = tuple(o for o in default.self_hosted if o.rent and "us-east-1" in o.rent)
    asked = default.model_copy(update={"self_hosted": there})
    region = {"company.data_region": "eu", "baseline.residency": "eu"}
    evaluation = evaluate(changed(asked, region))
    own = [a for a in evaluation.alternatives if a.kind in {"rented", "owned"}]
    assert len(own) == len(there) > 0
    assert not any(a.eligible for a in own)
    assert evaluation.verdict.best_own is None
    assert evaluation.verdict.action != "self-host"


def test_the_condition_of_quality_goes_once_both_were_measured(default):
    said = evaluate(default).verdict
    assert said.headline.startswith("If Llama 3.3 70B is good enough, ")
    apis = [api.model_dump(mode="json") for api in default.apis]
    measured = {"acceptance_rate": 0.9}
    rates = {"apis": [api | {"quality": measured} for api in apis], "baseline.quality": measured}
    assert evaluate(changed(default, rates)).verdict.headline.startswith("Buy Llama 3.3 70B")


def test_a_decider_turns_the_answer_at_the_value_it_names(close_call):
    said = evaluate(close_call).verdict
    (volume,) = [one for one in said.deciders if one.key == "workload.requests_per_month"]
    for factor, same in ((1.01, True), (0.99, False)):
        moved = {volume.key: volume.turns_at * factor}
        chosen = evaluate(changed(close_call, moved)).verdict.chosen
        assert (chosen == said.chosen) == same


def test_what_is_too_close_says_so_and_names_what_would_decide_it(close_call):
    said = evaluate(close_call).verdict
    assert said.action == "too-close"
    assert said.headline.startswith("Too close to call between ")
    assert said.deciders
    assert all(one.label in said.headline for one in said.deciders)


def test_a_request_that_saves_nothing_for_want_of_acceptance_says_so(default):
    rates = {
        f"self_hosted.{index}.quality": {"acceptance_rate": 0.5, "usd_per_unaccepted": 1.0}
        for index in range(len(default.self_hosted))
    }
    evaluation = evaluate(changed(default, rates))
    kinds = {answer.utilisation.reason.kind for answer in evaluation.break_evens}
    assert kinds == {"acceptance"}
    assert "answers that are not accepted" in evaluation.verdict.own


def test_the_second_sentence_does_not_deny_what_a_larger_fleet_reaches():
    spared = {"self_hosted.0.usd_per_gpu_hour": 2.0, "fleet.spare_replicas": 3}
    evaluation = evaluate(changed(shipped("copilot"), spared))
    answer = evaluation.break_even(evaluation.verdict.best_own)
    assert answer.utilisation.value > answer.utilisation.reachable
    assert answer.volume.cheaper_for_good_from is not None
    assert "A fleet that grows with the load costs less" in evaluation.verdict.own


def test_another_currency_is_that_of_every_sentence(default):
    euro = {"code": "EUR", "per_usd": 0.9, "as_of": "2026-11-24", "source": "ECB"}
    evaluation = evaluate(changed(default, {"currency": euro}))
    said = evaluation.verdict
    assert "$" not in said.headline + said.sentence + said.own + said.also
    assert said.worth_usd == evaluate(default).verdict.worth_usd
    hold_the_words(evaluation)


def test_every_face_names_the_same_choice(default, tmp_path):
    data, evaluation = Data.shipped(), evaluate(default)
    said = evaluation.verdict
    row = answer_point(default, {}, data)
    assert (row["action"], row["chosen"]) == (said.action, said.chosen)
    swept = quick_sweep(Question(default, data), grid(["gpu-price=1"])).columns
    assert swept["chosen"].tolist() == [said.chosen]
    question = Question(default, data)
    assert (
        decision_of(evaluation).best
        == tornado(question, only=frozenset()).given.best
        == (said.worth_of)
    )
    known = factors(question)
    axes = (replace(factor_of(known, key), low=1.0, high=1.0) for key in ("api_price", "gpu_price"))
    assert {winner_map(question, *axes, columns=2, rows=1).winners[0][0]} == {said.chosen}
    compared = compare(default, default, data)
    assert (compared.after_headline, compared.after_chosen) == (said.headline, said.chosen)
    for name in ("html", "csv", "json"):
        text = form_named(name).write(default, evaluation).decode()
        assert said.headline in html.unescape(text)
    label = evaluation.alternative(said.chosen).label
    assert label in {tile.about for tile in tiles(evaluation)}
    assert Case(default, evaluation, data).preferred([m.alternative for m in evaluation.moves]) == (
        said.chosen
    )


def test_of_two_that_are_alike_every_face_takes_the_one_that_stands_first(
    plain_scenario, plain_data
):
    """A base fleet of the cheapest size, found or given: one figure, worked out in two ways."""
    asked = random_alternatives(plain_scenario, 46)
    evaluation = evaluate(asked, plain_data)
    found, given = "hybrid/mixed 0", "hybrid/mixed 1"
    one, other = (evaluation.appraisal(key).npv_usd for key in (found, given))
    assert one == pytest.approx(other, rel=1e-12)
    assert evaluation.verdict.chosen == decision_of(evaluation).best == found
    points = grid(["gpu-price=0.9999:1.0001:41"])
    swept = quick_sweep(Question(asked, plain_data), points).columns["chosen"]
    assert set(swept.tolist()) == {found}


def test_every_tile_names_an_alternative_or_says_there_is_none(default):
    evaluation = evaluate(default)
    labels = {a.label for a in evaluation.alternatives}
    for tile in tiles(evaluation)[:5]:
        assert any(label in tile.about for label in labels), tile


def test_the_terminal_says_first_what_to_do_what_it_is_worth_how_sure_and_what_turns_it(
    close_call, capsys
):
    evaluation = evaluate(close_call)
    print_evaluation(close_call, evaluation)
    said, text = evaluation.verdict, " ".join(capsys.readouterr().out.split())
    places = [
        text.index(" ".join(part.split()))
        for part in (
            said.headline,
            said.sentence,
            said.own,
            said.also,
            "A first month, cheapest first",
        )
    ]
    assert places == sorted(places)
    assert " a year." in said.sentence
    assert "1,000 draws" in said.sentence
    (decider, *_) = said.deciders
    assert said.action == "too-close"
    assert f"{decider.label} of " in said.headline
    assert "would turn it" in said.headline
    assert "Now: " in said.sentence


def test_advice_that_stands_names_whom_it_is_not_sure_to_cost_less_than():
    said = evaluate(shipped("default")).verdict
    assert said.action == "hosted"
    assert said.probability_cheaper_than_staying >= 0.8 > said.probability_best > 0.5
    assert said.headline == (
        "If Llama 3.3 70B is good enough, buy Llama 3.3 70B at DeepInfra. "
        "Whether GPT-6 Luna costs less is too close to call."
    )


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
    assert chosen.one_off_usd == 4_500
    month = 1.08 ** (-1 / 12)
    assert [one.months for one in said.waiting] == [3, 6, 12]
    for one in said.waiting:
        saved = sum((41_050 - chosen.monthly_usd) * month**m for m in range(1, one.months + 1))
        assert one.costs_usd == pytest.approx(saved - 4_500 * (1 - month**one.months))
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
