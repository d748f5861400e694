"""Which inputs the page offers for a scenario, how each is shown, and what an edit changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from tco.profiles import PROFILES
from tco.scenario import Costs, Length, RequestClass, Scenario
from tco.ui.wording import plain

Kind = Literal["amount", "whole", "percent", "slider", "mean", "switch", "choice"]
PERCENT: Final = 100.0
EXACT_DIGITS: Final = 12  # 3.1 % is 0.031, not 0.031000000000000003


@dataclass(frozen=True, slots=True)
class Field:
    """One input: where it stands in the scenario, and how it is asked for.

    Label and help are Markdown-safe; the titles of options are plain text.
    """

    path: str
    label: str
    kind: Kind
    value: Any
    """Value in the scenario, in the scenario's unit; None = the library's default."""
    help: str = ""
    placeholder: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Values and their titles, for a choice."""

    @property
    def shown(self) -> Any:  # noqa: ANN401 - as plain as the scenario's values
        """Value as the widget shows it."""
        if self.value is None:
            return None
        if self.kind == "mean":
            return round(self.value.distribution().mean, 1)
        if self.kind == "percent":
            return round(self.value * PERCENT, EXACT_DIGITS)
        return self.value

    def stored(self, entered: Any) -> Any:  # noqa: ANN401 - as above
        """Value as the scenario keeps it, from what the widget holds."""
        if entered is None:
            return None
        if self.kind == "mean":  # the shape stays, its mean moves
            return [tokens * entered / self.shown for tokens in self.value.tokens]
        if self.kind == "percent":
            return round(entered / PERCENT, EXACT_DIGITS)
        return entered


def main_fields(scenario: Scenario, catalogue: Catalogue, model: str) -> tuple[Field, ...]:
    """List the inputs that matter, in the order of the sidebar; tiers are those of `model`."""
    workload = scenario.workload
    place, main = max(enumerate(workload.classes), key=lambda item: item[1].share)
    path = f"workload.classes.{place}"
    of = "" if len(workload.classes) == 1 else f"{plain(main.name)}: "
    return (
        *_baseline_fields(scenario, catalogue, model),
        Field(
            "workload.requests_per_month",
            "Requests a month",
            "amount",
            workload.requests_per_month,
            "All requests of an average month, today.",
        ),
        _length_field(f"{path}.input", f"{of}Prompt", main.input, main),
        _length_field(f"{path}.output", f"{of}Output", main.output, main),
        Field(
            f"{path}.cached_share",
            f"{of}Cached share of the prompt",
            "slider",
            main.cached_share,
            "Part of the prompt read from a prompt cache. It discounts the API and speeds up "
            "your own server alike.",
        ),
        Field(
            "workload.growth_per_month",
            "Growth a month, %",
            "percent",
            workload.growth_per_month,
            "Compound growth of requests; negative when traffic shrinks.",
        ),
    )


def rent_fields(scenario: Scenario, library: Library) -> tuple[Field, ...]:
    """Price of a GPU-hour, one input per rented option; empty means the offer's list price."""
    fields = []
    for place, option in enumerate(scenario.self_hosted):
        if option.rent is None:
            continue
        offer = library.rentals.get(option.rent)
        listed = f"list price {offer.usd_per_gpu_hour:,.2f}" if offer else None
        fields.append(
            Field(
                f"self_hosted.{place}.usd_per_gpu_hour",
                option.name,
                "amount",
                option.usd_per_gpu_hour,
                "What you pay for one GPU for one hour. Empty: the list price.",
                listed,
            )
        )
    return tuple(fields)


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


def changes(fields: Iterable[Field], entered: Mapping[str, Any]) -> dict[str, Any]:
    """Paths whose widget holds something else than the scenario, with the value to store."""
    return {
        field.path: field.stored(entered[field.path])
        for field in fields
        if field.path in entered and entered[field.path] != field.shown
    }


def with_baseline_swapped(scenario: Scenario, changed: dict[str, Any]) -> dict[str, Any]:
    """Put today's API among the alternatives where the new baseline stood, if it stood there."""
    model = changed.get("baseline.model", scenario.baseline.model)
    tier = changed.get("baseline.tier", scenario.baseline.tier)
    if (model, tier) == (scenario.baseline.model, scenario.baseline.tier):
        return changed
    new = scenario.baseline.model_copy(update={"model": model, "tier": tier})
    apis = [
        (scenario.baseline if (a.provider, a.model, a.tier) == (new.provider, model, tier) else a)
        for a in scenario.apis
    ]
    return changed | {"apis": [a.model_dump(mode="json") for a in apis]}


def _baseline_fields(scenario: Scenario, catalogue: Catalogue, model: str) -> tuple[Field, ...]:
    baseline = scenario.baseline
    offers = catalogue.offers(provider=baseline.provider)
    sold = {o.model: o.title for o in offers if o.availability(scenario.prices_on) != "ended"}
    sold.setdefault(baseline.model, baseline.model)
    tiers = next((o.tiers for o in offers if o.model == model), (baseline.tier,))
    return (
        Field(
            "baseline.model", "Model you use today", "choice", baseline.model,
            options=tuple(sold.items()),
        ),
        Field(
            "baseline.tier", "Its tier", "choice", baseline.tier,
            options=tuple((tier, tier) for tier in dict.fromkeys((*tiers, baseline.tier))),
        ),
    )  # fmt: skip


def _length_field(path: str, label: str, length: Length, of: RequestClass) -> Field:
    about = f"Mean over the requests of class “{plain(of.name)}”, as the GPT model counts tokens."
    label = f"{label} tokens, mean"
    if length.kind == "quantiles":
        return Field(f"{path}.tokens", label, "mean", length, about)
    if length.kind == "lognormal":
        return Field(f"{path}.mean_tokens", label, "amount", length.mean_tokens, about)
    return Field(f"{path}.tokens", label, "amount", length.tokens, about)


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
                yield _length_field(f"{path}.{side}", f"{name}{word}", getattr(each, side), each)
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
