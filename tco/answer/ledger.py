"""The assumption ledger: every value an answer rests on, with unit, source and date."""

from collections.abc import Callable, Iterator
from typing import Final

from hardware_profiles.offer import PurchaseOffer
from pricing.token_classes import class_rates
from tco.answer.ledger_choices import choices
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


def _given(
    rows: tuple[tuple[str, str, Callable[[Scenario], float], str], ...], scenario: Scenario
) -> Iterator[Assumption]:
    for field, label, value, unit in rows:
        yield _row(field, label, value(scenario), unit, YOURS)


def _row(field: str, label: str, value: float | str | None, unit: str, basis: Basis) -> Assumption:
    return Assumption(field, label, value, unit, None, None, basis, yours=basis is YOURS)


def _shape_of_the_week(resolved: Resolved) -> Assumption:
    profile = resolved.profile
    given = isinstance(resolved.scenario.workload.profile, str)
    basis = profile.basis if given else YOURS
    return _row("workload.profile", "Shape of the week", profile.name, "", basis)


def _lengths(path: str, requests: RequestClass) -> Iterator[Assumption]:
    name = requests.name
    basis = Basis(requests.source, "", "medium") if requests.source else YOURS
    for side, length in (("prompt", requests.input), ("output", requests.output)):
        field = f"{path}.{'input' if side == 'prompt' else 'output'}"
        yield _row(field, f"{name}: mean {side}", length.distribution().mean, "token", basis)
    cached = f"{name}: cached share of the prompt"
    yield _row(f"{path}.cached_share", cached, requests.cached_prompt_share, "1", YOURS)
    written = f"{name}: share of the uncached prompt that is written to the cache"
    basis = ASSUMED if requests.cache_written_share is None else YOURS
    yield _row(f"{path}.cache_written_share", written, requests.cache_written, "1", basis)
    ratio = f"{name}: open-model tokens per GPT token"
    value = requests.llama_tokens_per_gpt_token
    yield _row(f"{path}.llama_tokens_per_gpt_token", ratio, value, "1", YOURS)
    reasoning = f"{name}: share of GPT's output that is reasoning"
    yield _row(f"{path}.reasoning_share", reasoning, requests.reasoning_share, "1", YOURS)
    answers = f"{name}: open model's answer over GPT's"
    yield _row(f"{path}.llama_answer_ratio", answers, requests.llama_answer_ratio, "1", YOURS)


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


_TRAFFIC: Final[tuple[tuple[str, str, Callable[[Scenario], float], str], ...]] = (
    (
        "workload.requests_per_month",
        "Requests",
        lambda s: s.workload.requests_per_month,
        "request/month",
    ),
    ("workload.growth_per_month", "Growth", lambda s: s.workload.growth_per_month, "1/month"),
    (
        "workload.peak_within_hour",
        "Busiest minute over its hour",
        lambda s: s.workload.peak_within_hour,
        "1",
    ),
)
_CONVENTIONS: Final[tuple[tuple[str, str, Callable[[Scenario], float], str], ...]] = (
    (
        "objective.mean_ttft_ms",
        "Mean time to first token allowed",
        lambda s: s.objective.mean_ttft_ms,
        "ms",
    ),
    (
        "objective.mean_tpot_ms",
        "Mean time per output token allowed",
        lambda s: s.objective.mean_tpot_ms,
        "ms",
    ),
    (
        "fleet.allowed_load",
        "Load allowed in the busiest minute",
        lambda s: s.fleet.allowed_load,
        "1",
    ),
    (
        "fleet.spare_replicas",
        "Spare replicas",
        lambda s: float(s.fleet.spare_replicas),
        "replica",
    ),
    (
        "fleet.own_cache_hits",
        "Cached prompt tokens found on your own servers",
        lambda s: s.fleet.own_cache_hits,
        "1",
    ),
    (
        "finance.horizon_months",
        "Horizon",
        lambda s: float(s.finance.horizon_months),
        "month",
    ),
    (
        "finance.discount_rate",
        "Discount rate, annual effective",
        lambda s: s.finance.discount_rate,
        "1/year",
    ),
    (
        "finance.api_price_change_per_year",
        "Change of API prices",
        lambda s: s.finance.api_price_change_per_year,
        "1/year",
    ),
)
