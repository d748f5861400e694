"""What machines cost in each month they are held: bought and sold again, or taken for a term."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.held_money import HeldMoney, owned_money, term_money
from tco.kernel.kept_machines import alone
from tco.question.price_levels import PriceLevels
from tco.serving.tenure import Holding, ServerPrice, ServersThere

NO_SHARE: Final = 1e-9
"""Share of a rent below which nothing is said of what is paid beside it [1]."""


def servers_held(servers: FloatArray, server: ServerPrice, levels: PriceLevels) -> HeldMoney:
    """Money of servers held in months 1 to n, each billed level from purchase to sale."""
    return owned_money(
        servers,
        server.price_usd,
        server.install_usd,
        server.residual_share,
        server.life_months,
        levels.machines,
        levels.real_rate,
        levels.money,
        server.loan,
    )


def servers_by_dollar(server: ServerPrice, levels: PriceLevels) -> tuple[HeldMoney, HeldMoney]:
    """Money of a server by the dollar of its price, and by that of its installation [1].

    Rows are the month at whose end it is bought: shape (months, ...).
    """
    price, install = (
        _by_dollar(replace(server, price_usd=usd, install_usd=1 - usd), levels)
        for usd in (1.0, 0.0)
    )
    return price, install


@lru_cache(maxsize=32)
def _by_dollar(server: ServerPrice, levels: PriceLevels) -> HeldMoney:
    return servers_held(alone(len(levels.rest), server.life_months), server, levels)


@lru_cache(maxsize=16)
def term_by_dollar(held: Holding, levels: PriceLevels) -> HeldMoney:
    """Money of a machine by the dollar of its monthly rent of today [1].

    Rows are the month at whose end its one term starts: shape (months, ...).
    """
    assert held.term_months is not None
    return terms_held(alone(len(levels.rest), held.term_months), 1.0, held, levels)


def terms_held(
    instances: FloatArray, usd_per_month: Numbers, held: Holding, levels: PriceLevels
) -> HeldMoney:
    """Money of machines held for a term in months 1 to n, at their rent of today."""
    assert held.term_months is not None
    return term_money(
        instances,
        usd_per_month,
        held.term_months,
        levels.gpus,
        levels.real_rate,
        levels.money,
        upfront=held.upfront,
        handed_back=held.handed_back,
        deposit_months=held.deposit_months,
    )


def amortised_share(
    machines: FloatArray, there: FloatArray, held: Holding, levels: PriceLevels
) -> FloatArray | None:
    """Part of each month's bill of machines that spreads what is paid; the rest is cost of capital.

    What is paid is spread in equal amounts over the months the machines are held; interest on what
    is borrowed for them is cost of capital.

    Parameters
    ----------
    machines, there
        Machines held in months 1 to n, and those of them that were there already [1].

    Returns
    -------
    ndarray of shape (months,), or None
        [1]; None where machines are paid as they are used.
    """
    spread = replace(levels, real_rate=0.0, money=np.ones_like(levels.money))
    if held.server is not None:
        unborrowed = replace(held, server=replace(held.server, loan=None))
        of = _all_servers(machines, there, unborrowed, spread)
        over = _all_servers(machines, there, held, levels)
    elif held.term_months is not None:
        of, over = (terms_held(machines, 1.0, held, each).bill for each in (spread, levels))
    else:
        return None
    return np.divide(of, over, out=np.ones(np.shape(over)), where=over != 0)


def _all_servers(
    machines: FloatArray, there: FloatArray, held: Holding, levels: PriceLevels
) -> FloatArray:
    assert held.server is not None
    bill = servers_held(machines - there, held.server, levels).bill
    if held.there is None:
        return bill
    return np.asarray(bill + servers_held(there, held.there.price, levels).bill)


def server_month(server: ServerPrice, levels: PriceLevels) -> Numbers:
    """First month's capital cost of a server that is held from then on [USD/month]."""
    price, install = servers_by_dollar(server, levels)
    bill = float(price.bill[0, 0]), float(install.bill[0, 0])
    return server.price_usd * bill[0] + server.install_usd * bill[1]


def later_machines(instance_usd: Numbers, held: Holding, levels: PriceLevels) -> Numbers:
    """What a machine costs a month that is taken for each month, until the horizon ends.

    What is kept has fewer months left to be paid in: a term that is owed to its end, or a server
    that is sold soon after, costs more a month the later it is taken.

    Parameters
    ----------
    instance_usd
        Of one taken for the first month, all it brings with it [USD/month].

    Returns
    -------
    ndarray of shape (cases, months) or (months,)
        [USD/month].
    """
    if held.kept_months is None:
        return instance_usd * levels.gpus
    if held.server is None:
        bill = np.diagonal(term_by_dollar(held, levels).bill)
        return instance_usd * np.asarray(bill / bill[0])
    server = held.server
    price, install = (np.diagonal(money.bill) for money in servers_by_dollar(server, levels))
    later = server.price_usd * (price - price[0]) + server.install_usd * (install - install[0])
    return np.asarray(instance_usd + later)


def mean_server_month(
    new: ServerPrice, there: ServersThere | None, servers: Numbers, levels: PriceLevels
) -> Numbers:
    """The same of so many servers on average, where some are there already [USD/month]."""
    bought = server_month(new, levels)
    if there is None:
        return bought
    share = np.minimum(servers, there.servers) / servers
    kept: Numbers = share * server_month(there.price, levels)
    return kept + (1 - share) * bought


def term_month_share(held: Holding, levels: PriceLevels) -> float:
    """First month's bill of a term taken from then on, over its monthly rent [1]."""
    return float(term_by_dollar(held, levels).bill[0, 0])
