"""Assumptions: the planner's defaults for what only the reader can know better."""

from typing import Literal, Self

from pydantic import model_validator

from hardware_profiles.quantities import AssumedValue
from pricing.provenance import Record, Source

AssumptionKey = Literal[
    "electricity_usd_per_kwh",
    "pue",
    "average_power_share",
    "colocation_usd_per_kw_month",
    "hardware_support_per_year",
    "useful_life_years",
    "residual_share",
    "install_share",
    "egress_usd_per_gb",
    "bytes_per_token",
    "storage_usd_per_gb_month",
    "storage_gb_per_instance",
    "load_balancer_usd_per_month",
    "platform_rented_usd_per_month",
    "platform_owned_usd_per_month",
    "observability_usd_per_month",
    "evaluation_usd_per_month",
    "security_usd_per_month",
    "engineer_usd_per_month",
    "api_fte",
    "rented_fte",
    "owned_fte",
    "switch_api_usd",
    "migration_api_usd",
    "migration_rented_usd",
    "migration_owned_usd",
    "exit_usd",
]


class GroupAssumption(Record):
    """What a kind of team, or a set of assumptions, has instead of a default, and who says so."""

    group: str
    key: AssumptionKey
    value: AssumedValue
    source: Source


class Assumption(Record):
    """One default with its range; a value of None prints as "not estimated"."""

    key: AssumptionKey
    value: AssumedValue | None = None
    unit: str
    low: AssumedValue | None = None
    high: AssumedValue | None = None
    label: str
    source: Source

    @model_validator(mode="after")
    def _lies_in_its_range(self) -> Self:
        if self.value is None:
            if self.low is not None or self.high is not None:
                msg = "a range needs a value"
                raise ValueError(msg)
            return self
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            msg = f"value {self.value} must lie between low {low} and high {high}"
            raise ValueError(msg)
        return self
