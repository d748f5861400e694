"""What of an answer rests on the user's own facts, and which of ours they replace."""

from collections.abc import Iterator
from typing import Final

from tco.facts.data import Data
from tco.results.bill import Finding

OWN_FACTS: Final = ("own-facts", "own-shadows")
"""Codes of what is said here."""
_KINDS: Final = {
    "models": "models",
    "accelerators": "accelerators",
    "rentals": "rental offers",
    "purchases": "servers to buy",
    "api_prices": "API prices",
}


def own_findings(data: Data) -> Iterator[Finding]:
    """Say whose facts the scenario brings along, by kind and name."""
    if data.own is not None:
        named = [(_KINDS[kind], names) for kind, names in data.own.names() if names]
        if data.own.calibrations:
            own = (record.id for record in data.library.calibrations.values() if record.own)
            named.append(("calibration records", sorted(own)))
        told = "; ".join(f"{kind} {', '.join(names)}" for kind, names in named)
        yield Finding("remark", OWN_FACTS[0], f"Yours, in this scenario: {told}.")
    if data.shadowed:
        message = f"Yours stand in the place of what ships: {', '.join(data.shadowed)}."
        yield Finding("flagged", OWN_FACTS[1], message, "Rename yours to have both.")
