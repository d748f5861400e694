"""Hybrids in a scenario: one API option and one self-hosted option under a routing rule."""

from typing import Annotated, Literal

from pydantic import Field

from pricing.provenance import Name
from pricing.quantities import Count, Fraction, Months, Usd, Whole
from tco.question.variant import Variant

BASELINE = "baseline"


class _Hybrid(Variant):
    name: str = Field(min_length=1, max_length=80)
    """What the hybrid is called wherever it is shown."""
    api: Annotated[str, Field(max_length=1_000)] = BASELINE
    """Key of the API option, such as ``openai/gpt-5.4/standard``; ``baseline`` is what you do
    today."""
    self_hosted: Name
    """Name of the self-hosted option."""
    accepted_share: Annotated[Fraction, Field(gt=0)] | None = None
    """Share of requests that end with an accepted answer, measured on both sides together."""


class Spill(_Hybrid):
    """Base load on your own machines, the rest of each hour on the API."""

    kind: Literal["spill"] = "spill"
    """Says that this hybrid is a spill."""
    instances: Annotated[Whole, Field(le=100_000)] | None = None
    """Machines of the base fleet; chosen for least cost when left out."""
    spare_replicas: Annotated[Count, Field(le=1_000)] = 0
    """Replicas kept idle; none, as the API takes over when one fails."""


class PrivateFirst(_Hybrid):
    """Sensitive requests stay on your own machines."""

    kind: Literal["private-first"] = "private-first"
    """Says that sensitive requests stay."""
    sensitive_share: Fraction
    """Share of requests that may not leave."""
    escalated_share: Fraction = 0.0
    """Share of those of which a summary is sent to the API."""
    summary_share: Fraction = 0.25
    """Tokens of such a call over those of a whole request."""


class CostTier(_Hybrid):
    """A router sends easy requests to the cheap side."""

    kind: Literal["cost-tier"] = "cost-tier"
    """Says that a router chooses by cost."""
    cheap_side: Literal["self-hosted", "api"] = "self-hosted"
    """Side that the router sends easy requests to."""
    cheap_share: Fraction
    """Share of requests sent to the cheap side."""
    misrouted_share: Fraction
    """Share of those that the dear side has to answer again."""


class EvaluationRun(_Hybrid):
    """The API answers everything; a share runs on both sides to compare them."""

    kind: Literal["evaluation"] = "evaluation"
    """Says that both sides are compared."""
    compared_share: Fraction
    """Share of requests that run on both sides."""
    reviewed_share: Fraction = 0.0
    """Share of those that a person reads."""
    usd_per_review: Usd | None = None
    """What it costs that a person reads one pair of answers; left out, it is not estimated."""


class Fallback(_Hybrid):
    """One side answers, the other takes over when it is out."""

    kind: Literal["fallback"] = "fallback"
    """Says that one side stands in for the other."""
    first: Literal["api", "self-hosted"] = "api"
    """Side that answers as long as it can."""
    outage_share: Fraction
    """Share of time in which it cannot."""
    reserved_share: Fraction = 1.0
    """Share of the load that the other side then takes over; the rest waits."""


class Specialist(_Hybrid):
    """A fine-tuned model of your own, with its own acceptance rate."""

    kind: Literal["specialist"] = "specialist"
    """Says that a fine-tuned model is asked first."""
    share: Fraction = 1.0
    """Share of requests the specialist is asked."""
    acceptance_rate: Fraction
    """Share of its answers that are accepted; the API answers the others again."""
    fine_tune_usd: Usd | None = None
    """Data, training and evaluation, once."""
    refresh_usd: Usd | None = None
    """Data, training and evaluation, each time it is trained anew."""
    refresh_months: Months = 12
    """How often it is trained anew."""


Hybrid = Annotated[
    Spill | PrivateFirst | CostTier | EvaluationRun | Fallback | Specialist,
    Field(discriminator="kind"),
]
