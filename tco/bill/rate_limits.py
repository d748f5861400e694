"""Whether a provider lets the traffic through: rate limits against the busiest minute."""

from collections.abc import Sequence

from pricing.errors import InputError, Problem
from pricing.refusal import NoPriceError
from pricing.sizing import check_rate_limits
from pricing.sizing_facts import SizingFacts
from pricing.units import HOURS_PER_MONTH, MINUTES_PER_HOUR
from tco.bill.loads import loads_of
from tco.facts.resolve import ResolvedApi
from tco.question.options import tries_of
from tco.question.traffic import RequestClass, Workload
from tco.results.bill import Finding


def rate_limit_findings(
    api: ResolvedApi, workload: Workload, peak_to_mean: float, facts: SizingFacts
) -> tuple[Finding, ...]:
    """Compare the busiest minute, every try counted, with the limits on record for each model.

    Raises
    ------
    InputError
        If an option names a usage tier the provider does not have.
    """
    volume = workload.requests_per_month
    if not api.parts:
        return _of_seller(api, workload.classes, volume, peak_to_mean, facts)
    return tuple(
        found
        for part in api.parts
        for found in _of_seller(part.api, part.classes, volume * part.share, peak_to_mean, facts)
    )


def _of_seller(
    api: ResolvedApi,
    classes: Sequence[RequestClass],
    requests_per_month: float,
    peak_to_mean: float,
    facts: SizingFacts,
) -> tuple[Finding, ...]:
    tries = requests_per_month * tries_of(api.quality)
    per_minute = tries / (HOURS_PER_MONTH * MINUTES_PER_HOUR) * peak_to_mean
    loads = loads_of(classes, as_open_model=api.offer.open_weights is not None)
    tokens = sum(load.share * (load.input.mean + load.output.mean) for load in loads)
    try:
        checked = check_rate_limits(
            facts,
            api.option.provider,
            api.offer.model,
            requests_per_minute=per_minute,
            tokens_per_minute=per_minute * tokens,
            tier=api.option.usage_tier,
        )
    except NoPriceError:
        return _not_on_record(api)
    except InputError as error:
        raise InputError(
            *[Problem("usage_tier", p.value, p.limit, p.remedy) for p in error.problems]
        ) from error
    return (
        Finding(
            "remark" if checked.fits else "flagged",
            "rate-limit",
            f"In its busiest minute: {checked.statement}",
            "" if checked.fits else "Ask for a higher limit, or spread the load.",
            checked.source.name,
        ),
    )


def _not_on_record(api: ResolvedApi) -> tuple[Finding, ...]:
    if api.option.usage_tier is None:
        return ()
    message = f"Rate limits of {api.offer.title} are not on record: usage tier not checked."
    return (Finding("flagged", "rate-limit-unknown", message, "Look them up in your account."),)
