"""The glossary's words agree with the figures: above all, what a sign says."""

import math

import pytest

from tco.analysis.decision import Question
from tco.analysis.sensitivity import tornado
from tco.answer.evaluation import evaluate
from tco.facts.data import Data
from tco.question.files import changed
from tco.question.presets import presets
from tco.words.glossary import glossary

LITTLE_TRAFFIC = {"workload.requests_per_month": 5_000}


def gap(scenario, evaluation):
    """Shown gap, and what moving adds to all that is paid, in money of today."""
    stay, *others = evaluation.alternatives
    paid = {one.alternative: one.present_usd for one in evaluation.appraisals}
    shown = tornado(Question(scenario, Data.shipped()), only=frozenset()).given.gap_usd
    return shown, min(paid[a.key] for a in others if a.eligible) - paid[stay.key]


def net_present_value(_scenario, evaluation):
    """Shown worth of moving, and what moving adds to all that is paid, in money of today."""
    paid = {one.alternative: one.present_usd for one in evaluation.appraisals}
    answer = evaluation.break_evens[0]
    stay = evaluation.alternatives[0].key
    return answer.month.npv_usd, paid[answer.alternative] - paid[stay]


def worth_of_moving(_scenario, evaluation):
    """Shown worth a year, and what that move adds to all money in present value."""
    said = evaluation.verdict
    paid = {row.alternative: row.present_usd for row in evaluation.appraisals}
    stay = evaluation.alternatives[0].key
    return said.worth_usd_per_year, paid[said.worth_of] - paid[stay]


def paid_by_today(value):
    """A figure of what is done today, which costs something."""
    return lambda _scenario, evaluation: (value(evaluation), None)


SHOWN = {
    "gap": gap,
    "net present value": net_present_value,
    "worth of moving": worth_of_moving,
    "bill": paid_by_today(lambda e: e.alternatives[0].monthly_usd),
    "present value": paid_by_today(lambda e: e.appraisals[0].present_usd),
    "one-off costs": paid_by_today(lambda e: max(a.one_off_usd or 0 for a in e.alternatives)),
}


@pytest.fixture(scope="module")
def answers():
    default = next(iter(presets().values()))
    scenarios = (default, changed(default, LITTLE_TRAFFIC))
    return [(scenario, evaluate(scenario)) for scenario in scenarios]


@pytest.mark.parametrize("term", [t for t in glossary() if t.positive], ids=lambda t: t.name)
def test_a_sign_says_what_the_glossary_says(term, answers):
    for scenario, evaluation in answers:
        shown, added_by_moving = SHOWN[term.name](scenario, evaluation)
        says = {
            "moving costs more": added_by_moving,
            "moving saves": -added_by_moving if added_by_moving is not None else None,
            "paid": 1.0,
        }[term.positive]
        assert math.copysign(1.0, shown) == math.copysign(1.0, says)


def test_moving_saves_in_one_of_the_answers_and_not_in_the_other(answers):
    assert len({gap(*answer)[0] > 0 for answer in answers}) == 2


def test_every_sign_is_explained_and_said_in_the_terms_own_words():
    assert {term.name for term in glossary() if term.positive} == SHOWN.keys()
    for term in glossary():
        if term.positive:
            paid = term.positive == "paid"
            said = "Costs are positive." if paid else f"Positive where {term.positive}"
            assert term.explanation.partition(f"{term.meaning} ")[2].startswith(said)
        assert "ositive" not in term.meaning
