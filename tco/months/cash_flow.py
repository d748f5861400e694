"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tco.bill.cost_lines import CostComponent, Path
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases, months_of_first
from tco.kernel.fleet import FleetRule
from tco.kernel.kept_machines import kept_machines
from tco.months.held_machines import held_machines
from tco.months.monthly_costs import Flow, MonthlyCosts
from tco.question.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.bill import CostLine, Driver
from tco.serving.tenure import Holding

BY_THE_HOUR: Final = Holding()


@dataclass(frozen=True, slots=True)
class Growth:
    """How what a bill grows with moves over the months, each over that of the bill [1].

    Arrays have shape (cases, months), or (months,) where all cases are alike.
    """

    scales: Mapping[Driver, FloatArray]
    instances: FloatArray
    """Instances paid in months 1 to n [1]; zeros where there are none."""
    planned: Numbers = 0.0
    """Those of the bill that the scales are over [1], shape (cases, 1), (1,) or one number."""


def volumes(scenario: Scenario, cases: Cases = AS_ASKED) -> FloatArray:
    """Requests of each month [request/month], shape (cases, months) or (months,)."""
    growth = 1 + scenario.workload.growth_per_month
    steps = np.arange(scenario.finance.horizon_months)
    first_month = scenario.workload.requests_per_month * cases.requests
    return np.asarray(first_month * growth**steps)


def request_growth(requests: FloatArray) -> FloatArray:
    """Requests of each month over those of the first, alike in every case [1], shape (months,)."""
    of_first = months_of_first(requests)
    return np.asarray(of_first / of_first[0])


def api_growth(requests: FloatArray) -> Growth:
    """Tokens grow with the requests of the months, the rest does not."""
    grown = request_growth(requests)
    return Growth({"request": grown, "fixed": np.ones(len(grown))}, np.zeros(len(grown)))


def fleet_growth(
    requests: FloatArray,
    rule: FleetRule | AutoscaleRule,
    holding: Holding,
    moved: FloatArray | None = None,
) -> Growth:
    """Machines grow in steps; what was bought or committed to is kept for its life or term.

    Parameters
    ----------
    moved
        Share of the requests that has moved to them in each month [1], shape (months,); all of
        them where left out.
    """
    share = np.ones(requests.shape[-1]) if moved is None else moved
    needed = np.asarray(np.where(share > 0, rule.instances(requests * share), 0.0), dtype=float)
    held = machines_held(needed, holding)
    planned = np.asarray(rule.instances(requests[..., :1]), dtype=float)
    grown = request_growth(requests)
    scales: dict[Driver, FloatArray] = {
        "request": grown * share,
        "instance": held / planned,
        "fixed": np.where(share > 0, 1.0, 0.0),
        "unmoved": grown * (1 - share),
        "meanwhile": np.where(share < 1, 1.0, 0.0),
    }
    return Growth(scales, held, planned)


def machines_held(needed: FloatArray, holding: Holding) -> FloatArray:
    """Machines held in each month for those needed [1]."""
    months = holding.kept_months
    return needed if months is None else kept_machines(needed, months)


def monthly_costs(
    components: Iterable[CostComponent],
    once: Sequence[tuple[int, CostLine]],
    growth: Growth,
    finance: Finance,
    levels: PriceLevels,
    tokens: FloatArray,
    holding: Holding = BY_THE_HOUR,
) -> MonthlyCosts:
    """Follow a bill through the months.

    Parameters
    ----------
    once
        What is paid once, by the month at whose end.
    tokens
        API prices of each month over those of the first, drift included [1], shape
        (cases, months) or (months,).
    """
    paths = {"tokens": tokens, "gpus": levels.gpus, "people": levels.wages, "rest": levels.rest}
    sums: dict[tuple[str, Driver], Numbers] = {}
    for part in components:
        if (cost := part.cost_usd) is not None:
            place = (_path_of(part.kind.path, holding), part.driver)
            sums[place] = sums.get(place, 0.0) + cost
    flows = tuple(
        Flow(cost, growth.scales[driver], paths[path])
        for (path, driver), cost in sums.items()
        if path in paths
    )
    rent = sums.get(("term", "instance"), 0.0)
    held = held_machines(rent, growth.instances, growth.planned, levels, holding, finance)
    owned = holding.server is not None
    paid_once = np.zeros(finance.horizon_months + 1)
    for month, line in once:
        paid_once[month] += (line.cost_usd or 0.0) * levels.money[month]
    return MonthlyCosts(paid_once, flows, held, owned, finance, levels.deflate)


def _path_of(path: Path, holding: Holding) -> str:
    """Name of the price path of a component; rents for a term have their own."""
    return "term" if path == "gpus" and holding.term_months is not None else path
