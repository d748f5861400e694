"""Rate limits and provisioned units on record, each with its source."""

from decimal import Decimal
from importlib.resources import files

from pydantic import Field

from pricing.package_files import read_toml
from pricing.provenance import Record, Source
from pricing.quantities import Count, Whole


class LimitTier(Record):
    """What one usage tier of an account lets through."""

    name: str
    requests_per_minute: Count | None = None
    tokens_per_minute: Count
    batch_queue_tokens: Count | None = None
    """Tokens that may wait in the batch queue, a pool of its own."""


class ModelLimits(Record):
    """Rate limits of one model, by usage tier, lowest first."""

    provider: str
    model: str
    source: str
    tiers: tuple[LimitTier, ...] = Field(min_length=1)


class ProvisionedModel(Record):
    """What one provisioned unit carries of one model."""

    provider: str
    model: str
    input_tokens_per_minute_per_unit: Whole
    output_ratio: Whole
    """Input tokens that one output token counts for."""
    longest_prompt_tokens: Count | None = None
    source: str


class Deployment(Record):
    """How provisioned units are sold in one kind of deployment."""

    minimum_units: Whole
    step_units: Whole
    usd_per_unit_hour: Decimal = Field(ge=0, le=100)
    source: str


class SizingFacts(Record):
    """The file of limits and units."""

    sources: dict[str, Source]
    rate_limits: tuple[ModelLimits, ...]
    provisioned: tuple[ProvisionedModel, ...]
    deployments: dict[str, Deployment]


def load_sizing() -> SizingFacts:
    """Read the packaged limits and units."""
    return SizingFacts.model_validate(read_toml(files("pricing") / "data" / "sizing.toml"))
