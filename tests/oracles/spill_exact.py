"""Base load on own machines and the rest on an API, in exact rational arithmetic, hour by hour.

Slow and obvious on purpose: an oracle for tests, written apart from the engine it judges.
"""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Fleet:
    """What one instance more carries and costs; floats count at their exact value."""

    shares: tuple[float, ...]
    replica_requests: Fraction
    replicas_per_instance: int
    spare_replicas: int

    def served(self, volume, instances) -> Fraction:
        """Requests a month that the fleet serves."""
        working = max(0, instances * self.replicas_per_instance - self.spare_replicas)
        carried = working * self.replica_requests
        hours = (min(Fraction(share) * volume, carried) for share in self.shares)
        return sum(hours) / len(self.shares)

    def spilled(self, volume, instances) -> Fraction:
        """Share of requests beyond the fleet."""
        whole = sum(map(Fraction, self.shares)) * volume / len(self.shares)
        return 1 - self.served(volume, instances) / whole

    def saving(self, volume, instances, fixed, machine, saving) -> Fraction:
        """Staying less the mixture [USD/month]."""
        served = self.served(volume, instances) * Fraction(saving)
        return served - Fraction(fixed) - instances * Fraction(machine)

    def pays_from(self, instances, gap, saving) -> Fraction | None:
        """Volume from which `saving` is not negative: each piece between two full hours solved."""
        gap, saving = Fraction(gap), Fraction(saving)
        if gap < 0 <= saving:
            return Fraction(0)
        working = max(0, instances * self.replicas_per_instance - self.spare_replicas)
        carried = working * self.replica_requests
        shares = sorted((Fraction(share) for share in self.shares), reverse=True)
        busy = sum(share > 0 for share in shares)
        if saving <= 0 or saving * carried * busy <= gap * len(shares):
            return None
        rest, full = sum(shares), 0
        for share in shares:
            volume = (gap / saving * len(shares) - full * carried) / rest
            if share * volume <= carried:
                return volume
            full, rest = full + 1, rest - share
        raise AssertionError
