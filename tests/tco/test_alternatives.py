"""What a scenario compares is edited as meant: nothing else in it moves."""

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.facts.data import Data
from tco.facts.offer_list import offer_list
from tco.question.alternatives import (
    blank,
    copied_option,
    moved_option,
    removed_option,
    with_machine,
    with_model_of_today,
    with_option,
    with_spill,
)
from tco.question.options import ApiOption, SelfHostedOption
from tco.question.own_facts import OwnPurchase
from tco.question.presets import presets

PRESETS = presets()
DEFAULT = next(iter(PRESETS.values()))
MIXED = next(s for s in PRESETS.values() if s.hybrids)
MINI = ApiOption(provider="openai", model="gpt-5.4-mini", residency="eu")


def names(scenario):
    return [option.name for option in scenario.self_hosted]


def test_a_blank_case_compares_today_with_nothing_and_is_answered():
    case = blank(DEFAULT)
    assert (case.apis, case.self_hosted, case.hybrids) == ((), (), ())
    (today,) = evaluate(case).alternatives
    assert today.monthly_usd > 0


def test_another_model_of_today_takes_half_of_the_main_requests_of_the_same_lengths():
    case = with_model_of_today(blank(DEFAULT), MINI)
    first, second = case.workload.classes
    assert (first.share, second.share) == (0.5, 0.5)
    assert (first.input, first.output) == (second.input, second.output)
    assert case.answering_today == (case.baseline, MINI)


def test_a_third_model_of_today_gets_a_kind_of_requests_of_its_own():
    case = with_model_of_today(with_model_of_today(blank(DEFAULT), MINI), MINI)
    assert len({each.name for each in case.workload.classes}) == 3
    assert sum(each.share for each in case.workload.classes) == 1


def test_of_two_sellers_of_one_model_each_is_named():
    """Neither is a number behind a name; what one seller has by one name is numbered still."""
    sold = [
        ApiOption(provider=seller, model="gpt-5.4-mini", tier=tier)
        for seller, tier in (("openai", "standard"), ("azure", "standard"), ("openai", "batch"))
    ]
    answer = evaluate(blank(DEFAULT).model_copy(update={"apis": tuple(sold)}), draws=5)
    assert [each.label for each in answer.alternatives] == [
        "GPT-5.4",
        "GPT-5.4 mini at OpenAI",
        "GPT-5.4 mini at Microsoft Azure",
        "GPT-5.4 mini, batch",
    ]


def test_a_copy_stands_behind_its_original_under_a_name_of_its_own():
    first, second = DEFAULT.self_hosted[:2]
    case = copied_option(DEFAULT, "self_hosted", 0)
    assert case.self_hosted[0] == first
    assert case.self_hosted[1] == first.model_copy(update={"name": f"{first.name} (2)"})
    assert case.self_hosted[2] == second


def test_an_alternative_moves_among_its_kind_and_stops_at_the_ends():
    assert names(moved_option(DEFAULT, "self_hosted", 1, -1))[:2] == names(DEFAULT)[1::-1]
    assert moved_option(DEFAULT, "self_hosted", 0, -1) == DEFAULT
    last = len(DEFAULT.self_hosted) - 1
    assert moved_option(DEFAULT, "self_hosted", last, 1) == DEFAULT


def test_removing_servers_takes_the_hybrids_with_them_that_stand_on_them():
    host = MIXED.hybrids[0].self_hosted
    case = removed_option(MIXED, "self_hosted", names(MIXED).index(host))
    assert host not in names(case)
    assert all(hybrid.self_hosted != host for hybrid in case.hybrids)
    evaluate(case)


def test_what_is_added_can_be_removed_again():
    offer = with_option(DEFAULT, MINI)
    assert removed_option(offer, "apis", len(DEFAULT.apis)) == DEFAULT
    hybrid = with_spill(DEFAULT, DEFAULT.self_hosted[0].name)
    assert removed_option(hybrid, "hybrids", 0) == DEFAULT


def test_an_offer_that_stands_already_is_refused():
    with pytest.raises(InputError):
        with_option(DEFAULT, DEFAULT.apis[0])


def test_a_machine_at_an_own_price_brings_its_fact_along():
    machine = OwnPurchase(id="ours", accelerator="H100 SXM", gpus=8, price_usd=260e3)
    option = SelfHostedOption(
        name="ours", model="gpt-oss-120b", calibration="gpt-oss-120b-mxfp4-h100-tp2", own="ours"
    )
    case = with_machine(blank(DEFAULT), option, machine)
    assert case.library.purchases == (machine,)
    (_, owned) = evaluate(case).alternatives
    capital = next(line for line in owned.lines if line.key == "capital")
    assert capital.basis.source.startswith("yours")


def test_the_list_of_offers_holds_what_is_sold_and_not_there_with_price_and_age():
    listed = offer_list(DEFAULT, Data.shipped())
    options = [one.of for one in listed if isinstance(one.of, ApiOption)]
    assert not set(options) & set(DEFAULT.bought)
    assert len({str(one) for one in listed}) == len(listed)
    assert all(one.price.startswith("$") for one in listed)
    assert all(one.age == "undated" or one.age.endswith(" old") for one in listed)
    for one in listed[::40]:
        if isinstance(one.of, ApiOption):
            with_option(DEFAULT, one.of)


def test_offers_are_listed_in_the_region_data_must_stay_in():
    european = DEFAULT.model_copy(
        update={"company": DEFAULT.company.model_copy(update={"data_region": "eu"})}
    )
    listed = offer_list(european, Data.shipped())
    gpt = [one.of for one in listed if getattr(one.of, "model", "") == "gpt-5.4"]
    assert gpt
    assert {option.residency for option in gpt if option.provider == "openai"} == {"eu"}
