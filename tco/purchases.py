"""What a server costs over its life, read from the ownership assumptions."""

from dataclasses import dataclass

from hardware_profiles.offer import PurchaseOffer
from pricing.units import MONTHS_PER_YEAR
from tco.assumptions import CostFacts


@dataclass(frozen=True, slots=True)
class ServerPrice:
    """Money in and out over the life of one server."""

    price_usd: float
    install_usd: float
    residual_usd: float
    life_months: int


def server_price(server: PurchaseOffer, facts: CostFacts) -> ServerPrice:
    """Price, installation where it is known, resale and life of one server."""
    return ServerPrice(
        price_usd=server.price_usd,
        install_usd=server.price_usd * (facts.value("install_share") or 0.0),
        residual_usd=server.price_usd * facts.known("residual_share"),
        life_months=round(facts.known("useful_life_years") * MONTHS_PER_YEAR),
    )
