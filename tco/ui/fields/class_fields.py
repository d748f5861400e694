"""Inputs on the requests: the week, the classes, and what their cached share follows from."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pricing.catalogue import Catalogue
from pricing.units import HOURS_PER_MONTH, MINUTES_PER_HOUR
from tco.question.scenario import Scenario
from tco.question.traffic import Conversation, RequestClass, SharedPrefix
from tco.question.week import PROFILES
from tco.ui.fields.field import OFF, Entered, Field
from tco.ui.fields.fields import length_field, main_class
from tco.words.figures import significant
from tco.words.markdown import literal

CACHE_KINDS: Final = (
    (OFF, "the share given above"),
    ("prefix", "a prefix that all prompts share"),
    ("conversation", "conversations that repeat themselves"),
)
LABELS: Final = {
    "prefix_tokens": "shared prefix, tokens",
    "requests_per_minute": "requests a minute that share it",
    "lifetime_minutes": "cache lifetime, minutes",
    "renewed_by_use": "each use renews the lifetime",
    "system_tokens": "system prompt, tokens",
    "growth_tokens_per_turn": "tokens a turn adds",
    "turns": "turns of a conversation",
    "reply_gap_hit": "turns that come before the cache ends",
}
WHOLE: Final = ("prefix_tokens", "system_tokens", "growth_tokens_per_turn", "turns")


def traffic_fields(scenario: Scenario) -> tuple[Field, ...]:
    """Ask how requests are spread over the week; 168 weights of your own come from a file."""
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


def class_fields(scenario: Scenario, catalogue: Catalogue, entered: Entered) -> Iterator[Field]:
    """Ask for what is not among the inputs that matter, class by class."""
    classes = scenario.workload.classes
    main = main_class(scenario)
    for place, each in enumerate(classes):
        path = f"workload.classes.{place}"
        name = "" if len(classes) == 1 else f"{literal(each.name)}: "
        if len(classes) > 1:
            yield _today_field(scenario, catalogue, each, path, name)
        if place != main and not scenario.several_today:
            yield Field(f"{path}.share", f"{name}share of requests", "percent", each.share)
            for side, word in (("input", "prompt"), ("output", "output")):
                yield length_field(f"{path}.{side}", f"{name}{word}", getattr(each, side), each)
            yield Field(f"{path}.cached_share", f"{name}cached share", "percent", each.cached_share)
        yield from _cache_fields(scenario, each, path, name, entered)
        yield Field(
            f"{path}.llama_tokens_per_gpt_token",
            f"{name}{'o' if name else 'O'}pen-model tokens per GPT token",
            "amount",
            each.llama_tokens_per_gpt_token,
        )
        yield Field(
            f"{path}.reasoning_share",
            f"{name}{'r' if name else 'R'}easoning in GPT's output",
            "percent",
            each.reasoning_share,
            "An open model that does not reason writes none of it.",
        )
        yield Field(
            f"{path}.llama_answer_ratio",
            f"{name}{'o' if name else 'O'}pen model's answer over GPT's",
            "amount",
            each.llama_answer_ratio,
            "In GPT's tokens, GPT's reasoning left out.",
        )


def _today_field(
    scenario: Scenario, catalogue: Catalogue, each: RequestClass, path: str, name: str
) -> Field:
    """Ask who answers a class today: the model above, or another of the same provider."""
    baseline, today = scenario.baseline, each.today
    sold = {
        offer.model: (offer.title, {"provider": offer.provider, "model": offer.model})
        for offer in catalogue.offers(provider=baseline.provider)
        if offer.availability(scenario.prices_on) != "ended" and offer.model != baseline.model
    }
    if today is not None:
        sold[today.model] = (today.model, today.model_dump(mode="json"))
    return Field(
        f"{path}.today",
        f"{name}answered today by",
        "table",
        today,
        options=(
            (OFF, "the model you use today"),
            *((key, title) for key, (title, _) in sold.items()),
        ),
        tables={key: start for key, (_, start) in sold.items()},
        stands_as="" if today is None else today.model,
    )


def without_double_shares(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Drop a share of cached tokens that now follows from something else."""
    shares = {
        path.removesuffix("cache") + "cached_share": 0.0
        for path, value in changed.items()
        if path.endswith(".cache") and value is not None
    }
    if changed.get("fleet.own_cache") is not None:
        shares["fleet.own_cache_hits"] = 1.0
    return {**changed, **shares}


def _cache_fields(
    scenario: Scenario, each: RequestClass, path: str, name: str, entered: Entered
) -> Iterator[Field]:
    starts = _starts(scenario, each)
    kind = Field(
        f"{path}.cache",
        f"{name}{'c' if name else 'C'}ached share follows from",
        "table",
        each.cache,
        "A prefix or a conversation takes the place of the cached share.",
        options=CACHE_KINDS,
        tables={key: cache.model_dump(mode="json") for key, cache in starts.items()},
    )
    yield kind
    chosen = entered(kind.path, kind.shown)
    if chosen == OFF:
        return
    given = each.cache if kind.shown == chosen and each.cache else starts[chosen]
    for key in type(given).model_fields:
        if key in LABELS:
            yield Field(
                f"{path}.cache.{key}", f"{name}{LABELS[key]}", _kind(key), getattr(given, key)
            )


def _kind(key: str) -> Any:  # noqa: ANN401 - a literal of `Field`
    if key in WHOLE:
        return "whole"
    return {"renewed_by_use": "switch", "reply_gap_hit": "percent"}.get(key, "amount")


def _starts(scenario: Scenario, each: RequestClass) -> dict[str, SharedPrefix | Conversation]:
    """Where a new cache starts: half of the mean prompt is shared, or grows over four turns."""
    mean = each.input.distribution().mean
    a_minute = scenario.workload.requests_per_month / HOURS_PER_MONTH / MINUTES_PER_HOUR
    return {
        "prefix": SharedPrefix(
            prefix_tokens=int(mean / 2), requests_per_minute=significant(a_minute * each.share, 3)
        ),
        "conversation": Conversation(
            system_tokens=int(mean / 4), growth_tokens_per_turn=max(1, int(mean / 4)), turns=4
        ),
    }
