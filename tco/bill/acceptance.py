"""Acceptance of answers: more tries to pay for, and what is left over in the end."""

from pricing.provenance import Confidence
from tco.question.options import Quality
from tco.results.bill import Basis, CostLine

_MEASURED: Confidence = "medium"


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
