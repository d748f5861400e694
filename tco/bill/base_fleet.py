"""Machines of a base load with an API above them: what they carry, and how many cost least."""

import math
from dataclasses import dataclass, replace

from tco.kernel.arrays import Numbers
from tco.kernel.cases import first
from tco.kernel.spill import SpillRule, cheapest_fleet


@dataclass(frozen=True, slots=True)
class BaseFleet:
    """Machines of the base load, and what a request costs on either side."""

    rule: SpillRule
    instances: Numbers
    """In the first month [1]."""
    chosen: bool
    """Whether it was chosen for least cost, not given."""
    away: float
    """Share of hours in which its spot machines are gone and the API answers everything [1]."""
    instance_usd: Numbers
    """Month of one instance, all it brings with it [USD/month]."""
    served_usd: Numbers
    """What a request served by the fleet costs beyond its machines [USD/request]."""
    spilled_usd: Numbers
    """What a request costs on the API [USD/request]."""

    def spilled_share(self, requests_per_month: Numbers, instances: Numbers) -> Numbers:
        """Share of all requests that the API answers [1]."""
        over = self.rule.spilled_share(requests_per_month, instances)
        return over + self.away * (1 - over)

    def cheapest(
        self, requests_per_month: Numbers, instance_usd: Numbers, spilled_usd: Numbers
    ) -> Numbers:
        """Fleet at which machines and spill cost least at these prices [1]."""
        saving = (spilled_usd - self.served_usd) * (1 - self.away)
        return cheapest_fleet(self.rule, requests_per_month, instance_usd, saving)

    @property
    def of_first(self) -> "BaseFleet":
        """The fleet of the first case, all its figures plain numbers."""
        return BaseFleet(
            replace(self.rule, capacity_requests=first(self.rule.capacity_requests)),
            first(self.instances),
            self.chosen,
            self.away,
            first(self.instance_usd),
            first(self.served_usd),
            first(self.spilled_usd),
        )

    @property
    def saving_usd(self) -> Numbers:
        """What a request saves where the fleet has room for it, lost hours included [USD]."""
        return (self.spilled_usd - self.served_usd) * (1 - self.away)

    def spills_to(self, stay_usd_per_request: Numbers) -> bool:
        """Whether the API above it is the one used today, by what a request costs there."""
        return math.isclose(first(stay_usd_per_request), first(self.spilled_usd), rel_tol=1e-12)
