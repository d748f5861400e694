"""Acceptance of answers: what is left over after the last try, and what that costs."""

from tco.bill.cost_lines import CostComponent, component
from tco.kernel.speed import Numbers
from tco.question.options import Quality
from tco.results.bill import Basis


def repair(quality: Quality | None, requests_per_month: Numbers) -> tuple[CostComponent, ...]:
    """Bill what is still not accepted after the last try; nothing where it costs nothing."""
    if quality is None or not quality.usd_per_unaccepted:
        return ()
    note = f"acceptance rate {quality.acceptance_rate:.0%}, {quality.retries} retries"
    unaccepted = requests_per_month * (1 - quality.accepted_share)
    basis = Basis("your scenario", "as given", "medium", note=note)
    return (component("repair", unaccepted, quality.usd_per_unaccepted, basis),)
