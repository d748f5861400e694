"""What is committed to with a seller of tokens, instead of paying for each token as it is used."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pricing.provenance import Name, Record
from pricing.quantities import Months, Usd, UsdPerHour, Whole


class CommittedSpend(Record):
    """A spending that is promised, or paid ahead as credits, period after period."""

    usd_per_period: Annotated[Usd, Field(gt=0)]
    """What has to be spent on the tokens of the option in each period, at its contract prices."""
    period_months: Months = 12
    """Length of a period; one that the horizon cuts short counts in proportion."""
    prepaid: bool = False
    """Whether it is paid at the start of the period as credits, of which the rest lapses; else what
    is missing at its end is paid then."""


class ProvisionedUnits(Record):
    """Throughput that is reserved in units and paid by the hour, used or not."""

    units: Annotated[Whole, Field(le=100_000)]
    """How many are taken over the whole horizon."""
    deployment: Name = "global"
    """Kind of deployment whose price and steps are on record, such as ``global``, ``data_zone`` or
    ``regional``."""
    usd_per_unit_hour: UsdPerHour | None = None
    """Your price of a unit, a reservation's for example; left out, the hourly list price."""
    input_tokens_per_minute_per_unit: Whole | None = None
    """Input tokens that one unit carries in a minute, where your contract says so; those read from
    a cache do not count."""
    output_ratio: Whole | None = None
    """Input tokens that one output token counts for there."""

    @model_validator(mode="after")
    def _says_all_of_what_a_unit_carries(self) -> Self:
        if (self.input_tokens_per_minute_per_unit is None) != (self.output_ratio is None):
            msg = "input_tokens_per_minute_per_unit and output_ratio belong together"
            raise ValueError(msg)
        return self
