"""Acceptance of answers: what is left over after the last try, and what that costs."""

from tco.bill.cost_lines import CaseInput, CostComponent, component
from tco.kernel.arrays import Numbers
from tco.question.options import Quality
from tco.results.bill import Basis
from tco.words.figures import plural, share_in_full


def repair(
    quality: Quality | None, requests_per_month: Numbers, follows: tuple[CaseInput, ...] = ()
) -> tuple[CostComponent, ...]:
    """Bill what is still not accepted after the last try; nothing where it costs nothing."""
    if quality is None or not quality.usd_per_unaccepted:
        return ()
    tries = plural(quality.retries, "retry", "retries")
    note = f"acceptance rate {share_in_full(quality.acceptance_rate)}, {tries}"
    unaccepted = requests_per_month * (1 - quality.accepted_share)
    basis = Basis("your scenario", "as given", "medium", note=note)
    usd = quality.usd_per_unaccepted
    return (component("repair", unaccepted, usd, basis, follows=follows),)
