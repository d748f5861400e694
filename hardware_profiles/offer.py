"""Offers: what a machine costs to rent by the hour, and what it costs to buy."""

from typing import Final, Literal, Self

from pydantic import model_validator

from hardware_profiles.quantities import Gpus
from pricing.clashes import ClashError
from pricing.provenance import Record, Source
from pricing.quantities import Kilowatts, Usd, UsdPerHour

LEAST_USD_PER_GPU_HOUR: Final = 0.05
MOST_USD_PER_GPU_HOUR: Final = 100.0
LEAST_USD_PER_GPU: Final = 100.0
MOST_USD_PER_GPU: Final = 1_000_000.0
"""What one accelerator may cost to rent or to buy; beyond it a figure is a slip of unit."""
LEAST_KW_PER_GPU: Final = 0.02
MOST_KW_PER_GPU: Final = 20.0
"""What a server may draw for each accelerator in it; beyond it a figure is in W or MW."""
_UNIT: Final = "Check the unit in the name of the key."

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
            limit = (
                f"must be {LEAST_USD_PER_GPU_HOUR:g} to {MOST_USD_PER_GPU_HOUR:g} USD/GPU-h, for "
                f"{self.gpus} GPU"
            )
            raise ClashError("usd_per_instance_hour", self.usd_per_instance_hour, limit, _UNIT)
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
            limit = (
                f"must be {LEAST_USD_PER_GPU:,.0f} to {MOST_USD_PER_GPU:,.0f} USD/GPU, for "
                f"{self.gpus} GPU"
            )
            raise ClashError("price_usd", self.price_usd, limit, _UNIT)
        return self

    @model_validator(mode="after")
    def _draws_what_a_gpu_may(self) -> Self:
        for key in ("max_power_kw", "average_power_kw"):
            power: float | None = getattr(self, key)
            if power is not None and not (LEAST_KW_PER_GPU <= power / self.gpus <= MOST_KW_PER_GPU):
                limit = (
                    f"must be {LEAST_KW_PER_GPU:g} to {MOST_KW_PER_GPU:g} kW/GPU, for "
                    f"{self.gpus} GPU"
                )
                raise ClashError(key, power, limit, _UNIT)
        most, mean = self.max_power_kw, self.average_power_kw
        if most is not None and mean is not None and mean > most:
            limit = f"must not exceed max_power_kw {most:g}"
            raise ClashError("average_power_kw", mean, limit, "Correct one of them.")
        return self
