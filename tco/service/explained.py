"""A figure of an answer taken apart, as a JSON document."""

from typing import Any, Final

from pricing.errors import InputError, Problem, did_you_mean
from tco.answer.documents import plain
from tco.answer.explain import (
    Explanation,
    explain_bill,
    explain_break_even,
    explain_line,
    explain_odds,
    explain_worth,
)
from tco.answer.worked import Evaluation
from tco.results.bill import Alternative
from tco.service.requests import ExplanationRequest

EXPLANATION_SCHEMA: Final = "tco.explanation/1"


def explanation_document(asked: ExplanationRequest, evaluation: Evaluation) -> dict[str, Any]:
    """Explain one figure of an answer.

    Raises
    ------
    InputError
        If the answer has no such alternative, line or figure.
    """
    return {
        "schema": EXPLANATION_SCHEMA,
        "stamp": plain(evaluation.stamp),
        **plain(_explanation(asked, evaluation)),
    }


def _explanation(asked: ExplanationRequest, evaluation: Evaluation) -> Explanation:
    if asked.figure in {"worth", "odds"}:
        if evaluation.verdict.worth_of is None:
            raise InputError(_none("figure", asked.figure, "there is nothing to move to"))
        return (explain_worth if asked.figure == "worth" else explain_odds)(evaluation)
    if asked.figure == "break-even":
        return _break_even(asked, evaluation)
    alternative = _alternative(asked, evaluation)
    if asked.figure == "bill":
        return explain_bill(evaluation, alternative.key)
    found = explain_line(evaluation, alternative.key, asked.line or "")
    if found is None:
        names = [line.name for line in alternative.lines]
        limit = f"is no line of the bill of {alternative.label}"
        raise InputError(
            Problem("line", asked.line or "", limit, did_you_mean(asked.line or "", names))
        )
    return found


def _break_even(asked: ExplanationRequest, evaluation: Evaluation) -> Explanation:
    best = evaluation.verdict.best_own
    key = best if asked.alternative is None else _alternative(asked, evaluation).key
    if key is None:
        raise InputError(_none("figure", asked.figure, "no option has machines of its own"))
    if evaluation.break_even(key) is None:
        label = evaluation.alternative(key).label
        raise InputError(_none("alternative", label, "has no machines of its own"))
    return explain_break_even(evaluation, key)


def _alternative(asked: ExplanationRequest, evaluation: Evaluation) -> Alternative:
    if asked.alternative is None:
        found = evaluation.alternatives[0]
    else:
        found = evaluation.alternative_called(asked.alternative)
    if found.refused is not None:
        raise InputError(_none("alternative", found.label, f"has no bill: {found.refused.message}"))
    return found


def _none(field: str, value: str, why: str) -> Problem:
    return Problem(field, value, why, "Ask for the bill of an alternative that has one.")
