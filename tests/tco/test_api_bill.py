"""A month on an API, worked by hand with the published cells of GPT-5.4 standard.

USD per million tokens: 2.50 in, 0.25 cached, 15 out; over 272,000 prompt tokens 5, 0.50 and 22.50.
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from tco.answer.evaluation import evaluate
from tco.bill.api import RequestCost, _sold, api_bill, last_token_below, request_cost
from tco.facts.cost_facts import CostFacts
from tco.facts.resolve import resolve
from tco.kernel.cases import AS_ASKED, Cases
from tco.kernel.workload import BandTokens
from tco.question.files import changed

CLASS = "workload.classes.0"
PROMPT, CACHED, OUT = 600 * 2.5, 400 * 0.25, 101 * 15.0  # micro-dollars a request


@pytest.fixture(scope="module")
def bill(plain_scenario, plain_data):
    """Bill of the baseline of a changed scenario, for a million requests of 1,000 and 101."""

    def of(cases=AS_ASKED, **changes):
        given = {f"{CLASS}.cached_share": 0.4} | {
            k.replace("__", "."): v for k, v in changes.items()
        }
        scenario = changed(plain_scenario, given)
        baseline = resolve(scenario, plain_data.catalogue, plain_data.library).baseline
        facts = CostFacts.of(scenario, plain_data.library)
        classes = scenario.workload.classes
        found = api_bill(baseline, classes, 1e6, facts, today=None)
        return replace(found, components=tuple(p.in_cases(cases) for p in found.components))

    return of


def tokens_usd(bill, index=0):
    """Cost of the token lines in one case."""
    parts = [part for part in bill.components if part.kind.key == "tokens"]
    return {p.key: float(np.broadcast_to(np.ravel(p.cost_usd), (4,))[index]) for p in parts}


def test_tokens_are_billed_at_their_cells(bill):
    assert tokens_usd(bill()) == pytest.approx(
        {"input-0": PROMPT, "cached-0": CACHED, "output-0": OUT}
    )


def test_a_discount_takes_its_share_of_every_cell(bill):
    found = tokens_usd(bill(baseline__contract_discount=0.2))
    assert list(found.values()) == pytest.approx([0.8 * usd for usd in (PROMPT, CACHED, OUT)])


def test_an_answer_that_is_tried_again_is_paid_again(bill):
    """Half of the answers are accepted and one more try is made: 1.5 tries a request."""
    once_more = {"acceptance_rate": 0.5, "retries": 1, "usd_per_unaccepted": 0.1}
    tried = bill(baseline__quality=once_more)
    assert sum(tokens_usd(tried).values()) == pytest.approx(1.5 * (PROMPT + CACHED + OUT))
    (repair,) = [p.cost_usd for p in tried.components if p.kind.key == "repair"]
    assert repair == pytest.approx(0.25 * 1e6 * 0.1)


@pytest.mark.parametrize(("prompt", "key", "price"), [(272_000, "0", 2.5), (272_001, "272000", 5)])
def test_a_prompt_at_the_edge_of_a_band_is_not_above_it(bill, prompt, key, price):
    changes = {f"{CLASS}.input": {"kind": "fixed", "tokens": prompt}, f"{CLASS}.cached_share": 0.0}
    found = bill(**changes)
    assert tokens_usd(found)[f"input-{key}"] == pytest.approx(prompt * price)
    out = tokens_usd(found)[f"output-{key}"]
    assert out == pytest.approx(OUT * (1.5 if key != "0" else 1.0))
    (named,) = {"over" in line.name for line in found.alternative.lines if "tokens" in line.name}
    assert named == (key != "0")


def test_every_case_has_its_own_volume_outputs_and_prices(bill):
    column = np.array([[1.0], [2.0], [3.0], [0.5]])
    volumes = tokens_usd(bill(Cases(requests=column)), 2)
    assert list(volumes.values()) == pytest.approx([3 * PROMPT, 3 * CACHED, 3 * OUT])
    outputs = tokens_usd(bill(Cases(output=column)), 2)
    assert list(outputs.values()) == pytest.approx([PROMPT, CACHED, 3 * OUT])
    prices = tokens_usd(bill(Cases(api_price=column)), 3)
    assert list(prices.values()) == pytest.approx([0.5 * PROMPT, 0.5 * CACHED, 0.5 * OUT])


def test_a_request_costs_its_prompt_and_its_output_apart(plain_scenario, plain_data):
    scenario = changed(plain_scenario, {f"{CLASS}.cached_share": 0.4})
    baseline = resolve(scenario, plain_data.catalogue, plain_data.library).baseline
    cost = request_cost(baseline, scenario.workload.classes)
    assert cost.prompt_usd == pytest.approx((PROMPT + CACHED) / 1e6)
    assert cost.output_usd == pytest.approx(OUT / 1e6)
    assert RequestCost(2.0, 3.0).with_output(4.0) == 14.0


def test_the_last_token_below_a_band_is_its_edge_or_the_one_before(plain_scenario, plain_data):
    baseline = resolve(plain_scenario, plain_data.catalogue, plain_data.library).baseline
    band = replace(baseline.card.bands[1], above_input_tokens=200_000)
    assert last_token_below(replace(band, inclusive=False)) == 200_000
    assert last_token_below(replace(band, inclusive=True)) == 199_999


def test_what_a_band_that_is_not_sold_holds_is_billed_by_the_one_below(plain_scenario, plain_data):
    card = resolve(plain_scenario, plain_data.catalogue, plain_data.library).baseline.card
    low, high = card.bands[:2]
    unsold = replace(high, offered=False)
    few, many, both = tokens(0.9, 1.0), tokens(0.1, 10.0), tokens(1.0, 11.0)
    assert _sold(replace(card, bands=(low, unsold)), [few, many]) == [(low, both)]
    assert _sold(replace(card, bands=(low, high)), [few, many]) == [(low, few), (high, many)]


def tokens(requests, first):
    """Every count apart: so many times 1, 2, 3, …, those of token classes to come included."""
    counts = [first * (i + 1) for i in range(len(fields(BandTokens)) - 1)]
    return BandTokens(requests, *counts)


def test_only_an_open_model_is_said_to_count_and_write_as_gpt_does(plain_scenario, plain_data):
    said = {"same-output", "token-ratio"}
    alternatives = evaluate(plain_scenario, plain_data).alternatives
    kinds = {a.kind: said & {f.code for f in a.findings} for a in alternatives}
    assert kinds["api"] == set()
    assert kinds["hosted"] == said


@pytest.mark.parametrize("tier", ["standard", "batch", "flex"])
def test_a_tier_that_answers_later_is_no_substitute_where_people_wait(bill, tier):
    found = bill(baseline__tier=tier, apis=[]).alternative
    assert found.interactive == (tier == "standard")
