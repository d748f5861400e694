"""People and platform: what surrounds the model under every alternative."""

from tco.facts.cost_facts import CostFacts
from tco.results.bill import CostLine

_EVERYWHERE = (
    ("observability", "Observability", "observability_usd_per_month"),
    ("evaluation", "Evaluation", "evaluation_usd_per_month"),
    ("security", "Security and safety filters", "security_usd_per_month"),
)


def platform_lines(facts: CostFacts) -> tuple[CostLine, ...]:
    """Lines that every alternative has, or says it has no figure for."""
    return tuple(monthly(facts, key, name, field) for key, name, field in _EVERYWHERE)


def monthly(facts: CostFacts, key: str, name: str, field: str) -> CostLine:
    """Build a flat monthly line of the platform."""
    return CostLine(key, "platform", name, 1.0, "month", facts.value(field), facts.basis(field))


def api_people(facts: CostFacts) -> CostLine:
    """Engineers who keep an API integration running."""
    return people(facts, "api_fte")


def people(facts: CostFacts, field: str) -> CostLine:
    """Engineering and on-call, in full-time engineers."""
    return CostLine(
        "engineering",
        "people",
        "Engineering and on-call",
        facts.value(field),
        "engineer-month",
        facts.value("engineer_usd_per_month"),
        facts.basis(field),
    )
