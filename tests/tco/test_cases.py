"""Many cases at once are each the answer to that case alone."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from pricing.errors import PlannerError
from tco.analysis.decision import Question, once_simulated
from tco.answer.draws import drawn_cases
from tco.answer.evaluation import evaluate
from tco.answer.spreads import Spreads
from tco.answer.working import look_up, work_out
from tco.bill.routing_rules import RULES
from tco.facts.data import Data
from tco.kernel.cases import Cases, months_of_first
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.case_alone import question_of_case
from tests.tco.hybrid_cases import KINDS
from tests.tco.random_alternatives import random_alternatives
from tests.tco.random_terms import financed

CLOSE = 1e-9


NUMBERS = [f.name for f in fields(Cases) if f.name not in {"steps", "simulated"}]
"""Inputs of a case that are numbers; the others are kept by record and by option."""


def case_of(values, index):
    """One case of an array over cases and months, which may be alike in all cases."""
    rows = np.atleast_2d(values)
    return rows[index if len(rows) > 1 else 0]


def hold_against_the_case_alone(question, draws, seed, spreads=None):
    """Every draw of every alternative, bill and cash of every month; how many were answered.

    What a simulation takes off a replica is carried to each, as the product says of its draws.
    """
    question = once_simulated(question)
    asked = work_out(look_up(question.scenario, question.data))
    cases = drawn_cases(asked, spreads or Spreads.of(question.data.library), draws, seed)
    drawn = work_out(look_up(question.scenario, question.data, cases))
    answered = 0
    for index in range(draws + 1):
        one = question_of_case(question, cases, index)
        try:
            alone = work_out(look_up(one.scenario, one.data, one.cases))
        except PlannerError:  # not even the baseline takes outputs of this length
            assert not drawn.worked[drawn.alternatives[0].key].serves[index]
            continue
        for key, worked in drawn.worked.items():
            serves = bool(np.broadcast_to(worked.serves.ravel(), (draws + 1,))[index])
            assert serves == (key in alone.worked), (key, index)
            if not serves:
                continue
            answered += 1
            theirs = alone.worked[key]
            for name in ("bill", "cash", "taxed"):
                ours = case_of(getattr(worked.costs, name), index)
                right = months_of_first(getattr(theirs.costs, name))
                scale = np.abs(theirs.costs.cash).max() + np.abs(right).max()
                assert np.all(np.abs(ours - right) <= CLOSE * scale), (key, index, name)
            if theirs.threshold is not None:
                ours = np.broadcast_to(worked.threshold, (draws + 1,))[index]
                assert ours == pytest.approx(theirs.threshold[0], rel=1e-7), (key, index)
    return answered


def test_a_sample_of_random_scenarios_with_every_kind_of_alternative(plain_scenario, plain_data):
    answered = 0
    for seed in range(24):
        question = Question(random_alternatives(plain_scenario, seed), plain_data)
        answered += hold_against_the_case_alone(question, 4, seed)
    assert answered > 700


def test_a_sample_financed_committed_to_and_moved_to_in_every_way(plain_scenario, plain_data):
    answered = 0
    for seed in range(12):
        question = Question(financed(plain_scenario, seed), plain_data)
        answered += hold_against_the_case_alone(question, 3, seed)
    assert answered > 500


@pytest.mark.parametrize("moved", NUMBERS)
def test_an_input_may_move_alone_among_numbers_or_among_columns(plain_scenario, plain_data, moved):
    column = np.array([[1.0], [0.7], [1.4]])
    alike = {name: np.ones_like(column) for name in NUMBERS}
    for seed in range(8):
        scenario = random_alternatives(plain_scenario, seed)
        alone, among = (
            work_out(look_up(scenario, plain_data, Cases(**more, **{moved: column})))
            for more in ({}, {name: ones for name, ones in alike.items() if name != moved})
        )
        assert alone.worked.keys() == among.worked.keys()
        for key, worked in alone.worked.items():
            cash = among.worked[key].costs.cash
            assert np.broadcast_to(worked.costs.cash, cash.shape) == pytest.approx(cash, rel=1e-9)


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_300_random_scenarios_with_every_kind_of_alternative(plain_scenario, plain_data, first):
    for seed in range(first, first + 50):
        question = Question(random_alternatives(plain_scenario, seed), plain_data)
        hold_against_the_case_alone(question, 40, seed)


def test_the_random_scenarios_hold_every_kind_of_hybrid_there_is():
    kinds = {kind.model_fields["kind"].default for kind in RULES} | {"spill"}
    assert {kind["kind"] for kind in KINDS} == kinds


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_shipped_scenarios_draw_by_draw(path):
    assert hold_against_the_case_alone(Question.of(load_scenario(path)), 8, seed=7) > 50


def test_outputs_too_long_for_a_window_are_served_by_nobody():
    path = next(path for path in preset_paths() if path.stem == "agent")
    question = Question.of(load_scenario(path))
    spreads = replace(Spreads.none(), output=3.0)
    asked = work_out(look_up(question.scenario, question.data))
    cases = drawn_cases(asked, spreads, 60, 1)
    drawn = work_out(look_up(question.scenario, question.data, cases))
    own = next(w for w in drawn.worked.values() if w.fleet is not None)
    assert 0 < own.serves.sum() < 61
    assert np.isinf(own.bills[~own.serves.ravel()]).all()
    hold_against_the_case_alone(question, 30, 1, spreads)


def test_published_price_changes_reach_every_draw(default):
    """GPT-5.1 is retired in April 2027; its successor's rates hold from then on."""
    successors = [{"provider": "openai", "model": "gpt-5.4"}]
    baseline = {"provider": "openai", "model": "gpt-5.1", "successors": successors}
    question = Question.of(changed(default, {"baseline": baseline, "apis": []}))
    evaluation = evaluate(question.scenario, question.data)
    bill = evaluation.worked[evaluation.alternatives[0].key].costs.bill
    assert bill[-1] > bill[0]
    hold_against_the_case_alone(question, 12, seed=3)


def leaves(value):
    """What a result holds, one after the other."""
    if is_dataclass(value):
        value = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, dict):
        value = [part for item in value.items() for part in item]
    if isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def test_the_first_case_is_the_question_as_it_was_asked(default):
    column = np.array([[1.0], [2.0], [0.5]])
    cases = Cases(requests=column, output=column, gpu_price=column, api_price=column)
    data = Data.shipped()
    many, alone = work_out(look_up(default, data, cases)), work_out(look_up(default, data))
    assert list(leaves(many.alternatives)) == [
        pytest.approx(leaf, rel=1e-12) if isinstance(leaf, float) else leaf
        for leaf in leaves(alone.alternatives)
    ]
    for key, worked in alone.worked.items():
        assert many.worked[key].present_usd[0] == pytest.approx(worked.present_usd[0], rel=1e-12)


def test_draws_that_answers_share_cannot_be_written_to(plain_data, plain_scenario):
    asked = work_out(look_up(plain_scenario, plain_data))
    first, again = (drawn_cases(asked, Spreads(), 10, 1) for _ in range(2))
    assert first is again
    (steps,) = first.steps.values()
    for shared in (first.requests, first.output, first.api_drift, first.gpu_price, steps.a_ms):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 2.0
