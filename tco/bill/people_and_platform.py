"""People and platform: what surrounds the model under every alternative."""

from tco.bill.cost_lines import ON_EVERY_BILL, CostComponent, component
from tco.facts.cost_facts import CostFacts
from tco.kernel.arrays import Numbers


def platform(facts: CostFacts) -> tuple[CostComponent, ...]:
    """What every alternative has, or says it has no figure for."""
    return tuple(monthly(facts, key, f"{key}_usd_per_month") for key in ON_EVERY_BILL)


def monthly(facts: CostFacts, key: str, field: str) -> CostComponent:
    """Build a flat monthly line of the platform."""
    return component(key, 1.0, *facts.read(field))


def engineering(facts: CostFacts, field: str, times: Numbers = 1.0) -> CostComponent:
    """Engineering and on-call, in full-time engineers."""
    engineers = facts.value(field)
    return component(
        "engineering",
        None if engineers is None else engineers * times,
        facts.value("engineer_usd_per_month"),
        facts.basis(field),
    )
