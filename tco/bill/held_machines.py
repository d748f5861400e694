"""What machines cost in each month they are held: bought and sold again, or taken for a term."""

from dataclasses import replace

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.level_bills import owned_bill, term_bill
from tco.question.price_levels import PriceLevels
from tco.serving.tenure import Holding, ServerPrice


def server_months(servers: FloatArray, server: ServerPrice, levels: PriceLevels) -> FloatArray:
    """Capital cost of servers held in months 1 to n, in the money of the month [USD].

    Level in what money buys, over the months from purchase to sale; shape as `servers`, or
    (cases, n) where prices differ by case.
    """
    return owned_bill(
        servers,
        server.price_usd,
        server.install_usd,
        server.residual_share,
        server.life_months,
        levels.machines,
        levels.real_rate,
        levels.money,
    )


def term_months(
    instances: FloatArray, usd_per_month: Numbers, held: Holding, levels: PriceLevels
) -> FloatArray:
    """Rent of machines held for a term in months 1 to n, in the money of the month [USD].

    What is owed after the horizon is spread over the months before it, and what is paid upfront
    over the months of its term.
    """
    assert held.term_months is not None
    return term_bill(
        instances,
        usd_per_month,
        held.term_months,
        levels.gpus,
        levels.real_rate,
        levels.money,
        upfront=held.upfront,
        handed_back=held.handed_back,
    )


def amortised_share(machines: FloatArray, held: Holding, levels: PriceLevels) -> FloatArray | None:
    """Part of each month's bill of machines that spreads what is paid; the rest is cost of capital.

    What is paid is spread in equal amounts over the months the machines are held.

    Returns
    -------
    ndarray of shape (months,), or None
        [1]; None where machines are paid as they are used.
    """
    spread = replace(levels, real_rate=0.0, money=np.ones_like(levels.money))
    if held.server is not None:
        of, over = (server_months(machines, held.server, each) for each in (spread, levels))
    elif held.term_months is not None:
        of, over = (term_months(machines, 1.0, held, each) for each in (spread, levels))
    else:
        return None
    return np.divide(of, over, out=np.ones(np.shape(over)), where=over != 0)


def server_month(server: ServerPrice, levels: PriceLevels) -> Numbers:
    """First month's capital cost of a server that is held from then on [USD/month]."""
    return _first_month(server_months(_one(levels), server, levels))


def term_month_share(held: Holding, levels: PriceLevels) -> float:
    """First month's bill of a term taken from then on, over its monthly rent [1]."""
    return float(_first_month(term_months(_one(levels), 1.0, held, levels)))


def _one(levels: PriceLevels) -> FloatArray:
    return np.ones(len(levels.rest))


def _first_month(bill: FloatArray) -> Numbers:
    return float(bill[0]) if bill.ndim == 1 else bill[:, :1]
