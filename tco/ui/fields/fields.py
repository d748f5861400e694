"""The inputs that matter, for a scenario: the baseline, the main class, the price of a GPU."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardware_profiles.library import Library
from hardware_profiles.region import ANYWHERE
from pricing.catalogue import Catalogue
from pricing.offer import Offer
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass, TokenLength
from tco.ui.fields.field import EXACT_DIGITS, Field
from tco.words.markdown import literal
from tco.words.money import unit_price


def models_sold(scenario: Scenario, catalogue: Catalogue) -> dict[str, str]:
    """Titles of the models that the provider of today's API sells on the day of the scenario."""
    return {
        offer.model: offer.title
        for offer in catalogue.offers(provider=scenario.baseline.provider)
        if offer.availability(scenario.prices_on) != "ended"
    }


def main_fields(
    scenario: Scenario, catalogue: Catalogue, model: str, sold: Mapping[str, str] | None = None
) -> tuple[Field, ...]:
    """List the inputs that matter, in the order of the sidebar; tiers are those of `model`.

    Where several APIs answer today, the kinds of requests of each of them matter.
    """
    workload = scenario.workload
    main = main_class(scenario)
    asked = range(len(workload.classes)) if scenario.several_today else (main,)
    return (
        *_baseline_fields(
            scenario, catalogue, model, models_sold(scenario, catalogue) if sold is None else sold
        ),
        Field(
            "workload.requests_per_month",
            "Requests a month",
            "amount",
            workload.requests_per_month,
            "All requests of an average month, today. 40M, 40 million and 40,000,000 are one.",
        ),
        *(field for place in asked for field in _mix_fields(scenario, catalogue, place, main)),
        Field(
            "workload.growth_per_month",
            "Growth a month",
            "percent",
            workload.growth_per_month,
            "Compound growth of requests; negative when traffic shrinks.",
        ),
    )


def main_class(scenario: Scenario) -> int:
    """Place of the kind of requests there are most of; its share is what the others leave."""
    classes = scenario.workload.classes
    return max(range(len(classes)), key=lambda place: classes[place].share)


def with_rest_to_main(scenario: Scenario, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Give the main kind of requests the share that the others leave, where one was changed."""
    shares = {
        f"workload.classes.{place}.share": each.share
        for place, each in enumerate(scenario.workload.classes)
    }
    if not shares.keys() & changed.keys():
        return dict(changed)
    main = f"workload.classes.{main_class(scenario)}.share"
    others = sum(changed.get(path, share) for path, share in shares.items() if path != main)
    return {**changed, main: round(1 - others, EXACT_DIGITS)}


def _mix_fields(scenario: Scenario, catalogue: Catalogue, place: int, main: int) -> Iterator[Field]:
    """Ask how many, how long and how much cached the requests of a kind are."""
    each = scenario.workload.classes[place]
    path = f"workload.classes.{place}"
    of = "" if len(scenario.workload.classes) == 1 else f"{literal(each.name)}: "
    if place != main:
        yield Field(f"{path}.share", f"{of}Share of requests", "percent", each.share)
    if each.today is not None:
        yield from residency_field(f"{path}.today", f"{of}Processed in", each.today, catalogue)
    yield length_field(f"{path}.input", f"{of}Prompt", each.input, each)
    yield length_field(f"{path}.output", f"{of}Output", each.output, each)
    yield Field(
        f"{path}.cached_share",
        f"{of}Cached share of the prompt",
        "percent",
        each.cached_share,
        "Part of the prompt read from a prompt cache. It discounts the API and speeds up "
        "your own server alike.",
    )


def residency_field(
    path: str, label: str, option: ApiOption, catalogue: Catalogue, model: str = ""
) -> Iterator[Field]:
    """Ask in which region an API processes, where its seller prices more than one."""
    offer = _offer(catalogue, option.provider, model or option.model)
    regions = dict.fromkeys((*(offer.residencies if offer else ()), option.residency))
    if len(regions) > 1:
        yield Field(
            f"{path}.residency",
            label,
            "choice",
            option.residency,
            "Where the seller promises to keep what you send; it may cost more.",
            options=tuple((r, "anywhere" if r == ANYWHERE else r.upper()) for r in regions),
        )


def _offer(catalogue: Catalogue, provider: str, model: str) -> Offer | None:
    """Find an offer by its id alone; None where there is none."""
    found = catalogue.names(provider).get(model.lower())
    return found if found is not None and found.model == model else None


def rent_fields(scenario: Scenario, library: Library) -> tuple[Field, ...]:
    """Price of a GPU-hour, one input per rented option; empty means the offer's list price."""
    fields = []
    for place, option in enumerate(scenario.self_hosted):
        if option.rent is None:
            continue
        offer = library.rentals.get(option.rent)
        listed = f"list price {unit_price(offer.usd_per_gpu_hour)}" if offer else None
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
    return {"apis": [a.model_dump(mode="json") for a in apis], **changed}


def with_records_chosen(scenario: Scenario, changed: dict[str, Any]) -> dict[str, Any]:
    """Take out what a record says itself, where one was chosen for an option that had none."""
    chosen = {
        f"self_hosted.{place}.{field}": None
        for place, option in enumerate(scenario.self_hosted)
        if not option.is_measured
        and changed.get(f"self_hosted.{place}.calibration", option.calibration)
        != option.calibration
        for field in ("precision", "gpus_per_replica", "stated")
    }
    return changed | chosen


def _baseline_fields(
    scenario: Scenario, catalogue: Catalogue, model: str, sold: Mapping[str, str]
) -> tuple[Field, ...]:
    baseline = scenario.baseline
    titles = {**sold, baseline.model: sold.get(baseline.model, baseline.model)}
    offer = _offer(catalogue, baseline.provider, model)
    tiers = offer.tiers if offer else (baseline.tier,)
    return (
        Field(
            "baseline.model", "Model you use today", "choice", baseline.model,
            options=tuple(titles.items()),
        ),
        Field(
            "baseline.tier", "Its tier", "choice", baseline.tier,
            options=tuple((tier, tier) for tier in dict.fromkeys((*tiers, baseline.tier))),
        ),
        *residency_field("baseline", "Processed in", baseline, catalogue, model),
    )  # fmt: skip


def length_field(path: str, label: str, length: TokenLength, of: RequestClass) -> Field:
    """Ask for the mean of a length; a distribution keeps its shape."""
    about = f"Mean over the requests of class “{literal(of.name)}”, as the GPT model counts tokens."
    label = f"{label} tokens, mean"
    if length.kind == "quantiles":
        return Field(f"{path}.tokens", label, "mean", length, about)
    if length.kind == "lognormal":
        return Field(f"{path}.mean_tokens", label, "amount", length.mean_tokens, about)
    return Field(f"{path}.tokens", label, "amount", length.tokens, about)
