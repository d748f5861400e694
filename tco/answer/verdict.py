"""The answer in words: stay or move, from which utilisation, where you are, what it is worth."""

from collections.abc import Mapping, Sequence
from typing import Final

from pricing.units import MONTHS_PER_YEAR
from tco.answer.comparison import Comparison, utilisation_answer
from tco.answer.worked import Worked
from tco.question.scenario import Scenario
from tco.results.answer import BreakEven, Verdict
from tco.results.bill import Alternative
from tco.words.figures import count, plural, share
from tco.words.money import usd

OWN: Final = frozenset({"rented", "owned"})
"""Kinds of alternative that answer every request on your own servers."""


def verdict(
    scenario: Scenario,
    alternatives: Sequence[Alternative],
    answers: Sequence[BreakEven],
    worked: Mapping[str, Worked],
) -> Verdict:
    """Compare staying with the cheapest self-hosted option, and both with its model hosted."""
    baseline, *others = alternatives
    hosts = [a for a in others if a.kind in OWN and a.monthly_usd is not None]
    best = min(hosts, key=_monthly, default=None)
    if best is None:
        return Verdict(
            "unanswered",
            f"Stay on {baseline.label}: no self-hosted option can be priced.",
            _why_none(others),
            _cheaper_apis(baseline, others),
            None,
            None,
        )
    answer = next(a for a in answers if a.alternative == best.key)
    substitute = _substitute(best, others)
    action, headline = "stay", f"Stay on {baseline.label}."
    winner = best
    if substitute is not None and _monthly(substitute) < min(_monthly(best), _monthly(baseline)):
        action, winner = "hosted", substitute
        headline = f"If {best.model} is good enough, buy it hosted; do not run your own GPUs."
    elif _monthly(best) < _monthly(baseline):
        action = "self-host"
        headline = f"Move to {best.model} on your own GPUs."
    return Verdict(
        action=action,  # type: ignore[arg-type]
        headline=headline,
        sentence=_sentence(scenario, baseline, best, answer),
        also=_also(baseline, best, substitute, others, action, worked),
        best=best.key,
        usd_per_year=(_monthly(baseline) - _monthly(winner)) * MONTHS_PER_YEAR,
        worth_of=winner.key,
    )


def _monthly(alternative: Alternative) -> float:
    monthly = alternative.monthly_usd
    return float("inf") if monthly is None else monthly


def _substitute(best: Alternative, others: Sequence[Alternative]) -> Alternative | None:
    """Cheapest provider that hosts the same open model and answers at once."""
    same = [
        a
        for a in others
        if a.kind == "hosted" and a.model == best.model and a.interactive and not a.refused
    ]
    return min(same, key=_monthly, default=None)


def _sentence(
    scenario: Scenario, baseline: Alternative, best: Alternative, answer: BreakEven
) -> str:
    serving = best.serving
    assert serving is not None
    volume = count(scenario.workload.requests_per_month)
    busy = (
        f"Your {volume} requests a month would keep {plural(serving.replicas, 'replica')} of "
        f"{best.model} ({best.label}) {share(serving.utilisation)} busy"
    )
    return f"{busy}; {_threshold(baseline, answer)}. {_when(scenario, baseline, best, answer)}"


def _threshold(baseline: Alternative, answer: BreakEven) -> str:
    at = answer.utilisation
    if at.value is None:
        return f"self-hosting never pays: {_without_kind(at.reason)}"
    if at.low is None or at.high is None or at.value == 0:
        return f"self-hosting costs less than {baseline.label} at any utilisation"
    band = f"{share(at.low)} to {share(at.high)}"
    return f"self-hosting pays from {share(at.value)} ({band} by the calibration's error)"


def _without_kind(reason: str) -> str:
    """Drop the word that says of which kind a reason is."""
    return reason.partition(": ")[2]


def _when(scenario: Scenario, baseline: Alternative, best: Alternative, answer: BreakEven) -> str:
    within = f"within {plural(scenario.finance.horizon_months, 'month')}"
    if _monthly(best) < _monthly(baseline):
        if answer.month.payback is None:
            return f"The move does not pay back its one-off costs {within}."
        return f"The move pays back its one-off costs in month {answer.month.payback}."
    if answer.month.bill_from is None:
        return f"You do not get there {within} at today's growth."
    return f"You get there in month {answer.month.bill_from} at today's growth."


def _also(
    baseline: Alternative,
    best: Alternative,
    substitute: Alternative | None,
    others: Sequence[Alternative],
    action: str,
    worked: Mapping[str, Worked],
) -> str:
    parts = [
        f"A month costs {usd(_monthly(baseline))} on {baseline.label} and {usd(_monthly(best))} "
        f"with {best.label}."
    ]
    if substitute is not None:
        parts.append(_against_hosted(worked[best.key], worked[substitute.key]))
    if action != "hosted":
        parts.append(_cheaper_apis(baseline, others))
    parts.append(_cheaper_hybrid(baseline, best, others))
    parts.append(_quality(baseline, best))
    return " ".join(part for part in parts if part)


def _quality(baseline: Alternative, best: Alternative) -> str:
    """Compare accepted answers where both were measured; say so where they were not."""
    theirs, own = baseline.usd_per_accepted, best.usd_per_accepted
    if theirs is None or own is None:
        return "Quality is assumed equal: no acceptance rate was measured."
    return (
        f"A thousand accepted answers cost {usd(1_000 * theirs)} on {baseline.label} and "
        f"{usd(1_000 * own)} with {best.label}."
    )


def _against_hosted(best: Worked, substitute: Worked) -> str:
    """Say what the same model costs hosted, and when your own GPUs would beat that."""
    assert best.fleet is not None
    at = utilisation_answer(Comparison.of(substitute, best, best.fleet))
    hosted = substitute.alternative
    price = f"{hosted.label} costs {usd(_monthly(hosted))}"
    if at.value is None:
        return f"{price}; these GPUs never cost less: {_without_kind(at.reason)}."
    limit = (
        f", and your traffic lets them be {share(at.reachable)} busy at most"
        if at.value > at.reachable
        else ""
    )
    return f"{price}; these GPUs cost less from {share(at.value)} busy on{limit}."


def _cheaper_apis(baseline: Alternative, others: Sequence[Alternative]) -> str:
    """Cheapest other model of any provider that answers at once, if it undercuts the baseline."""
    apis = [a for a in others if a.kind == "api" and a.interactive and not a.refused]
    cheapest = min(apis, key=_monthly, default=None)
    if cheapest is None or _monthly(cheapest) >= _monthly(baseline):
        return ""
    return f"{cheapest.label} would cost {usd(_monthly(cheapest))}, if it is good enough."


def _cheaper_hybrid(baseline: Alternative, best: Alternative, others: Sequence[Alternative]) -> str:
    """Cheapest mixture of both sides, if it undercuts staying and self-hosting alike."""
    mixed = [a for a in others if a.kind == "hybrid" and a.interactive and not a.refused]
    cheapest = min(mixed, key=_monthly, default=None)
    if cheapest is None or _monthly(cheapest) >= min(_monthly(baseline), _monthly(best)):
        return ""
    return f"Both together, as {cheapest.label}, would cost {usd(_monthly(cheapest))}."


def _why_none(others: Sequence[Alternative]) -> str:
    reasons = {
        a.label: a.refused.message for a in others if a.kind in OWN and a.refused is not None
    }
    if not reasons:
        return "The scenario names no self-hosted option."
    return " ".join(f"{label}: {message}" for label, message in reasons.items())
