"""A used server never brings more than a new one costs on that day, nor more than was paid."""

import numpy as np
import pytest

from tco.answer.working import look_up, work_out
from tests.tco.kernel.test_kept_machines import one_by_one
from tests.tco.random_terms import financed

LIST_PRICE = 250_142.0
QUICK = 100


def new_prices(finance):
    """What a new server costs at the end of months 0 to n, in the terms of the result, by hand."""
    prices = []
    for month in range(finance.horizon_months + 1):
        factor = (1 + finance.gpu_price_change_per_year) ** (month / 12)
        for step in sorted(finance.gpu_price_steps, key=lambda step: step.from_month):
            factor = step.factor if month + 1 >= step.from_month else factor
        prices.append(LIST_PRICE * factor)
    return np.array(prices)


def hold_every_sale_to_a_new_server(scenario, data):
    """Server by server, bought or there already; counts the options that own any."""
    new, owning = new_prices(scenario.finance), 0
    for key, worked in work_out(look_up(scenario, data)).worked.items():
        server, there = worked.holding.server, worked.holding.there
        if server is None:
            continue
        owning += 1
        held = np.ravel(worked.growth.instances)
        old = np.broadcast_to(np.ravel(worked.growth.there), held.shape)
        most, paid = np.zeros(len(new)), worked.costs.forgone.sum()
        for start, age in one_by_one(held - old, server.life_months):
            most[start + age] += new[start + age]
            paid += new[start]
        if there is not None:
            for _, age in one_by_one(old, there.price.life_months):
                most[age] += new[age]
        assert (np.ravel(worked.costs.resale) <= most * (1 + 1e-9)).all(), key
        assert worked.costs.resale.sum() <= paid * (1 + 1e-9), key
    return owning


def test_no_sale_brings_more_than_a_new_server_costs_that_day(plain_scenario, plain_data):
    owning = sum(
        hold_every_sale_to_a_new_server(financed(plain_scenario, seed), plain_data)
        for seed in range(QUICK)
    )
    assert owning > 2 * QUICK


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_no_sale_of_1_000_random_scenarios_does(plain_scenario, plain_data):
    for seed in range(QUICK, QUICK + 1_000):
        hold_every_sale_to_a_new_server(financed(plain_scenario, seed), plain_data)
