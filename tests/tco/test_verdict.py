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
from tests.tco.random_alternatives import random_alternatives
from tests.tco.random_presets import PATHS, as_stated, shipped
from tests.tco.verdict_laws import hold_the_words


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
