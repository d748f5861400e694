"""Offers: what a machine costs to rent by the hour, and what it costs to buy."""

from typing import Final, Literal, Self

from pydantic import model_validator

from hardware_profiles.quantities import Gpus
from pricing.provenance import Record, Source
from pricing.quantities import Kilowatts, Usd, UsdPerHour

LEAST_USD_PER_GPU_HOUR: Final = 0.05
MOST_USD_PER_GPU_HOUR: Final = 100.0
LEAST_USD_PER_GPU: Final = 100.0
MOST_USD_PER_GPU: Final = 1_000_000.0
"""What one accelerator may cost to rent or to buy; beyond it a figure is a slip of unit."""

Term = Literal[
    "on-demand",
    "spot",
    "1-year",
    "3-year",
    "5-year",
    "3-month",
    "capacity-block",
    "flex-start",
    "serverless",
]
TERM_MONTHS: Final = {"3-month": 3, "1-year": 12, "3-year": 36, "5-year": 60, "capacity-block": 1}
"""Length of a term [month]; a capacity block is booked month by month, 182 days at most."""


class RentalOffer(Record):
    """The hourly price of one instance, rented whole."""

    id: str
    """Stable name: provider/instance/region/term."""
    provider: str
    instance: str
    accelerator: str
    """Accelerator in it."""
    gpus: Gpus
    """Accelerators in it."""
    region: str
    term: Term
    usd_per_instance_hour: UsdPerHour
    """Price of all of it for an hour."""
    source: Source

    @property
    def usd_per_gpu_hour(self) -> float:
        """Price of one accelerator in it [USD/GPU-h]."""
        return self.usd_per_instance_hour / self.gpus

    @model_validator(mode="after")
    def _costs_what_a_gpu_may(self) -> Self:
        if not LEAST_USD_PER_GPU_HOUR <= self.usd_per_gpu_hour <= MOST_USD_PER_GPU_HOUR:
            msg = (
                f"usd_per_instance_hour {self.usd_per_instance_hour:g} over {self.gpus} GPU must "
                f"be {LEAST_USD_PER_GPU_HOUR:g} to {MOST_USD_PER_GPU_HOUR:g} USD/GPU-h"
            )
            raise ValueError(msg)
        return self


class PurchaseOffer(Record):
    """The purchase price of one server; power is None where no source says."""

    id: str
    system: str
    accelerator: str
    """Accelerator in it."""
    gpus: Gpus
    """Accelerators in it."""
    price_usd: Usd
    """Price of all of it."""
    max_power_kw: Kilowatts | None = None
    """What it draws at most, by its plate."""
    average_power_kw: Kilowatts | None = None
    """What it draws on average."""
    source: Source

    @model_validator(mode="after")
    def _costs_what_a_gpu_may(self) -> Self:
        if not LEAST_USD_PER_GPU <= self.price_usd / self.gpus <= MOST_USD_PER_GPU:
            msg = (
                f"price_usd {self.price_usd:g} over {self.gpus} GPU must be "
                f"{LEAST_USD_PER_GPU:g} to {MOST_USD_PER_GPU:g} USD/GPU"
            )
            raise ValueError(msg)
        return self
