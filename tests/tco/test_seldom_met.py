"""A replica whose record holds possible that it never meets the objective: planned, and said."""

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from tco.answer.evaluation import evaluate
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tco.words.figures import share, shares_apart
from tests.tco.verdict_laws import hold_the_words

FEW = settings(max_examples=settings.default.max_examples // 5)
RENTED = "self-hosted/rented"


def spread_of_a_step(record, widening):
    """Of the logarithm: the step is its constant part, and a common factor of all [1]."""
    constant = record.covariance[0][0]
    return widening * math.sqrt(constant + record.capacity_residual_sd**2)


@FEW
@given(st.floats(0.05, 2.5), st.sampled_from([-1, 1]))
@example(1.27, 1)
@example(1.29, 1)
def test_what_a_record_holds_too_slow_is_said_and_most_of_it_refuses(
    plain_scenario, plain_data, plain_record, deviations, side
):
    """Steps take 20 ms, lognormal: a share of them is slower than the objective, by the normal."""
    asked = {"objective.mean_ttft_ms": 600_000.0, "apis": []}
    loose = changed(plain_scenario, asked | {"objective.mean_tpot_ms": 10_000.0})
    widening = evaluate(loose, plain_data).worked[RENTED].replica.widening
    sigma = spread_of_a_step(plain_record, widening)
    tight = changed(loose, {"objective.mean_tpot_ms": 20 * math.exp(side * deviations * sigma)})
    found = evaluate(tight, plain_data).alternative(RENTED)
    unmet = stats.norm.sf(side * deviations)
    said = {f.code: f.message for f in found.findings}
    assert (found.serving is None) == (found.refused is not None) == (side < 0)
    if side < 0:
        assert found.refused.code == "slo"
        return
    assert found.serving.unmet_share == pytest.approx(unmet, abs=0.01)
    assert (found.serving.capacity_p10_rps == 0) == (unmet > 0.1) == ("seldom-met" in said)


@pytest.fixture(scope="module")
def rag():
    return load_scenario(next(path for path in preset_paths() if path.stem == "rag"))


def test_documents_on_scout_say_that_half_of_what_is_held_possible_is_too_slow(rag):
    evaluation = evaluate(rag)
    own = evaluation.alternative(evaluation.verdict.best_own)
    unmet = own.serving.unmet_share
    assert 0.4 < unmet < 0.5
    (said,) = (f.message for f in own.findings if f.code == "seldom-met")
    assert f"in {shares_apart(unmet, 0.5)[0]} of what the calibration holds possible" in said
    planned, middle = map(float, re.findall(r"(0\.\d+)(?: requests a second|\.$)", said))
    assert planned == pytest.approx(own.serving.capacity_per_replica_rps, rel=1e-3)
    assert middle > 5 * planned
    odds = evaluation.uncertainty.odds_of(own.key)
    assert f"In {share(odds.unserved)} of 1,000 draws no number" in evaluation.verdict.own


def test_documents_on_scout_are_refused_where_most_of_it_is_too_slow(rag):
    """Step times in the middle still meet 1.9 s."""
    keys = [f"self-hosted/{option.name}" for option in rag.self_hosted]
    evaluation = evaluate(changed(rag, {"objective.mean_ttft_ms": 1_900.0}))
    for key in keys:
        refused = evaluation.alternative(key).refused
        assert refused.code == "slo"
        shown = re.search(r"meets the objective in ([\d.]+)\s% of what", refused.message)
        assert 50 < float(shown[1]) < 60


def test_a_move_that_half_the_draws_cannot_serve_is_never_advised(rag):
    """Staying dear enough for own machines to pay wherever they serve."""
    dear = changed(rag, {"apis": [], "baseline.model": "gpt-5.4-pro"})
    evaluation = evaluate(dear)
    said = evaluation.verdict
    odds = evaluation.uncertainty.odds_of(said.worth_of)
    assert said.worth_of == said.best_own
    assert said.worth_usd > 0
    assert said.action == "too-close"
    label = evaluation.alternative(said.worth_of).label
    assert f"In {share(odds.unserved)} of 1,000 draws {label} cannot serve" in said.headline
    hold_the_words(evaluation)
