"""The assumption ledger: every value an answer rests on, with unit, source and date."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pydantic import BaseModel

from hardware_profiles.offer import PurchaseOffer
from pricing.token_classes import class_rates
from tco.answer.ledger_choices import choices, given_or_default
from tco.facts.cost_facts import YOURS, CostFacts, basis_of
from tco.facts.resolve import Resolved, ResolvedApi, ResolvedHost
from tco.question.keys import api_key
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass
from tco.results.answer import Assumption
from tco.results.bill import Basis
from tco.words.figures import whole

ASSUMED: Final = Basis(
    "planner's assumption",
    "2026-11-27",
    "medium",
    note="caching that is on writes what it did not find",
)


def ledger(resolved: Resolved, facts: CostFacts) -> tuple[Assumption, ...]:
    """List traffic, prices, machines, speed, conventions and surrounding costs."""
    return (
        *_given(_TRAFFIC, resolved.scenario),
        _shape_of_the_week(resolved),
        *(
            row
            for index, requests in enumerate(resolved.scenario.workload.classes)
            for row in _lengths(f"workload.classes.{index}", requests)
        ),
        *(row for api in resolved.sellers for row in _rates(api)),
        *(row for index, host in enumerate(resolved.hosts) for row in _machines(index, host)),
        *_conventions(resolved.scenario),
        *choices(resolved.scenario),
        *facts.table(),
    )


def _conventions(scenario: Scenario) -> Iterator[Assumption]:
    """What own caches find is no convention where it follows from something."""
    worked_out = scenario.fleet.own_cache is not None
    for row in _given(_CONVENTIONS, scenario):
        if not (worked_out and row.field == "fleet.own_cache_hits"):
            yield row


def _given(rows: tuple[tuple[str, str, str], ...], scenario: Scenario) -> Iterator[Assumption]:
    for field, label, unit in rows:
        part, name = field.split(".")
        yield _of_record(getattr(scenario, part), part, name, label, unit)


def _of_record(record: BaseModel, path: str, name: str, label: str, unit: str) -> Assumption:
    """List a value of a record."""
    return _row(
        f"{path}.{name}", label, getattr(record, name), unit, given_or_default(record, name)
    )


def _row(field: str, label: str, value: float | str | None, unit: str, basis: Basis) -> Assumption:
    value = float(value) if isinstance(value, int) else value
    return Assumption(field, label, value, unit, None, None, basis, yours=basis is YOURS)


def _shape_of_the_week(resolved: Resolved) -> Assumption:
    profile = resolved.profile
    given = isinstance(resolved.scenario.workload.profile, str)
    basis = profile.basis if given else YOURS
    return _row("workload.profile", "Shape of the week", profile.name, "", basis)


def _lengths(path: str, requests: RequestClass) -> Iterator[Assumption]:
    name = requests.name
    told = Basis(requests.source, YOURS.as_of, "medium") if requests.source else YOURS
    for side, length in (("prompt", requests.input), ("output", requests.output)):
        field = f"{path}.{'input' if side == 'prompt' else 'output'}"
        yield _row(field, f"{name}: mean {side}", length.distribution().mean, "token", told)
    for field, label in _OF_A_CLASS:
        row = _of_record(requests, path, field, f"{name}: {label}", "1")
        if field == "cached_share" and requests.cache is not None:
            row = replace(row, value=requests.cached_prompt_share, basis=YOURS, yours=True)
        if field == "cache_written_share" and requests.cache_written_share is None:
            row = replace(row, value=requests.cache_written, basis=ASSUMED)
        yield row


def _rates(api: ResolvedApi) -> Iterator[Assumption]:
    field = api_key(api.option)
    title = f"{api.offer.title} at {api.offer.provider_title}, {api.option.tier}"
    for band in api.card.bands:
        if not band.offered:
            continue
        edge = band.above_input_tokens
        above = f", prompts over {whole(edge)}" if edge else ""
        for rate in class_rates(band, _lifetimes(api)):
            value = "billed as input" if rate.note else float(rate.usd_per_mtok)
            basis = basis_of(rate.source)
            if rate.token_class.key == "write" and rate.note:
                continue
            yield _row(field, f"{title}: {rate.name}{above}", value, "USD/Mtok", basis)


def _lifetimes(api: ResolvedApi) -> tuple[str, ...]:
    kept = api.option.cache_lifetime
    return () if kept is None else (kept,)


def _machines(index: int, host: ResolvedHost) -> Iterator[Assumption]:
    option, machine = host.option, host.machine
    field, label = f"self_hosted.{index}", f"{option.name}: {machine.id}"
    listed = basis_of(machine.source)
    if isinstance(machine, PurchaseOffer):
        yield _row(f"{field}.own", label, machine.price_usd, "USD/server", listed)
    elif option.usd_per_gpu_hour is not None:
        rent = option.usd_per_gpu_hour
        yield _row(f"{field}.usd_per_gpu_hour", label, rent, "USD/GPU-h", YOURS)
    else:
        yield _row(f"{field}.rent", label, machine.usd_per_gpu_hour, "USD/GPU-h", listed)
    record = host.record
    speed = f"{option.name}: speed, {record.label}"
    yield _row(f"{field}.calibration", speed, record.id, "", basis_of(record.source))


_OF_A_CLASS: Final = (
    ("cached_share", "cached share of the prompt"),
    ("cache_written_share", "share of the uncached prompt that is written to the cache"),
    ("llama_tokens_per_gpt_token", "open-model tokens per GPT token"),
    ("reasoning_share", "share of GPT's output that is reasoning"),
    ("llama_answer_ratio", "open model's answer over GPT's"),
)
_TRAFFIC: Final = (
    ("workload.requests_per_month", "Requests", "request/month"),
    ("workload.growth_per_month", "Growth", "1/month"),
    ("workload.peak_within_hour", "Busiest minute over its hour", "1"),
)
_CONVENTIONS: Final = (
    ("objective.mean_ttft_ms", "Mean time to first token allowed", "ms"),
    ("objective.mean_tpot_ms", "Mean time per output token allowed", "ms"),
    ("fleet.allowed_load", "Load allowed in the busiest minute", "1"),
    ("fleet.spare_replicas", "Spare replicas", "replica"),
    ("fleet.own_cache_hits", "Cached prompt tokens found on your own servers", "1"),
    ("finance.horizon_months", "Horizon", "month"),
    ("finance.discount_rate", "Discount rate, annual effective", "1/year"),
    ("finance.api_price_change_per_year", "Change of API prices", "1/year"),
)
