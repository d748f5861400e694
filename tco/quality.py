"""Acceptance of answers: more tries to pay for, and what is left over in the end."""

from pricing.provenance import Confidence
from tco.options import Quality
from tco.results import Basis, CostLine

_MEASURED: Confidence = "medium"


def tries_of(quality: Quality | None) -> float:
    """Mean tries of a request; 1 where acceptance was not measured [1]."""
    return 1.0 if quality is None else quality.tries_per_request


def accepted_of(quality: Quality | None) -> float | None:
    """Share of requests that end with an accepted answer; None = not measured [1]."""
    return None if quality is None else quality.accepted_share


def repair_lines(quality: Quality | None, requests_per_month: float) -> tuple[CostLine, ...]:
    """Bill what is still not accepted after the last try; nothing where it costs nothing."""
    if quality is None or not quality.usd_per_unaccepted:
        return ()
    rate, retries = quality.acceptance_rate, quality.retries
    note = f"acceptance rate {rate:.0%}, {retries} retries"
    return (
        CostLine(
            key="repair",
            group="people",
            name="Answers not accepted in the end",
            quantity=requests_per_month * (1 - quality.accepted_share),
            unit="answer",
            unit_price_usd=quality.usd_per_unaccepted,
            basis=Basis("your scenario", "as given", _MEASURED, note=note),
            driver="request",
        ),
    )
