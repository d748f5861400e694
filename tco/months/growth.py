"""How requests, machines and what stands around them grow over the months."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases, months_of_first
from tco.kernel.fleet import FleetRule
from tco.kernel.kept_machines import kept_machines
from tco.kernel.spill import SpillRule
from tco.question.scenario import Scenario
from tco.results.bill import Driver
from tco.serving.tenure import Holding


@dataclass(slots=True, eq=False)
class Growth:
    """How what a bill grows with moves over the months, each over that of the bill [1].

    Arrays have shape (cases, months), or (months,) where all cases are alike.
    """

    scales: Mapping[Driver, FloatArray]
    instances: FloatArray
    """Instances paid in months 1 to n [1]; zeros where there are none."""
    planned: Numbers = 0.0
    """Those of the bill that the scales are over [1], shape (cases, 1), (1,) or one number."""
    there: FloatArray = field(default_factory=lambda: np.zeros(1))
    """Part of the instances that was there already [1], shape as theirs or (1,)."""


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


def units_growth(requests: FloatArray, rule: SpillRule, units: int) -> Growth:
    """Tokens grow with the requests that units taken for the whole horizon do not carry."""
    grown = request_growth(requests)
    left = np.asarray(rule.spilled_share(requests, float(units)))
    scales: dict[Driver, FloatArray] = {
        "request": grown,
        "spilled": grown * left,
        "fixed": np.ones(len(grown)),
    }
    return Growth(scales, np.zeros(len(grown)))


def fleet_growth(
    requests: FloatArray,
    rule: FleetRule | AutoscaleRule,
    holding: Holding,
    moved: FloatArray | None = None,
    meanwhile: FleetRule | AutoscaleRule | None = None,
) -> Growth:
    """Machines grow in steps; what was bought or committed to is kept for its life or term.

    Parameters
    ----------
    moved
        Share of the requests that has moved to them in each month [1], shape (months,); all of
        them where left out.
    """
    if moved is None:
        share, needed = np.ones(requests.shape[-1]), rule.instances(requests)
        planned = np.asarray(needed, dtype=float)[..., :1]
    else:
        share, needed = moved, np.where(moved > 0, rule.instances(requests * moved), 0.0)
        planned = np.asarray(rule.instances(requests[..., :1]), dtype=float)
    there = machines_there(planned, requests.shape[-1], holding)
    if holding.there is None:
        held = machines_held(np.asarray(needed, dtype=float), holding)
    else:
        held = there + machines_held(np.maximum(needed - there, 0.0), holding)
    grown = request_growth(requests)
    scales: dict[Driver, FloatArray] = {
        "request": grown * share,
        "instance": held / planned,
        "fixed": np.where(share > 0, 1.0, 0.0),
        "unmoved": grown * (1 - share),
        "meanwhile": np.where(share < 1, 1.0, 0.0),
    }
    if meanwhile is not None:
        needed = np.where(share < 1, meanwhile.instances(requests * (1 - share)), 0.0)
        scales["unmoved-instance"] = needed / np.asarray(meanwhile.instances(requests[..., :1]))
    return Growth(scales, held, planned, there)


def machines_there(planned: FloatArray, months: int, holding: Holding) -> FloatArray:
    """Servers in use that were there already, to the end of their life [1], shape (..., months).

    As many as the bill has machines; others are not part of the question.
    """
    if holding.there is None:
        return np.zeros(1)
    lasts = np.arange(months) < holding.there.price.life_months
    return np.asarray(np.minimum(planned, holding.there.servers) * lasts)


def machines_held(needed: FloatArray, holding: Holding) -> FloatArray:
    """Machines held in each month for those needed [1]."""
    months = holding.kept_months
    return needed if months is None else kept_machines(needed, months)
