"""Names in a scenario into the facts they stand for, with every unknown or unfit one at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.library import Library
from hardware_profiles.memory import replicas_per_instance, require_fit
from hardware_profiles.offer import PurchaseOffer, RentalOffer
from pricing.catalogue import Catalogue
from pricing.errors import InputError, PriceError, Problem, did_you_mean
from pricing.offer import Offer
from pricing.rate_card import RateCard
from pricing.refusal import NoPriceError, NotOfferedError
from tco.facts.collector import Collector, Fact, field_named
from tco.facts.meanwhile import require_meanwhile
from tco.facts.qualities import quality_of, require_known_models
from tco.question.hybrids import BASELINE, Hybrid
from tco.question.keys import TODAY, api_key
from tco.question.options import ApiOption, Quality, SelfHostedOption
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass
from tco.question.week import WeeklyProfile, weekly_profile


@dataclass(frozen=True)
class ResolvedApi:
    """An API option, the offer it names, and its rates on the scenario's day."""

    option: ApiOption
    offer: Offer
    card: RateCard
    quality: Quality | None = None
    """Of this option, else of its model; None where neither was measured."""
    parts: tuple["TodaysPart", ...] = ()
    """Of the baseline alone, where several APIs answer today: all of them, this one first."""

    @cached_property
    def key(self) -> str:
        """Key among the alternatives."""
        return TODAY if self.parts else api_key(self.option)

    @property
    def sellers(self) -> "tuple[ResolvedApi, ...]":
        """APIs that answer."""
        return tuple(part.api for part in self.parts) or (self,)

    def seller_of(self, line: str) -> "ResolvedApi":
        """Which of them a line of the bill is paid to."""
        named = {part.key: part.api for part in self.parts}
        return next((named[word] for word in line.split("-") if word in named), self)


@dataclass(frozen=True, slots=True)
class TodaysPart:
    """What one of several APIs answers today."""

    api: ResolvedApi
    classes: tuple[RequestClass, ...]
    """Its kinds of requests; their shares add up to 1."""
    share: float
    """Share of all requests [1]."""
    key: str
    """What its lines start with."""


@dataclass(frozen=True, slots=True)
class EndedApi:
    """An API option that has no price on the scenario's day, though it has one on another."""

    option: ApiOption
    offer: Offer
    reason: Problem


@dataclass(frozen=True, slots=True)
class ResolvedHost:
    """A self-hosted option and the facts it names."""

    option: SelfHostedOption
    model: LanguageModel
    record: CalibrationRecord
    machine: RentalOffer | PurchaseOffer
    accelerator: Accelerator
    replicas_per_instance: int
    quality: Quality | None = None
    """Of this option, else of its model; None where neither was measured."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A scenario with every name looked up."""

    scenario: Scenario
    profile: WeeklyProfile
    baseline: ResolvedApi
    apis: tuple[ResolvedApi, ...]
    hosts: tuple[ResolvedHost, ...]
    hybrids: tuple["ResolvedHybrid", ...] = ()
    ended: tuple[EndedApi, ...] = ()
    """Options that are refused alone."""
    ended_hybrids: tuple["EndedHybrid", ...] = ()
    """Hybrids that name one of those."""

    def api_called(self, name: str) -> ResolvedApi | None:
        """Look up an API option by its key, or today's; None where it has ended."""
        known = {api.key: api for api in (self.baseline, *self.apis)}
        return self.baseline if name == BASELINE else known.get(name)

    @property
    def sellers(self) -> tuple[ResolvedApi, ...]:
        """Every API that answers today or might, each once."""
        bought = (self.baseline, *self.apis)
        return tuple({api.option: api for one in bought for api in one.sellers}.values())


@dataclass(frozen=True, slots=True)
class ResolvedHybrid:
    """A hybrid and the two options it names."""

    option: Hybrid
    api: ResolvedApi
    host: ResolvedHost


@dataclass(frozen=True, slots=True)
class EndedHybrid:
    """A hybrid whose API option has no price on the scenario's day."""

    option: Hybrid
    api: EndedApi
    host: ResolvedHost


def resolve(scenario: Scenario, catalogue: Catalogue, library: Library) -> Resolved:
    """Look up everything a scenario names.

    Raises
    ------
    InputError
        If a name is unknown or things named do not go together.
    PriceError
        If only prices are at fault: no such model, tier or date.
    """
    collector = Collector()
    profile = collector.attempt("", lambda: weekly_profile(scenario.workload.profile))
    options = {"baseline": scenario.baseline} | {
        f"apis.{i}": option for i, option in enumerate(scenario.apis)
    }
    apis = [
        collector.attempt(place, partial(api_of, option, scenario, catalogue))
        for place, option in options.items()
    ]
    today = {
        found.option: found
        for i, requests in enumerate(scenario.workload.classes)
        if requests.today is not None
        if (
            found := collector.attempt(
                f"workload.classes.{i}.today",
                partial(_sold_today, requests.today, scenario, catalogue),
            )
        )
    }
    hosts = [
        collector.attempt(f"self_hosted.{i}", partial(host_of, option, scenario, library))
        for i, option in enumerate(scenario.self_hosted)
    ]
    for i, hybrid in enumerate(scenario.hybrids):
        collector.attempt(f"hybrids.{i}", partial(_require_named, hybrid, scenario))
    apis_by_use = _api_keys(scenario)
    for i, own in enumerate(scenario.self_hosted):
        if own.rollout is not None:
            look_up = partial(require_meanwhile, own, own.rollout, scenario, library, apis_by_use)
            collector.attempt(f"self_hosted.{i}.rollout", look_up)
    if scenario.qualities:
        collector.attempt("", lambda: require_known_models(scenario, catalogue, library))
    collector.raise_if_any()
    assert profile is not None
    return _resolved(
        scenario,
        profile,
        [api for api in apis if api is not None],
        tuple(host for host in hosts if host is not None),
        today,
    )


def _resolved(
    scenario: Scenario,
    profile: WeeklyProfile,
    apis: Sequence[ResolvedApi | EndedApi],
    hosts: tuple[ResolvedHost, ...],
    today: Mapping[ApiOption, ResolvedApi],
) -> Resolved:
    """Put together what was looked up; an option with no price today takes its hybrids with it."""
    baseline = _require_sold(apis[0], "baseline")
    baseline = replace(baseline, parts=_parts(scenario, {**today, baseline.option: baseline}))
    by_key = {api_key(api.option): api for api in apis[1:]} | {
        BASELINE: baseline,
        baseline.key: baseline,
    }
    by_name = {host.option.name: host for host in hosts}
    hybrids: list[ResolvedHybrid] = []
    ended: list[EndedHybrid] = []
    for option in scenario.hybrids:
        api, host = by_key[option.api], by_name[option.self_hosted]
        if isinstance(api, EndedApi):
            ended.append(EndedHybrid(option, api, host))
        else:
            hybrids.append(ResolvedHybrid(option, api, host))
    return Resolved(
        scenario,
        profile,
        baseline,
        tuple(api for api in apis[1:] if isinstance(api, ResolvedApi)),
        hosts,
        tuple(hybrids),
        tuple(api for api in apis[1:] if isinstance(api, EndedApi)),
        tuple(ended),
    )


def _sold_today(option: ApiOption, scenario: Scenario, catalogue: Catalogue) -> ResolvedApi:
    return _require_sold(api_of(option, scenario, catalogue))


def _require_sold(api: ResolvedApi | EndedApi, place: str = "") -> ResolvedApi:
    if isinstance(api, EndedApi):
        raise PriceError(replace(api.reason, field=field_named(place, api.reason.field)))
    return api


def _parts(scenario: Scenario, known: Mapping[ApiOption, ResolvedApi]) -> tuple[TodaysPart, ...]:
    """Part the kinds of requests by who answers them today; nothing where all go to one."""
    if not scenario.several_today:
        return ()
    parts = []
    for place, option in enumerate(scenario.answering_today):
        classes = [
            c
            for c in scenario.workload.classes
            if c.share and (c.today or scenario.baseline) == option
        ]
        share = sum(c.share for c in classes)
        theirs = tuple(c.model_copy(update={"share": c.share / share}) for c in classes)
        parts.append(TodaysPart(known[option], theirs, share, f"seller{place}"))
    return tuple(parts)


def _require_named(hybrid: Hybrid, scenario: Scenario) -> None:
    """Raise with every name of a hybrid that the scenario does not hold."""
    apis, hosts = _api_keys(scenario), [option.name for option in scenario.self_hosted]
    problems = [
        Problem(field, repr(name), f"names no {what} of the scenario", did_you_mean(name, known))
        for field, name, known, what in (
            ("api", hybrid.api, apis, "API option"),
            ("self_hosted", hybrid.self_hosted, hosts, "self-hosted option"),
        )
        if name not in known
    ]
    if problems:
        raise InputError(*problems)


def _api_keys(scenario: Scenario) -> list[str]:
    """Names under which options and hybrids may call an API option, billed by use."""
    by_use = (option for option in scenario.apis if option.by_use)
    apis = [BASELINE, *(api_key(option) for option in by_use)]
    return apis if scenario.several_today else [*apis, api_key(scenario.baseline)]


def api_of(option: ApiOption, scenario: Scenario, catalogue: Catalogue) -> ResolvedApi | EndedApi:
    """Look up an API option on the scenario's day.

    Raises
    ------
    PriceRefusedError
        If there is no such model, or it is never sold in that tier or region.
    """
    offer = catalogue.offer(option.provider, option.model)
    try:
        card = offer.rate_card(option.tier, on=scenario.prices_on, residency=option.residency)
    except (NotOfferedError, NoPriceError) as error:
        if offer.sells(option.tier) and option.residency in offer.residencies:
            return EndedApi(option, offer, error.problems[0])
        raise
    quality = option.quality or quality_of(scenario, offer.open_weights or "", offer.model)
    return ResolvedApi(option, offer, card, quality)


def host_of(option: SelfHostedOption, scenario: Scenario, library: Library) -> ResolvedHost:
    """Look up a self-hosted option.

    Raises
    ------
    InputError
        If a name is unknown or things named do not go together.
    """
    collector = Collector()
    model = collector.attempt("", lambda: library.model(option.model))
    record = collector.attempt("", lambda: library.calibration(option.record_id))
    machine = collector.attempt("", lambda: _machine(option, library))
    if model and record:
        collector.attempt("", lambda: _require_same_model(model, record, library))
    if record and machine:
        collector.attempt("", lambda: _require_same_accelerator(record, machine, library))
        packed = collector.attempt(
            "", lambda: replicas_per_instance(machine.gpus, record.gpus_per_replica)
        )
        accelerator = collector.attempt("", lambda: library.accelerator(machine.accelerator))
        if model and accelerator:
            collector.attempt(
                "",
                lambda: require_fit(model, record.precision, accelerator, record.gpus_per_replica),
            )
    collector.raise_if_any()
    assert model and record and machine and accelerator and packed  # noqa: PT018 - as above
    quality = option.quality or quality_of(scenario, model.name)
    return ResolvedHost(option, model, record, machine, accelerator, packed, quality)


def _machine(option: SelfHostedOption, library: Library) -> RentalOffer | PurchaseOffer:
    if option.rent is not None:
        return _called("rent", library.offer, option.rent)
    return _called("own", library.purchase, option.own or "")


def _called(key: str, look_up: Callable[[str], Fact], name: str) -> Fact:
    """Look up a name of the library; a refusal says the key that the scenario gave it under."""
    try:
        return look_up(name)
    except InputError as error:
        raise InputError(*(replace(p, field=key) for p in error.problems)) from None


def _require_same_model(model: LanguageModel, record: CalibrationRecord, library: Library) -> None:
    if model.name in (record.model, *record.also_serves):
        return
    known = [r.id for r in library.calibrations_for(model=model.name)]
    raise InputError(
        Problem(
            "calibration",
            repr(record.id),
            f"was measured with {record.model}, not with {model.name}",
            f"Known for it: {', '.join(known)}."
            if known
            else f"No record of {model.name} ships; run a calibration, or choose another model.",
        )
    )


def _require_same_accelerator(
    record: CalibrationRecord, machine: RentalOffer | PurchaseOffer, library: Library
) -> None:
    if record.accelerator == machine.accelerator:
        return
    raise InputError(
        Problem(
            "calibration",
            repr(record.id),
            f"was measured on {record.accelerator}, and {machine.id} has {machine.accelerator}",
            did_you_mean(
                machine.id, [o.id for o in library.offers(accelerator=record.accelerator)]
            ),
        )
    )
