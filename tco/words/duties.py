"""Who carries what under each alternative: what the cheaper option leaves to you."""

from dataclasses import dataclass
from typing import Final, Literal

Carrier = Literal["provider", "shared", "you"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty, and who carries it under each kind of alternative."""

    name: str
    what: str
    api: Carrier
    hosted: Carrier
    rented: Carrier
    owned: Carrier

    def carrier(self, kind: str) -> Carrier:
        """Who carries it; a hybrid leaves to you what its self-hosted side does."""
        carriers: dict[str, Carrier] = {
            "api": self.api,
            "hosted": self.hosted,
            "rented": self.rented,
            "owned": self.owned,
            "hybrid": self.rented,
        }
        return carriers[kind]


DUTIES: Final = (
    Duty(
        "Serving",
        "keeping replicas up and within the latency objective",
        "provider",
        "provider",
        "you",
        "you",
    ),
    Duty(
        "Scaling",
        "capacity for the peak, limits and queues",
        "shared",
        "shared",
        "you",
        "you",
    ),
    Duty(
        "Hardware",
        "faults, spares, replacement, power and cooling",
        "provider",
        "provider",
        "provider",
        "you",
    ),
    Duty(
        "Upgrades",
        "new models, engine and driver versions, and their regressions",
        "shared",
        "shared",
        "you",
        "you",
    ),
    Duty(
        "Safety",
        "filters, abuse handling and their evaluation",
        "shared",
        "you",
        "you",
        "you",
    ),
    Duty(
        "Evaluation",
        "quality on your own tasks, before and after changes",
        "you",
        "you",
        "you",
        "you",
    ),
    Duty("Logging", "what is kept, where, and for how long", "shared", "shared", "you", "you"),
    Duty("Incidents", "being woken, mitigating, reporting", "shared", "shared", "you", "you"),
    Duty(
        "Data processing",
        "contracts, residency and deletion for what users send",
        "shared",
        "shared",
        "shared",
        "you",
    ),
    Duty("Licence", "terms of the model's weights", "provider", "shared", "you", "you"),
)
"""The planner's reading of usual contracts; yours may divide them otherwise."""
