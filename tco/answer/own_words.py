"""The sentence on own GPUs: from which load they pay, where you are, how sure that is."""

import math
from collections.abc import Mapping, Sequence

from tco.answer.choice import OWN
from tco.answer.verdict_words import Told, chance, unserved
from tco.results.answer import BreakEven, ReasonKind, UtilisationAnswer
from tco.results.bill import Alternative
from tco.words.figures import count, plural, share, shares_apart
from tco.words.money import expected_loss


def own_sentence(told: Told) -> str:
    """Answer the question of own GPUs, whatever the choice: from which load, where, how sure."""
    if told.choice.best_own is None:
        return _why_no_own(told.alternatives)
    best = told.of(told.choice.best_own)
    answer = told.answers[best.key]
    parts = (
        _busy(told, best, answer),
        _from_volume(told, answer),
        _over_horizon(told, best, answer),
        _unserved(told, best),
    )
    return " ".join(part for part in parts if part)


def _busy(told: Told, best: Alternative, answer: BreakEven) -> str:
    assert best.serving is not None
    at, replicas = answer.utilisation, plural(best.serving.replicas, "replica")
    requests = count(told.scenario.workload.requests_per_month)
    own, needed = share(at.own), share(at.value)
    if at.value:
        own, needed = shares_apart(at.own, at.value)
    start = (
        f"Own GPUs: your {requests} requests a month keep {replicas} of {best.model} "
        f"({best.label}) {own} busy"
    )
    return f"{start}; {_threshold(told, best, at, needed)}."


_NOTHING_PAYS: Mapping[ReasonKind, str] = {
    "price": "a request costs no less on them than today, before any machine",
    "acceptance": "answers that are not accepted cost more than a request saves",
    "dear": "this fleet costs more than it saves even when it is full",
}


def _threshold(told: Told, best: Alternative, at: UtilisationAnswer, needed: str) -> str:
    staying = told.staying.label
    alike = best.as_many_accepted(told.staying) == 1
    month = "in a month" if alike else "in a month, for as many requests,"
    if at.value is None:
        assert at.reason is not None
        if at.reason.kind == "until":
            return f"{month} they cost less than {staying} {at.reason}"
        return _NOTHING_PAYS[at.reason.kind]
    if at.value == 0:
        return f"they cost less than {staying} at any load"
    pays = f"{month} they cost less than {staying} from {needed} on{_band(at)}"
    if at.value > at.reachable:
        most = share(at.reachable)
        return f"{pays}, but peaks, headroom and spares let this fleet be {most} busy at most"
    return pays


def _band(at: UtilisationAnswer) -> str:
    if at.p10 is None or at.p90 is None or not math.isfinite(at.p10):
        return ""
    return f" ({share(at.p10)} to {share(at.p90) if at.p90 <= 1 else 'out of reach'})"


def _from_volume(told: Told, answer: BreakEven) -> str:
    """Say from which volume a fleet that grows pays for good, where this one does not."""
    at, volume = answer.utilisation, answer.volume
    if at.value is not None and at.value <= at.reachable:
        return ""
    if volume.cheaper_for_good_from is not None:
        start = count(volume.cheaper_for_good_from)
        return (
            f"A fleet that grows with the load costs less for good from {start} requests a month."
        )
    return ""


def _over_horizon(told: Told, best: Alternative, answer: BreakEven) -> str:
    odds, worth = told.uncertainty.odds_of(best.key), told.worth_of_moving(best.key)
    assert odds is not None
    loss = expected_loss(odds.expected_loss_usd, odds.unserved, told.money)
    often = chance(odds.cheaper_over_horizon)
    lost = "" if loss == told.money(0.0) else f" (expected loss {loss})"
    sure = f"less than staying in {often} of {told.draws}{lost}"
    over, month = f"Over {told.horizon}", answer.month.discounted_payback
    if worth <= 0:
        return f"{over} they cost {told.money(-worth)} more than staying, and {sure}."
    paid = "" if month is None else f", pay back in month {month} (discounted)"
    return f"{over} they save {told.money(worth)} in present value{paid}, and cost {sure}."


def _unserved(told: Told, best: Alternative) -> str:
    odds = told.uncertainty.odds_of(best.key)
    assert odds is not None
    return unserved(told, odds, "no number of replicas can serve")


def _why_no_own(alternatives: Sequence[Alternative]) -> str:
    kept_out: dict[str, list[str]] = {}
    for alternative in alternatives:
        if alternative.kind in OWN:
            kept_out.setdefault(alternative.why_not[0].message, []).append(alternative.label)
    if not kept_out:
        return "Own GPUs: the scenario names none."
    said = " ".join(f"{'; '.join(labels)}: {message}" for message, labels in kept_out.items())
    return f"Own GPUs: none may be chosen. {said}"
