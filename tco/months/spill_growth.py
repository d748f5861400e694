"""How the base fleet and the spill of a hybrid move over the months."""

import numpy as np

from tco.bill.spill import SpillHybrid
from tco.kernel.spill import cheapest_fleet
from tco.months.cash_flow import Growth, volumes
from tco.months.price_levels import FloatArray
from tco.question.scenario import Scenario
from tco.results.bill import Driver


def spill_growth(
    spill: SpillHybrid,
    scenario: Scenario,
    tokens: FloatArray,
    gpus: FloatArray,
    *,
    kept: bool,
) -> Growth:
    """Fleet and spill of each month; a fleet chosen for least cost is chosen anew at its prices.

    Parameters
    ----------
    tokens, gpus
        Prices of each month over those of the first [1], shape (months,).
    """
    assert spill.rule is not None
    rule, requests = spill.rule, volumes(scenario)
    held = np.full(len(requests), float(spill.instances))
    if spill.chosen:
        saving = spill.spilled_usd * tokens - spill.served_usd
        held = np.asarray(cheapest_fleet(rule, requests, spill.instance_usd * gpus, saving))
    if kept:
        held = np.maximum.accumulate(held)
    shares = np.asarray(rule.spilled_share(requests, held))
    spilled, served = requests * shares, requests * (1 - shares)
    scales: dict[Driver, FloatArray] = {
        "fixed": np.ones(len(requests)),
        "instance": held / held[0],
        "served": served / served[0],
    }
    if spilled[0] > 0:
        scales["spilled"] = spilled / spilled[0]
    return Growth(scales, held)
