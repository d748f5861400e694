"""The inputs behind "More inputs": traffic, objective, fleet, finance, company, costs."""

from collections.abc import Iterable, Mapping

from hardware_profiles.library import Library
from tco.profiles import PROFILES
from tco.scenario import Costs, Scenario
from tco.ui.field import Field
from tco.ui.fields import length_field
from tco.ui.wording import plain


def more_fields(scenario: Scenario, library: Library) -> Mapping[str, tuple[Field, ...]]:
    """The other inputs, by subject."""
    objective, fleet, finance = scenario.objective, scenario.fleet, scenario.finance
    return {
        "Traffic": (*_traffic_fields(scenario), *_class_fields(scenario)),
        "Latency objective": (
            Field(
                "objective.mean_ttft_ms", "Time to first token, mean, ms", "amount",
                objective.mean_ttft_ms,
            ),
            Field(
                "objective.mean_tpot_ms", "Time per further token, mean, ms", "amount",
                objective.mean_tpot_ms,
            ),
        ),
        "Fleet": (
            Field(
                "fleet.allowed_load", "Load planned for the busiest minute", "slider",
                fleet.allowed_load, "Share of its capacity a replica may run at in that minute.",
            ),
            Field(
                "fleet.spare_replicas", "Spare replicas", "whole", fleet.spare_replicas,
                "Kept idle for failures and upgrades.",
            ),
            Field("fleet.min_replicas", "Fewest replicas", "whole", fleet.min_replicas),
        ),
        "Finance": (
            Field("finance.horizon_months", "Horizon, months", "whole", finance.horizon_months),
            Field(
                "finance.discount_rate", "Discount rate a year, %", "percent",
                finance.discount_rate, "Real, before tax.",
            ),
            Field(
                "finance.api_price_change_per_year", "API price change a year, %", "percent",
                finance.api_price_change_per_year, "−20 means a fifth cheaper each year.",
            ),
            Field(
                "baseline.contract_discount", "Your discount on today's API, %", "percent",
                scenario.baseline.contract_discount,
            ),
        ),
        "Company, for licences": (
            Field(
                "company.eu_domiciled", "Domiciled in the EU", "switch",
                scenario.company.eu_domiciled,
            ),
            Field(
                "company.monthly_active_users", "Monthly active users", "whole",
                scenario.company.monthly_active_users, placeholder="not given",
            ),
        ),
        "Costs around the model": tuple(
            Field(
                f"costs.{key}",
                _cost_label(library, key),
                "amount",
                getattr(scenario.costs, key),
                f"Empty: {_library_value(library, key)}, {library.assumption(key).source.name}.",
                _library_value(library, key),
            )
            for key in Costs.model_fields
        ),
    }  # fmt: skip


def _traffic_fields(scenario: Scenario) -> tuple[Field, ...]:
    workload = scenario.workload
    peak = Field(
        "workload.peak_within_hour", "Busiest minute over its hour", "amount",
        workload.peak_within_hour,
    )  # fmt: skip
    if not isinstance(workload.profile, str):
        return (peak,)
    names = dict.fromkeys((*PROFILES, workload.profile))
    profile = Field(
        "workload.profile", "Shape of the week", "choice", workload.profile,
        options=tuple((name, name) for name in names),
    )  # fmt: skip
    return (profile, peak)


def _class_fields(scenario: Scenario) -> Iterable[Field]:
    classes = scenario.workload.classes
    main = max(range(len(classes)), key=lambda place: classes[place].share)
    for place, each in enumerate(classes):
        path = f"workload.classes.{place}"
        name = "" if len(classes) == 1 else f"{plain(each.name)}: "
        if len(classes) > 1:
            yield Field(f"{path}.share", f"{name}share of requests, %", "percent", each.share)
        if place != main:
            for side, word in (("input", "prompt"), ("output", "output")):
                yield length_field(f"{path}.{side}", f"{name}{word}", getattr(each, side), each)
            yield Field(f"{path}.cached_share", f"{name}cached share", "slider", each.cached_share)
        yield Field(
            f"{path}.llama_tokens_per_gpt_token",
            f"{name}{'o' if name else 'O'}pen-model tokens per GPT token",
            "amount",
            each.llama_tokens_per_gpt_token,
        )


def _library_value(library: Library, key: str) -> str:
    value = library.assumption(key).value
    return "not estimated" if value is None else f"{value:,g}"


def _cost_label(library: Library, key: str) -> str:
    fact = library.assumption(key)
    return fact.label if fact.unit.startswith("1") else f"{fact.label}, {fact.unit}"
