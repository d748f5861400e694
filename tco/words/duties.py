"""Who carries what under each alternative: what the cheaper option leaves to you."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pricing.provenance import Record

Carrier = Literal["provider", "shared", "you"]


class Duty(Record):
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


@cache
def duties() -> tuple[Duty, ...]:
    """Every duty, as the planner reads usual contracts; yours may divide them otherwise."""
    text = (files("tco.words") / "data" / "duties.toml").read_text("utf-8")
    return tuple(Duty.model_validate(entry) for entry in tomllib.loads(text)["duty"])
