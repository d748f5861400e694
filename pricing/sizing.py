"""Throughput a seller lets through: rate limits by usage tier, and provisioned units at Azure.

Limits cap what can be sent, not what it costs. When the demand exceeds them, the answer says so.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from pricing.errors import InputError, Problem, did_you_mean
from pricing.figures import grouped, one_decimal
from pricing.provenance import Source
from pricing.refusal import NoPriceError
from pricing.sizing_facts import SizingFacts
from pricing.units import HOURS_PER_MONTH


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """Whether a demand fits a usage tier, in words."""

    fits: bool
    smallest_tier: str | None
    """Lowest usage tier that takes the demand; None: none does."""
    statement: str
    source: Source


@dataclass(frozen=True, slots=True)
class ProvisionedSize:
    """Provisioned units that carry a demand at its peak."""

    units: int
    units_needed: float
    """Before the minimum and the step."""
    usd_per_month: Decimal
    """At the hourly price without reservation, 730 hours."""
    statement: str
    sources: tuple[Source, ...]


def check_rate_limits(
    facts: SizingFacts,
    provider: str,
    model: str,
    *,
    requests_per_minute: float,
    tokens_per_minute: float,
    longest_request_tokens: int = 0,
    tier: str | None = None,
) -> LimitCheck:
    """Say whether a demand at its peak fits the seller's limits.

    Parameters
    ----------
    tokens_per_minute
        Input and output together, cached tokens included.
    longest_request_tokens
        A request larger than a minute's tokens never gets through.
    tier
        The account's usage tier; None: name the lowest that fits.

    Raises
    ------
    NoPriceError
        No limits of the model are on record.
    """
    limits = next(
        (item for item in facts.rate_limits if (item.provider, item.model) == (provider, model)),
        None,
    )
    if limits is None:
        raise NoPriceError(
            Problem("model", model, "no rate limits are on record", "Look them up in your account.")
        )
    fitting = [
        item.name
        for item in limits.tiers
        if tokens_per_minute <= item.tokens_per_minute
        and longest_request_tokens <= item.tokens_per_minute
        and (item.requests_per_minute is None or requests_per_minute <= item.requests_per_minute)
    ]
    names = [item.name for item in limits.tiers]
    if tier is not None and tier not in names:
        raise InputError(Problem("tier", tier, "no such usage tier", did_you_mean(tier, names)))
    smallest = fitting[0] if fitting else None
    fits = smallest is not None if tier is None else tier in fitting
    demand = (
        f"{grouped(requests_per_minute)} requests and {grouped(tokens_per_minute)} tokens a minute"
    )
    if fits:
        statement = f"{demand} fit {tier or smallest} of {model}."
    elif smallest:
        statement = f"{demand} exceed {tier} of {model}; {smallest} takes them."
    else:
        statement = f"{demand} exceed every usage tier of {model}: ask the seller, or use batch."
    return LimitCheck(fits, smallest, statement, facts.sources[limits.source])


def size_provisioned(
    facts: SizingFacts,
    provider: str,
    model: str,
    *,
    uncached_input_tokens_per_minute: float,
    output_tokens_per_minute: float,
    deployment: str = "global",
    longest_prompt_tokens: int = 0,
    usd_per_unit_hour: Decimal | None = None,
) -> ProvisionedSize:
    """Provisioned units for a demand at its peak; cached tokens are free of quota.

    Parameters
    ----------
    usd_per_unit_hour
        Contracted price; None: the hourly list price.

    Raises
    ------
    NoPriceError
        The model is not on record as sold by provisioned units.
    InputError
        The prompt is longer than provisioned units accept, or the deployment is unknown.
    """
    rule = next(
        (item for item in facts.provisioned if (item.provider, item.model) == (provider, model)),
        None,
    )
    if rule is None:
        known = ", ".join(f"{item.provider} {item.model}" for item in facts.provisioned)
        limit = f"no provisioned units of {provider} {model} are on record"
        raise NoPriceError(Problem("model", model, limit, f"On record: {known}."))
    sold = facts.deployments.get(deployment)
    problems = []
    if sold is None:
        hint = did_you_mean(deployment, facts.deployments)
        problems.append(Problem("deployment", deployment, "no such kind of deployment", hint))
    longest = rule.longest_prompt_tokens
    if longest is not None and longest_prompt_tokens > longest:
        limit = f"provisioned units of {model} accept prompts up to {grouped(longest)} tokens"
        hint = "Send longer prompts to a pay-as-you-go tier."
        problems.append(Problem("longest_prompt_tokens", str(longest_prompt_tokens), limit, hint))
    if problems or sold is None:
        raise InputError(*problems)
    counted = uncached_input_tokens_per_minute + rule.output_ratio * output_tokens_per_minute
    needed = counted / rule.input_tokens_per_minute_per_unit
    steps = math.ceil(max(0.0, needed - sold.minimum_units) / sold.step_units)
    units = sold.minimum_units + steps * sold.step_units
    hourly = sold.usd_per_unit_hour if usd_per_unit_hour is None else usd_per_unit_hour
    return ProvisionedSize(
        units=units,
        units_needed=needed,
        usd_per_month=units * hourly * Decimal(int(HOURS_PER_MONTH)),
        statement=f"{one_decimal(needed)} units carry the peak; {units} is the next size sold.",
        sources=(facts.sources[rule.source], facts.sources[sold.source]),
    )
