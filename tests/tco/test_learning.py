"""What is learnt while a decision is put off, against every draw looked at by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tco.answer.draws import drawn_cases
from tco.answer.evaluation import evaluate
from tco.answer.odds import SEED, uncertainty_of
from tco.answer.spreads import Spreads
from tco.answer.waiting import LEAST_DRAWS
from tco.answer.working import look_up, work_out
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths, presets

LONG = [
    {"provider": "openai", "model": "gpt-5.4"},
    {"provider": "novita", "model": "meta-llama/llama-3.3-70b-instruct"},
    {"provider": "deepinfra", "model": "meta-llama/Llama-3.3-70B-Instruct-Turbo"},
]
OWN = "self-hosted/rented"
DRAWS = 600


@pytest.fixture(scope="module")
def near(plain_scenario):
    """Staying and one rented server cost about alike over the horizon."""
    alone = plain_scenario.model_dump(exclude_none=True)["self_hosted"][:1]
    return changed(
        plain_scenario,
        {"self_hosted": alone, "apis": [], "workload.requests_per_month": 1.15e7},
    )


def learnt(scenario, data, **spread):
    working = work_out(look_up(scenario, data))
    spreads = replace(Spreads.none(), **spread)
    return uncertainty_of(working, spreads, DRAWS, SEED).learnt


def by_hand(scenario, data, months, **spread):
    """Each draw told before the decision: staying first, then whichever costs least in it.

    Less what the one costs that costs least on average, moved to on the same day.
    """
    working = work_out(look_up(scenario, data))
    cases = drawn_cases(working, replace(Spreads.none(), **spread), DRAWS, SEED)
    drawn = work_out(replace(working.asked, cases=cases))
    factors = 1.08 ** (-np.arange(37) / 12)
    stay, own = (drawn.worked[a.key].costs for a in drawn.alternatives)
    later = stay.bill[1:, :months] @ factors[1 : months + 1]
    later = later + np.broadcast_to(own.bill, stay.bill.shape)[1:, months:] @ factors[months + 1 :]
    later = later + own.once.sum() * factors[months]
    both = np.stack([stay.bill[1:] @ factors[1:], later])
    assert 0.1 < np.mean(both[0] < both[1]) < 0.9
    return both.mean(axis=1).min() - both.min(axis=0).mean()


@pytest.mark.parametrize("months", [3, 6, 12])
def test_where_volume_alone_is_uncertain_a_few_months_tell_nearly_all(near, plain_data, months):
    """The traffic of a month shows the volume, so that each draw is decided as if it were known."""
    most = by_hand(near, plain_data, months, volume=0.3)
    found = learnt(near, plain_data, volume=0.3)[months]
    assert 0.9 * most < found <= most * (1 + 1e-9)


def test_what_only_running_servers_shows_is_not_learnt_by_waiting(near, plain_data):
    """In some draws people cost so much that staying is right, and nobody knows in which."""
    assert by_hand(near, plain_data, 12, staff=1.5) > 0
    assert set(learnt(near, plain_data, staff=1.5).values()) == {0.0}


def test_nothing_uncertain_is_nothing_to_learn(near, plain_data):
    assert set(learnt(near, plain_data).values()) == {0.0}


def test_too_few_draws_tell_nothing(near, plain_data):
    few = evaluate(near, plain_data, draws=LEAST_DRAWS - 1).verdict
    assert {one.learnt_usd for one in few.waiting} <= {None}


@pytest.mark.parametrize(("requests", "said"), [(1.15e7, "is learnt by then"), (8e6, "again in")])
def test_the_verdict_says_what_learning_is_worth(near, plain_data, requests, said):
    asked = changed(near, {"workload.requests_per_month": requests})
    verdict = evaluate(asked, plain_data, draws=LEAST_DRAWS).verdict
    assert (verdict.chosen == OWN) == (said == "is learnt by then")
    assert said in verdict.sentence
    assert all(one.learnt_usd > 0 for one in verdict.waiting)
    if verdict.chosen != OWN:
        assert {one.costs_usd for one in verdict.waiting} == {0.0}


@pytest.mark.parametrize("scenario", presets().values(), ids=lambda scenario: scenario.name)
def test_regret_and_what_is_learnt_are_told_apart_where_both_are_told(scenario):
    said = evaluate(scenario).verdict.sentence
    learns = "is learnt by then" in said or "Deciding again" in said
    assert ("the regret is that of deciding today." in said) == (learns and "(regret $" in said)


def test_the_month_named_is_one_in_which_waiting_pays_where_there_is_one(near, plain_data):
    verdict = evaluate(near, plain_data, draws=LEAST_DRAWS).verdict
    best = max(verdict.waiting, key=lambda one: one.net_usd)
    named = best if best.net_usd > 0 else verdict.waiting[-1]
    assert f"Waiting {named.months} months" in verdict.sentence


def test_where_even_staying_serves_nobody_in_some_draws_nothing_is_told(plain_data):
    """Some draws make answers of 126,000 tokens longer than GPT-5.4 mini or GPT-5.4 gives."""
    sizes = {"input": 5_000, "output": 126_000}
    asked = {
        f"workload.classes.0.{name}": {"kind": "fixed", "tokens": tokens}
        for name, tokens in sizes.items()
    }
    found = evaluate(
        changed(
            load_scenario(preset_paths()[0]),
            {"baseline.model": "gpt-5.4-mini", "apis": LONG, "workload.requests_per_month": 3e3}
            | asked,
        )
    )
    assert found.uncertainty.bills[0].unserved > 0
    assert found.uncertainty.learnt == {}
