"""What of an answer rests on the user's own facts, and which of ours they replace."""

from collections.abc import Iterable, Iterator
from typing import Final

from tco.facts.data import Data
from tco.results.bill import Finding

_CODES: Final = ("own-facts", "own-shadows")
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
        yield Finding("remark", _CODES[0], f"Yours, in this scenario: {told}.")
    if data.shadowed:
        message = f"Yours stand in the place of what ships: {', '.join(data.shadowed)}."
        yield Finding("flagged", _CODES[1], message, "Rename yours to have both.")


def told_of_own(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Pick what is said of own facts, for the head of an answer."""
    return tuple(finding.message for finding in findings if finding.code in _CODES)
