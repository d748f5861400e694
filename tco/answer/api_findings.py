"""What is to be known of an API: what keeps it out, what it cannot promise, when it ends."""

from tco.answer.worked import Asked
from tco.bill.eligibility import (
    late_findings,
    licence_findings,
    quality_findings,
    residency_findings,
    unsold_findings,
)
from tco.bill.rate_limits import rate_limit_findings
from tco.facts.resolve import ResolvedApi
from tco.kernel.fleet import peak_to_mean
from tco.months.api_prices import PricePath, availability_findings, told_successors
from tco.results.bill import Alternative, Finding


def data_findings(api: ResolvedApi, asked: Asked) -> tuple[Finding, ...]:
    """Why data or licence keep an API out; the licence of an open model binds hosted as at home."""
    library, company = asked.data.library, asked.scenario.company
    found: list[Finding] = []
    for seller in api.sellers:
        found += residency_findings(seller.option, company, library.regions)
        if model := library.models.get(seller.offer.open_weights or ""):
            found += licence_findings(model, company)
    return tuple(found)


def api_findings(
    api: ResolvedApi, asked: Asked, path: PricePath, billed: Alternative
) -> tuple[Finding, ...]:
    """All else: what bars it from the choice, what its bill says, its limits and its end.

    Parameters
    ----------
    path
        Its prices over the months.
    billed
        It, with its bill; what is paid today is never barred, and its path is told of the whole.
    """
    scenario, today = asked.scenario, asked.resolved.baseline
    workload = scenario.workload
    peak = peak_to_mean(asked.resolved.profile.weights, workload.peak_within_hour)
    barred = (
        ()
        if api is today
        else (
            *late_findings(api.option, today),
            *unsold_findings(path.findings),
            *quality_findings(billed.accepted_share, scenario.objective),
        )
    )
    return (
        *barred,
        *billed.findings,
        *rate_limit_findings(api, workload, peak, asked.data.sizing),
        *availability_findings(api, scenario),
        *(() if api is today else told_successors(path)),
    )
