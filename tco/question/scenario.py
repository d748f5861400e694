"""The question: what is sent, what it is compared with, and under which assumptions."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hardware_profiles.language_model import model_name
from pricing.clashes import ClashError
from pricing.provenance import Record, ShortText
from pricing.quantities import MOST_REQUESTS_PER_MONTH
from tco.question.hybrids import Hybrid
from tco.question.options import ApiOption, ModelQuality, SelfHostedOption
from tco.question.own_facts import OwnFacts
from tco.question.terms import Company, Costs, Currency, Finance, Fleet, Objective
from tco.question.traffic import Workload
from tco.words.figures import count, plural, share


def _require_names(key: str, name: str, compared: Sequence[str], told: Sequence[str]) -> None:
    """Refuse the second of two alike, at its place."""
    for place, one in enumerate(compared):
        if one in compared[:place]:
            limit = f"is that of {key}.{compared.index(one)} too"
            raise ClashError(f"{key}.{place}.{name}", told[place], limit, "Give each its own.")


class Scenario(Record):
    """One question, complete: the same scenario and data give the same answer."""

    format: Literal["tco.scenario/1"] = "tco.scenario/1"
    """Name and version of this form."""
    name: str = Field(min_length=1, max_length=120)
    """What the scenario is called wherever it is shown."""
    note: ShortText = ""
    """Where it comes from, in your own words."""
    prices_on: date
    """Day whose prices are used."""
    workload: Workload
    """What is sent in a month."""
    baseline: ApiOption
    """Who answers today, but for the kinds of requests that name another (`today`); what you do
    today, as a whole, is what every alternative is compared with."""
    apis: Annotated[tuple[ApiOption, ...], Field(max_length=20)] = ()
    """Further offers of tokens to compare with what you do today."""
    self_hosted: Annotated[tuple[SelfHostedOption, ...], Field(max_length=12)] = ()
    """Servers of your own to compare with it."""
    hybrids: Annotated[tuple[Hybrid, ...], Field(max_length=8)] = ()
    """Mixtures of one API option and one self-hosted option to compare with it."""
    qualities: Annotated[tuple[ModelQuality, ...], Field(max_length=20)] = ()
    """How often answers of a model are accepted, for every option that serves it."""
    library: OwnFacts | None = None
    """Models, machines, prices and records of your own."""
    objective: Objective = Objective()
    """How long a user may be made to wait."""
    fleet: Fleet = Fleet()
    """How your own servers are sized for their peak."""
    finance: Finance = Finance()
    """Horizon, discount rate, and how prices move."""
    currency: Currency = Currency()
    """In which currency money is shown."""
    company: Company = Company()
    """What licences and rules about data ask about you."""
    team: Literal["small", "platform", "regulated"] | None = None
    """Kind of team that runs it: whose people are counted where you give no figure."""
    assume: Literal["frugal", "typical", "careful"] = "typical"
    """Which published figures stand for what surrounds the model where you give none: the cheapest,
    the usual or the dearest that are on record."""
    costs: Costs = Costs()
    """Your own figures for what surrounds the model."""

    @model_validator(mode="after")
    def _volume_stays_within_its_limit(self) -> Self:
        months, growth = self.finance.horizon_months, self.workload.growth_per_month
        last = math.log(self.workload.requests_per_month) + (months - 1) * math.log1p(growth)
        if last > math.log(MOST_REQUESTS_PER_MONTH):
            most = count(MOST_REQUESTS_PER_MONTH)
            msg = (
                f"growth of {share(growth)} a month over {plural(months, 'month')} goes beyond "
                f"{most} requests a month; give a lower workload.growth_per_month or a shorter "
                "finance.horizon_months"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _alternatives_differ(self) -> Self:
        own = [option.name for option in self.self_hosted]
        mixed = [hybrid.name for hybrid in self.hybrids]
        measured = [model_name(quality.model) for quality in self.qualities]
        _require_names("self_hosted", "name", own, own)
        _require_names("hybrids", "name", mixed, mixed)
        _require_names("qualities", "model", measured, [q.model for q in self.qualities])
        before = [] if self.several_today else [self.baseline]
        for place, api in enumerate(self.apis):
            if api in (*before, *self.apis[:place]):
                limit = "stands twice: baseline, or another of apis, is the same in every key"
                named = f"{api.provider}/{api.model}"
                raise ClashError(f"apis.{place}", named, limit, "Leave one of them out.")
        return self

    @model_validator(mode="after")
    def _moves_within_the_horizon(self) -> Self:
        months = self.finance.horizon_months
        for place, option in enumerate(self.self_hosted):
            if option.rollout is not None and option.rollout.first_month > months:
                raise ClashError(
                    f"self_hosted.{place}.rollout.moved.0.from_month",
                    option.rollout.first_month,
                    f"is beyond the horizon: nothing moves to {option.name!r} within "
                    f"{plural(months, 'month')}",
                    "Give an earlier month, or a longer finance.horizon_months.",
                )
        moving = {option.name for option in self.self_hosted if option.rollout is not None}
        for place, hybrid in enumerate(self.hybrids):
            if hybrid.self_hosted in moving:
                raise ClashError(
                    f"hybrids.{place}.self_hosted",
                    hybrid.self_hosted,
                    "names an option that has a rollout",
                    "Give the hybrid an option of its own without one.",
                )
        return self

    @model_validator(mode="after")
    def _spills_from_machines_of_one_price(self) -> Self:
        there = {o.name for o in self.self_hosted if o.already_owned is not None}
        for place, hybrid in enumerate(self.hybrids):
            if hybrid.kind == "spill" and hybrid.self_hosted in there:
                raise ClashError(
                    f"hybrids.{place}.self_hosted",
                    hybrid.self_hosted,
                    "has servers of two prices, those owned already and new ones",
                    "Give the base fleet an option without already_owned.",
                )
        return self

    @model_validator(mode="after")
    def _commits_to_alternatives_alone(self) -> Self:
        if not all(option.by_use for option in self.answering_today):
            msg = (
                "what you do today is billed by use; give a commitment or provisioned units to an "
                "option of apis, and leave them out of baseline and of workload.classes.today"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _answers_something_today(self) -> Self:
        if all(
            part.share == 0 or part.today not in (None, self.baseline)
            for part in self.workload.classes
        ):
            msg = (
                "every kind of requests names another API that answers it today, so nothing is "
                "left for the baseline: make one of those the baseline"
            )
            raise ValueError(msg)
        return self

    def __repr__(self) -> str:
        """Say in a line which question this is."""
        requests = plural(self.workload.requests_per_month, "request")
        return f"<Scenario {self.name!r}: {requests} a month, {self.baseline.model} today>"

    @property
    def answering_today(self) -> tuple[ApiOption, ...]:
        """APIs that answer today, the baseline first."""
        named = (c.today for c in self.workload.classes if c.today is not None and c.share)
        return tuple(dict.fromkeys((self.baseline, *named)))

    @property
    def bought(self) -> tuple[ApiOption, ...]:
        """APIs that answer today or might."""
        return tuple(dict.fromkeys((*self.answering_today, *self.apis)))

    @property
    def several_today(self) -> bool:
        """Whether more than one API answers today."""
        return len(self.answering_today) > 1
