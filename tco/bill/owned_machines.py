"""A month of servers you own: capital, support, power and space."""

from hardware_profiles.offer import PurchaseOffer
from pricing.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from tco.facts.cost_facts import CostFacts, basis_of
from tco.kernel.finance import monthly_capital_cost
from tco.question.terms import Finance
from tco.results.bill import Basis, CostLine
from tco.serving.tenure import server_price


def owned_lines(
    server: PurchaseOffer, finance: Finance, facts: CostFacts, servers: int
) -> tuple[CostLine, ...]:
    """Price a month of servers you own: capital, support, power and space."""
    price = server_price(server, facts)
    rate = finance.discount_rate
    capital = monthly_capital_cost(
        price.price_usd, price.install_usd, price.residual_usd, price.life_months, rate
    )
    listed = basis_of(server.source)
    repaid = (
        f"{server.price_usd:,.0f} USD repaid over {price.life_months} months at {rate:.1%} a year"
    )
    draw = _average_power_kw(server, facts)
    energy = None if draw is None else servers * draw * facts.known("pue") * HOURS_PER_MONTH
    space = None if server.max_power_kw is None else servers * server.max_power_kw
    unknown = (_unknown_install(facts),) if facts.value("install_share") is None else ()
    return (
        CostLine(
            "capital",
            "machines",
            f"GPU servers, {server.gpus} × {server.accelerator}, host included: capital",
            float(servers),
            "server-month",
            float(capital),
            Basis(listed.source, listed.as_of, listed.confidence, listed.url, repaid),
            "instance",
        ),
        CostLine(
            "support",
            "machines",
            "Hardware support",
            float(servers),
            "server-month",
            facts.known("hardware_support_per_year") * server.price_usd / MONTHS_PER_YEAR,
            facts.basis("hardware_support_per_year"),
            "instance",
        ),
        CostLine(
            "electricity",
            "machines",
            "Electricity, cooling included",
            energy,
            "kWh",
            facts.value("electricity_usd_per_kwh"),
            facts.basis("electricity_usd_per_kwh"),
            "instance",
        ),
        CostLine(
            "colocation",
            "machines",
            "Colocation",
            space,
            "kW-month",
            facts.value("colocation_usd_per_kw_month"),
            facts.basis("colocation_usd_per_kw_month"),
            "instance",
        ),
        *unknown,
    )


def _unknown_install(facts: CostFacts) -> CostLine:
    """Say that installation, part of the capital once it is known, is missing from it."""
    return CostLine(
        "install",
        "machines",
        "Delivery and installation",
        None,
        "server",
        None,
        facts.basis("install_share"),
        "instance",
    )


def _average_power_kw(server: PurchaseOffer, facts: CostFacts) -> float | None:
    if server.average_power_kw is not None:
        return server.average_power_kw
    if server.max_power_kw is None:
        return None
    return server.max_power_kw * facts.known("average_power_share")
