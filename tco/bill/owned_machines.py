"""A month of servers you own or lease: capital or payment, support, power and space."""

from dataclasses import replace

import numpy as np

from hardware_profiles.offer import PurchaseOffer
from pricing.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from tco.bill.cost_lines import CostComponent, component
from tco.bill.held_machines import NO_SHARE, mean_server_month, term_month_share
from tco.facts.cost_facts import YOURS, CostFacts, basis_of
from tco.kernel.arrays import Numbers
from tco.kernel.cases import first
from tco.kernel.finance import level_payment
from tco.kernel.kept_machines import brought_back
from tco.question.owned import Lease, Loan, OwnedAlready
from tco.question.price_levels import PriceLevels, price_levels
from tco.question.terms import Finance
from tco.serving.tenure import Holding, ServerPrice, ServersThere, server_price, worth_today
from tco.words.figures import plural, share_in_full
from tco.words.money import usd


def owned_machines(
    server: PurchaseOffer,
    finance: Finance,
    facts: CostFacts,
    servers: Numbers,
    gpu_price: Numbers = 1.0,
    *,
    already: OwnedAlready | None = None,
    loan: Loan | None = None,
    hours_per_month: float = HOURS_PER_MONTH,
) -> tuple[CostComponent, ...]:
    """Price a month of servers you own: capital, support, power and space.

    Parameters
    ----------
    gpu_price
        What GPUs cost, over their price on record [1].
    already
        Those of them that are there; the others are bought.
    loan
        What is borrowed for those that are bought.
    hours_per_month
        Hours in which they run [h/month].
    """
    price, levels = server_price(server, facts, gpu_price, loan), price_levels(finance)
    there = None if already is None else worth_today(already, price, gpu_price)
    note = _repaid(server, price, finance, levels) + _financed(loan) + _kept(there)
    capital = component(
        "capital",
        servers,
        mean_server_month(price, there, servers, levels),
        replace(basis_of(server.source), note=note),
        name=f"GPU servers, {server.gpus} × {server.accelerator}, host included: capital",
    )
    return capital, *_running(server, price, facts, servers, hours_per_month)


def leased_machines(
    server: PurchaseOffer,
    lease: Lease,
    held: Holding,
    finance: Finance,
    facts: CostFacts,
    servers: Numbers,
    gpu_price: Numbers = 1.0,
    *,
    hours_per_month: float = HOURS_PER_MONTH,
) -> tuple[CostComponent, ...]:
    """Price a month of servers you lease: payment, support, power and space.

    Parameters
    ----------
    held
        How they are held: what is owed after the horizon, and a deposit, add to the payment.
    """
    price = server_price(server, facts, gpu_price)
    paid = lease.usd_per_server_month
    payment = _payment(lease, price) if paid is None else paid * gpu_price
    beyond = term_month_share(held, price_levels(finance))
    terms = f"{plural(lease.months, 'month')} at {usd(first(payment))} a month"
    around = share_in_full(beyond - 1)
    more = "" if abs(beyond - 1) < NO_SHARE else f", and {around} for what is owed or left beside"
    leased = component(
        "lease",
        servers,
        payment * beyond,
        replace(YOURS if paid is not None else basis_of(server.source), note=f"{terms}{more}"),
        name=f"Lease of GPU servers, {server.gpus} × {server.accelerator}, host included",
    )
    return leased, *_running(server, price, facts, servers, hours_per_month)


def _payment(lease: Lease, price: ServerPrice) -> Numbers:
    """Level payment that leaves the lessor the residual of the price [USD/month]."""
    assert lease.rate_per_year is not None
    paid, left = price.price_usd + price.install_usd, lease.residual_share * price.price_usd
    return level_payment(paid, -left, lease.months, lease.rate_per_year)[()]


def _running(
    server: PurchaseOffer,
    price: ServerPrice,
    facts: CostFacts,
    servers: Numbers,
    hours_per_month: float,
) -> tuple[CostComponent, ...]:
    """Support, power and space, whoever owns the servers."""
    support = facts.known("hardware_support_per_year") * price.price_usd / MONTHS_PER_YEAR
    draw = _average_power_kw(server, facts)
    energy = None if draw is None else servers * draw * facts.known("pue") * hours_per_month
    space = None if server.max_power_kw is None else servers * server.max_power_kw
    return (
        component("support", servers, support, facts.basis("hardware_support_per_year")),
        _priced(facts, "electricity", energy, "electricity_usd_per_kwh"),
        _priced(facts, "colocation", space, "colocation_usd_per_kw_month"),
        *_unknown_install(facts),
    )


def _repaid(
    server: PurchaseOffer, price: ServerPrice, finance: Finance, levels: PriceLevels
) -> str:
    """How the capital cost follows from the price on record."""
    months = min(price.life_months, finance.horizon_months)
    one = np.ones(finance.horizon_months)
    brought = brought_back(one, 1.0, price.residual_share, price.life_months, levels.machines)
    left = float(brought[0] / levels.money[months])
    rate = share_in_full(finance.discount_rate)
    return (
        f"{usd(server.price_usd)} when it is bought, {share_in_full(left)} of it brought back "
        f"after {plural(months, 'month')}, the rest repaid at {rate} a year"
    )


def _financed(loan: Loan | None) -> str:
    if loan is None:
        return ""
    rate, months = share_in_full(loan.rate_per_year), plural(loan.months, "month")
    borrowed = f"{share_in_full(loan.share)} of what is bought is borrowed"
    return f"; {borrowed} at {rate} a year over {months}"


def _kept(there: ServersThere | None) -> str:
    if there is None:
        return ""
    worth = usd(first(there.price.price_usd))
    return f"; of {there.servers} owned already, {worth} each, which they would sell for"


def _priced(facts: CostFacts, key: str, quantity: Numbers | None, field: str) -> CostComponent:
    return component(key, quantity, facts.value(field), facts.basis(field))


def _unknown_install(facts: CostFacts) -> tuple[CostComponent, ...]:
    """Say that installation, part of the capital once it is known, is missing from it."""
    if facts.value("install_share") is not None:
        return ()
    return (component("install", None, None, facts.basis("install_share")),)


def _average_power_kw(server: PurchaseOffer, facts: CostFacts) -> float | None:
    if server.average_power_kw is not None:
        return server.average_power_kw
    if server.max_power_kw is None:
        return None
    return server.max_power_kw * facts.known("average_power_share")
