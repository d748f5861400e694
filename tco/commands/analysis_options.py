"""Options of the analysis commands into ranges, spreads and axes."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Question
from tco.analysis.factor import Factor
from tco.analysis.factors import factor_of, factors
from tco.analysis.solve import WORDS
from tco.analysis.winners import require_two
from tco.answer.spreads import Spreads

SPREADS: Final = tuple(entry.name for entry in fields(Spreads) if entry.name != "correlation")


def ranges_of(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Read ranges such as ``api_price=0.5:1.2``; short names are understood.

    Raises
    ------
    InputError
        With every text that is none.
    """
    ranges, problems = {}, []
    for text in texts:
        key, _, span = text.partition("=")
        low, _, high = span.partition(":")
        try:
            ranges[WORDS.get(key, key)] = float(low), float(high)
        except ValueError:
            problems.append(Problem("range", text, "is key=low:high", "Write api_price=0.5:1.2."))
    if problems:
        raise InputError(*problems)
    return ranges


def keys_of(question: Question, names: Sequence[str]) -> frozenset[str] | None:
    """Read the inputs to vary; None for all.

    Raises
    ------
    InputError
        If a name is of no input.
    """
    if not names:
        return None
    known = factors(question)
    return frozenset(factor_of(known, WORDS.get(name, name)).key for name in names)


def spreads_of(question: Question, spreads: Sequence[str], correlations: Sequence[str]) -> Spreads:
    """Read spreads such as ``volume=0.3`` and correlations such as ``volume,staff=0.3``.

    Raises
    ------
    InputError
        If a text is none, or no inputs can be correlated so.
    """
    given, joined = _numbers("spread", spreads), _numbers("correlation", correlations)
    problems = [
        Problem("spread", name, "is drawn", did_you_mean(name, SPREADS))
        for name in given
        if name not in SPREADS
    ]
    problems += [
        Problem("correlation", pair, "joins two inputs", "Write volume,staff=0.3.")
        for pair in joined
        if pair.count(",") != 1
    ]
    if problems:
        raise InputError(*problems)
    chosen = Spreads.of(question.data.library)
    values = {name: getattr(chosen, name) for name in SPREADS} | given
    correlation = dict(chosen.correlation)
    for pair, value in joined.items():
        one, other = pair.split(",")
        correlation.pop((other, one), None)
        correlation[one, other] = value
    return replace(chosen, **values, correlation=correlation)


def axes_of(question: Question, axes: str) -> tuple[Factor, Factor]:
    """Read the two inputs of a map, such as ``volume,api-price``.

    Raises
    ------
    InputError
        If these are not two inputs.
    """
    names = axes.split(",")
    if len(names) != 2:
        raise InputError(Problem("map", axes, "names two inputs", "Write volume,api-price."))
    known = factors(question)
    x, y = (factor_of(known, WORDS.get(name, name)) for name in names)
    require_two(x, y)
    return x, y


def _numbers(field: str, texts: Sequence[str]) -> dict[str, float]:
    numbers, problems = {}, []
    for text in texts:
        key, _, value = text.partition("=")
        try:
            numbers[key] = float(value)
        except ValueError:
            problems.append(Problem(field, text, "is name=number", "Write volume=0.3."))
    if problems:
        raise InputError(*problems)
    return numbers
