"""The bill of one alternative: as it is shown, and in every case."""

from dataclasses import dataclass, replace

import numpy as np

from tco.bill.base_fleet import BaseFleet
from tco.bill.cost_lines import CostComponent
from tco.kernel.arrays import BoolArray, Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import first
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.spill import SpillRule
from tco.results.bill import Alternative
from tco.serving.replica import ReplicaCapacity

NOBODY = np.zeros(1, dtype=bool)
"""No case is served."""
EVERYBODY = np.ones(1, dtype=bool)
"""Every case is served."""


@dataclass(slots=True, eq=False)
class SizedFleet:
    """Own machines of an alternative."""

    rule: FleetRule | AutoscaleRule | BaseFleet
    """How they grow with the whole workload."""
    state: FleetState
    """Those of the first month, in every case."""
    capacity_requests: Numbers
    """Volume of the workload at which those are fully used [request/month]."""

    @property
    def first_rule(self) -> FleetRule | AutoscaleRule | BaseFleet:
        """The rule in the first case, all its figures plain numbers."""
        rule = self.rule
        if isinstance(rule, AutoscaleRule):
            return replace(rule, base=_first_rule(rule.base))
        return rule.of_first if isinstance(rule, BaseFleet) else _first_rule(rule)

    @property
    def paid_instances(self) -> Numbers:
        """Instances paid on average in the first month [1]."""
        mean = self.state.mean_instances
        return self.state.instances if mean is None else mean


def _first_rule(rule: FleetRule) -> FleetRule:
    return replace(rule, capacity_rps=first(rule.capacity_rps))


@dataclass(slots=True, eq=False)
class Bill:
    """An alternative with every line of its first month in every case; none where it is refused.

    Components that grow with what a base fleet *serves* or *spills* are those of the whole volume;
    the shares of each month are taken there.
    """

    alternative: Alternative
    components: tuple[CostComponent, ...]
    one_off: tuple[CostComponent, ...]
    serves: BoolArray
    """Whether the requests can be served at all, shape (cases, 1) or (1,)."""
    replica: ReplicaCapacity | None = None
    """What a replica carries; None without own machines."""
    fleet: SizedFleet | None = None
    meanwhile: tuple[CostComponent, ...] = ()
    """What a month costs in which nothing has moved yet; only where a rollout is given."""
    meanwhile_fleet: SizedFleet | None = None
    """Own machines that answer what has not moved yet; None where an API does."""
    units: SpillRule | None = None
    """How provisioned units of a seller carry the workload; None where it has none."""
