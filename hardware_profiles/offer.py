"""Offers: what a machine costs to rent by the hour, and what it costs to buy."""

from typing import Literal

from hardware_profiles.quantities import Gpus
from pricing.provenance import Record, Source
from pricing.quantities import Kilowatts, Usd, UsdPerHour

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


class RentalOffer(Record):
    """The hourly price of one instance, rented whole."""

    id: str
    """Stable name: provider/instance/region/term."""
    provider: str
    instance: str
    accelerator: str
    gpus: Gpus
    region: str
    term: Term
    usd_per_instance_hour: UsdPerHour
    source: Source

    @property
    def usd_per_gpu_hour(self) -> float:
        """Price of one accelerator in it [USD/GPU-h]."""
        return self.usd_per_instance_hour / self.gpus


class PurchaseOffer(Record):
    """The purchase price of one server; power is None where no source says."""

    id: str
    system: str
    accelerator: str
    gpus: Gpus
    price_usd: Usd
    max_power_kw: Kilowatts | None = None
    average_power_kw: Kilowatts | None = None
    source: Source
