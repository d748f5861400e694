"""Percentile objectives, as they reach an answer."""

import pytest

from tco.analysis.decision import Question
from tco.analysis.uncertainty import uncertainty
from tco.answer.evaluation import evaluate
from tco.answer.spreads import Spreads
from tco.facts.data import Data
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

BEST = "self-hosted/H200 on demand, RunPod"


@pytest.fixture(scope="module")
def held(default):
    """The default scenario held to its means in the 95th percentile too."""
    return changed(default, {"objective.p95_ttft_ms": 2_000.0, "objective.p95_tpot_ms": 50.0})


@pytest.fixture(scope="module")
def agent():
    """An agent whose contexts fill the memory of its replica; one of its options."""
    asked = load_scenario(next(path for path in preset_paths() if path.stem == "agent"))
    return asked.model_copy(update={"self_hosted": asked.self_hosted[:1]})


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


def test_a_generous_percentile_leaves_the_means_to_decide_as_simulated(default):
    simulated = serving(changed(default, {"objective.p95_ttft_ms": 500_000.0}))
    by_closed_form = serving(default)
    ratio = simulated.capacity_per_replica_rps / by_closed_form.capacity_per_replica_rps
    assert 0.85 < ratio < 1
    assert simulated.bound_by == by_closed_form.bound_by == "tpot"
    assert 49.0 < simulated.mean_tpot_ms <= 50.0


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


def closed_form_finding(evaluation, key):
    return [f for f in evaluation.alternative(key).findings if f.code == "closed-form"]


def test_a_load_that_the_closed_form_tells_is_not_flagged(default):
    evaluation = evaluate(default)
    assert not closed_form_finding(evaluation, BEST)
    assert evaluation.alternative(BEST).serving.mean_ttft_ms > 0


def test_where_memory_is_nearly_full_no_time_to_the_first_token_is_shown(agent):
    """At that rate the simulator has requests wait for 2 s; the closed form says under 0.3 s."""
    (own,) = {a.key: a for a in evaluate(agent).alternatives if a.serving}.values()
    assert own.serving.mean_ttft_ms is None
    (finding,) = [f for f in own.findings if f.code == "closed-form"]
    assert finding.severity == "flagged"
    assert "memory" in finding.message
    assert "p95_ttft_ms" in finding.remedy


def test_percentiles_have_what_the_closed_form_does_not_tell_simulated(agent):
    held = changed(agent, {"objective.p95_ttft_ms": 8_000.0, "objective.p95_tpot_ms": 80.0})
    (own,) = {a.key: a for a in evaluate(held).alternatives if a.serving}.values()
    assert 0 < own.serving.mean_ttft_ms <= held.objective.mean_ttft_ms
    assert 0 < own.serving.mean_tpot_ms <= held.objective.mean_tpot_ms
    assert not [f for f in own.findings if f.code == "closed-form"]
