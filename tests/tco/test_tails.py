"""Percentile objectives, as they reach an answer."""

import pytest

from tco.analysis.decision import Question
from tco.analysis.uncertainty import uncertainty
from tco.answer.evaluation import evaluate
from tco.answer.spreads import Spreads
from tco.facts.data import Data
from tco.question.files import changed

BEST = "self-hosted/H200 on demand, RunPod"


@pytest.fixture(scope="module")
def held(default):
    """The default scenario held to its means in the 95th percentile too."""
    return changed(default, {"objective.p95_ttft_ms": 2_000.0, "objective.p95_tpot_ms": 50.0})


def serving(scenario):
    return evaluate(scenario, Data.shipped()).alternative(BEST).serving


def test_a_percentile_held_to_the_mean_lowers_capacity_and_raises_break_even(default, held):
    loose, strict = serving(default), serving(held)
    assert 0.4 < strict.capacity_per_replica_rps / loose.capacity_per_replica_rps < 1
    assert strict.bound_by.startswith("95th percentile")
    before = evaluate(default).break_even(BEST).utilisation.value
    after = evaluate(held).break_even(BEST).utilisation.value
    same_fleet = strict.replicas == loose.replicas
    assert not same_fleet or after > before


def test_the_same_question_has_the_same_answer(held):
    assert serving(held) == serving(held)


def test_a_generous_percentile_leaves_the_means_to_decide(default):
    generous = changed(default, {"objective.p95_ttft_ms": 500_000.0})
    assert serving(generous).capacity_per_replica_rps == serving(default).capacity_per_replica_rps


def test_a_percentile_no_replica_meets_refuses_the_option(default):
    impossible = changed(default, {"objective.p95_tpot_ms": 5.0})
    refused = evaluate(impossible).alternative(BEST).refused
    assert refused.code == "slo"
    assert "percentiles" in refused.message


def test_the_stamp_carries_the_percentiles(held):
    stamp = evaluate(held).stamp
    assert (stamp.p95_ttft_ms, stamp.p95_tpot_ms) == (2_000.0, 50.0)


def test_draws_follow_the_percentiles_too(held):
    question = Question(held, Data.shipped())
    drawn = uncertainty(question, spreads=Spreads.none(), draws=3, seed=1)
    odds = {found.alternative for found in drawn.odds}
    assert BEST in odds
