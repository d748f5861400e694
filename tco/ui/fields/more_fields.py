"""The inputs behind "More inputs": traffic, objective, fleet, finance, company, costs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from tco.facts.cost_facts import CostFacts
from tco.question.scenario import Scenario
from tco.question.terms import Autoscale, Costs, Fleet, OwnCache
from tco.ui.fields.class_fields import class_fields, traffic_fields
from tco.ui.fields.field import OFF, ON, Entered, Field
from tco.ui.fields.money_fields import currency_fields, finance_fields
from tco.ui.fields.quality_fields import quality_fields
from tco.words.figures import NOT_ESTIMATED, number
from tco.words.markdown import literal

AUTOSCALE: Final = "fleet.autoscale"
OWN_CACHE: Final = "fleet.own_cache"
REUSE_MINUTES: Final = 5.0
"""Where the page starts: as long as an API keeps a prompt that nobody asks for again."""
TEAMS: Final = (
    (OFF, "not named"),
    ("small", "small"),
    ("platform", "platform team"),
    ("regulated", "regulated company"),
)
FIGURES_TAKEN: Final = (
    ("frugal", "frugal figures"),
    ("typical", "typical figures"),
    ("careful", "careful figures"),
)
MINUTES: Final = {
    "provision_minutes": "From asking for a machine to its system, minutes",
    "load_minutes": "Image, weights and warm-up, minutes",
    "hold_minutes": "A machine is kept after its need, minutes",
    "billing_minutes": "Machines are billed in steps of, minutes",
}


def as_given(path: str, otherwise: Any) -> Any:  # noqa: ANN401 - as plain as the scenario's values
    """Take the scenario's own value: nothing was entered."""
    del path
    return otherwise


def more_fields(
    scenario: Scenario, catalogue: Catalogue, library: Library, entered: Entered = as_given
) -> Mapping[str, tuple[Field, ...]]:
    """The other inputs, by subject; tables that are switched on bring inputs of their own."""
    return {
        "Traffic": (*traffic_fields(scenario), *class_fields(scenario, catalogue, entered)),
        "Latency objective": _objective_fields(scenario),
        "Fleet": _fleet_fields(scenario, entered),
        "Calibration": tuple(_calibration_fields(scenario, library)),
        "Quality": tuple(quality_fields(scenario, entered)),
        "Finance": finance_fields(scenario),
        "Currency of the exports": currency_fields(scenario),
        "Company": _company_fields(scenario),
        "Costs around the model": tuple(_cost_fields(scenario, library)),
    }


def _objective_fields(scenario: Scenario) -> tuple[Field, ...]:
    objective = scenario.objective
    return (
        Field(
            "objective.mean_ttft_ms", "Time to first token, mean, ms", "amount",
            objective.mean_ttft_ms,
        ),
        Field(
            "objective.mean_tpot_ms", "Time per further token, mean, ms", "amount",
            objective.mean_tpot_ms,
        ),
        Field(
            "objective.p95_ttft_ms", "Time to first token, 95 % within, ms", "amount",
            objective.p95_ttft_ms, "Given, capacity is simulated request by request: slower.",
            "not asked",
        ),
        Field(
            "objective.p95_tpot_ms", "Time per further token, 95 % within, ms", "amount",
            objective.p95_tpot_ms, "Given, capacity is simulated request by request: slower.",
            "not asked",
        ),
        Field(
            "objective.least_accepted_share", "Answers that must be accepted", "percent",
            objective.least_accepted_share,
            "Given, what gives fewer, or was not measured, may not be chosen.", "not asked",
        ),
    )  # fmt: skip


def _fleet_fields(scenario: Scenario, entered: Entered) -> tuple[Field, ...]:
    fleet = scenario.fleet
    mode = Field(
        AUTOSCALE, "Rented machines", "table", fleet.autoscale,
        "Machines rented by the hour can follow the hours of the week; committed and owned "
        "machines stay.",
        options=((OFF, "fixed to the peak"), (ON, "follow the hours of the week")),
        tables={ON: {}},
    )  # fmt: skip
    always = (
        Field(
            "fleet.allowed_load", "Load planned for the busiest minute", "percent",
            fleet.allowed_load, "Share of its capacity a replica may run at in that minute.",
        ),
        Field(
            "fleet.spare_replicas", "Spare replicas", "whole", fleet.spare_replicas,
            "Kept idle for failures and upgrades.",
        ),
        Field("fleet.min_replicas", "Fewest replicas", "whole", fleet.min_replicas),
        Field(
            "fleet.hours_per_month", "Hours a month that machines run", "amount",
            fleet.hours_per_month,
            "730 is all of them; others count 720. Fewer is a fleet switched off for the rest.",
        ),
        *_own_cache_fields(fleet, entered),
        mode,
    )  # fmt: skip
    if entered(AUTOSCALE, mode.shown) == OFF:
        return always
    follows = fleet.autoscale or Autoscale()
    return (
        *always,
        *(
            Field(f"{AUTOSCALE}.{key}", label, "amount", getattr(follows, key))
            for key, label in MINUTES.items()
        ),
        Field(
            f"{AUTOSCALE}.scale_to_zero", "Down to no machine without requests", "switch",
            follows.scale_to_zero,
        ),
    )  # fmt: skip


def _own_cache_fields(fleet: Fleet, entered: Entered) -> Iterator[Field]:
    """What own servers find in their caches: a share, or what it follows from."""
    known = fleet.own_cache or OwnCache(reuse_minutes=REUSE_MINUTES)
    way = Field(
        OWN_CACHE, "Cached tokens found on own servers", "table", fleet.own_cache,
        "A share of what the API's cache holds, or worked out from memory and routing.",
        options=((OFF, "a share of the API's"), (ON, "from how soon prompts come back")),
        tables={ON: known.model_dump(mode="json")},
    )  # fmt: skip
    yield way
    if entered(OWN_CACHE, way.shown) == OFF:
        yield Field(
            f"{OWN_CACHE}_hits", "Share found on own servers", "percent", fleet.own_cache_hits,
            "Share of what the API's cache holds; needs routing by prefix, and memory.",
        )  # fmt: skip
        return
    yield Field(
        f"{OWN_CACHE}.reuse_minutes", "A prompt comes back after, minutes", "amount",
        known.reuse_minutes, "On average; what memory overwrites sooner is not found.",
    )  # fmt: skip
    yield Field(
        f"{OWN_CACHE}.by_prefix", "Requests are routed by prefix", "switch", known.by_prefix,
        "To the replica that holds their prompt; else to any replica.",
    )  # fmt: skip


def _calibration_fields(scenario: Scenario, library: Library) -> Iterator[Field]:
    """Choose among the records that may stand for each option's model, yours among them."""
    for place, option in enumerate(scenario.self_hosted):
        ids = [record.id for record in library.calibrations_for(model=option.model)]
        yield Field(
            f"self_hosted.{place}.calibration", literal(option.name), "choice", option.calibration,
            "Record that says how quickly one replica serves.",
            options=tuple((i, i) for i in dict.fromkeys((*ids, option.calibration))),
        )  # fmt: skip
        yield Field(
            f"self_hosted.{place}.deployment.engine_version", "vLLM version you mean to serve with",
            "text", option.deployment and option.deployment.engine_version,
            "A record that was measured with another one is flagged.", "not given",
        )  # fmt: skip


def _company_fields(scenario: Scenario) -> tuple[Field, ...]:
    company = scenario.company
    return (
        Field(
            "team", "Team that runs your own machines", "choice", scenario.team,
            "What it costs, where no figure of your own is given.", options=TEAMS,
        ),
        Field(
            "company.data_region", "Region that data may not leave", "text", company.data_region,
            "As the provider names it, such as eu.", "not given",
        ),
        Field(
            "company.eu_domiciled", "Domiciled in the EU", "switch", company.eu_domiciled,
        ),
        Field(
            "company.monthly_active_users", "Monthly active users", "whole",
            company.monthly_active_users, placeholder="not given",
        ),
    )  # fmt: skip


def _cost_fields(scenario: Scenario, library: Library) -> Iterator[Field]:
    """Ask for figures, and which published ones stand where none is given."""
    yield Field(
        "assume", "Where you give no figure, take", "choice", scenario.assume,
        "Of what others publish: the cheapest, the usual or the dearest.", options=FIGURES_TAKEN,
    )  # fmt: skip
    else_taken = CostFacts(Costs(), library, scenario.team, scenario.assume)
    for key in Costs.model_fields:
        value = else_taken.value(key)
        shown = NOT_ESTIMATED if value is None else number(value, 6)
        yield Field(
            f"costs.{key}", _cost_label(library, key), "amount", getattr(scenario.costs, key),
            f"Empty: {shown}, {else_taken.basis(key).source}.", shown,
        )  # fmt: skip


def _cost_label(library: Library, key: str) -> str:
    fact = library.assumption(key)
    return fact.label if fact.unit.startswith("1") else f"{fact.label}, {fact.unit}"
