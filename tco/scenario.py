"""The question: what is sent, what it is compared with, and under which assumptions."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pricing.caching import conversation, conversation_share, prefix_share
from pricing.provenance import Record
from pricing.quantities import (
    Count,
    Engineers,
    Fraction,
    Gigabytes,
    GrowthRate,
    Milliseconds,
    Minutes,
    Months,
    Multiple,
    Ratio,
    RequestsPerMinute,
    RequestsPerMonth,
    TokenLimit,
    Tokens,
    Usd,
    UsdPerGb,
    UsdPerHour,
    UsdPerKwh,
    UsdPerKwMonth,
    UsdPerMonth,
    WaitMinutes,
    Whole,
    Years,
)
from pricing.units import HOURS_PER_WEEK
from tco.hybrid_options import Hybrid
from tco.kernel import lengths
from tco.kernel.attempts import accepted_share, tries_per_request

SHARES_TOLERANCE = 1e-9


class FixedLength(Record):
    """Every request has the same length."""

    kind: Literal["fixed"] = "fixed"
    tokens: Tokens

    def distribution(self) -> lengths.Fixed:
        """Build the distribution the kernel integrates."""
        return lengths.Fixed(self.tokens)

    def with_mean(self, tokens: float) -> "FixedLength":
        """Build the same shape about another mean [token]."""
        return FixedLength(tokens=tokens)


class LognormalLength(Record):
    """Lengths spread lognormally about a mean."""

    kind: Literal["lognormal"] = "lognormal"
    mean_tokens: Tokens
    cv: Annotated[Ratio, Field(le=20)]
    """Coefficient of variation: standard deviation over mean."""

    def distribution(self) -> lengths.Lognormal:
        """Build the distribution the kernel integrates."""
        return lengths.Lognormal(self.mean_tokens, self.cv)

    def with_mean(self, tokens: float) -> "LognormalLength":
        """Build the same shape about another mean [token]."""
        return LognormalLength(mean_tokens=tokens, cv=self.cv)


class QuantileLength(Record):
    """Lengths by quantile, evenly spread between neighbours; the usual form of a usage log."""

    kind: Literal["quantiles"] = "quantiles"
    probabilities: tuple[Fraction, ...] = Field(min_length=2)
    """Cumulative shares, from 0 to 1, ascending."""
    tokens: tuple[Tokens, ...] = Field(min_length=2)
    """Length at each cumulative share, ascending."""

    @model_validator(mode="after")
    def _is_a_distribution(self) -> Self:
        if len(self.probabilities) != len(self.tokens):
            msg = "probabilities and tokens must have the same number of entries"
            raise ValueError(msg)
        if self.probabilities[0] != 0 or self.probabilities[-1] != 1:
            msg = "probabilities must start at 0 and end at 1"
            raise ValueError(msg)
        if any(a >= b for a, b in pairwise(self.probabilities)):
            msg = "probabilities must ascend"
            raise ValueError(msg)
        if any(a > b for a, b in pairwise(self.tokens)):
            msg = "tokens must not descend"
            raise ValueError(msg)
        return self

    def distribution(self) -> lengths.Quantiles:
        """Build the distribution the kernel integrates."""
        return lengths.Quantiles(self.probabilities, self.tokens)

    def with_mean(self, tokens: float) -> "QuantileLength":
        """Build the same shape about another mean [token]."""
        ratio = tokens / self.distribution().mean
        return QuantileLength(
            probabilities=self.probabilities, tokens=tuple(t * ratio for t in self.tokens)
        )


Length = Annotated[FixedLength | LognormalLength | QuantileLength, Field(discriminator="kind")]


class SharedPrefix(Record):
    """Every prompt starts with the same tokens, found in the cache while they stay warm."""

    kind: Literal["prefix"] = "prefix"
    prefix_tokens: TokenLimit
    requests_per_minute: RequestsPerMinute
    """Rate of the requests that share the prefix."""
    lifetime_minutes: Minutes = 5.0
    renewed_by_use: bool = True

    def cached_share(self, mean_prompt_tokens: float) -> float:
        """Share of prompt tokens read from the cache [1]."""
        return prefix_share(
            self.prefix_tokens,
            mean_prompt_tokens,
            requests_per_minute=self.requests_per_minute,
            lifetime_minutes=self.lifetime_minutes,
            renewed_by_use=self.renewed_by_use,
        )


class Conversation(Record):
    """Each prompt repeats the conversation so far."""

    kind: Literal["conversation"] = "conversation"
    system_tokens: TokenLimit
    growth_tokens_per_turn: TokenLimit
    """What one turn adds: the question and the answer before it."""
    turns: Annotated[Whole, Field(le=1_000)]
    reply_gap_hit: Fraction = 1.0
    """Share of turns whose pause stays within the cache's lifetime."""

    def cached_share(self, mean_prompt_tokens: float) -> float:
        """Share of prompt tokens read from the cache [1]."""
        turns = conversation(
            system_tokens=self.system_tokens,
            growth_tokens_per_turn=self.growth_tokens_per_turn,
            turns=self.turns,
            reply_gap_hit=self.reply_gap_hit,
        )
        return conversation_share(turns)


class RequestClass(Record):
    """One kind of request: how often, how long, how much of its prompt is cached."""

    name: str = Field(min_length=1, max_length=80)
    share: Fraction = 1.0
    """Share of all requests; the shares of all classes add up to 1."""
    input: Length
    """Prompt tokens, cached ones included, as the GPT model counts them."""
    output: Length
    """Output tokens, reasoning included, as the GPT model counts them."""
    cached_share: Fraction = 0.0
    """Share of prompt tokens read from a prompt cache: on the API and on your own server alike."""
    cache: Annotated[SharedPrefix | Conversation, Field(discriminator="kind")] | None = None
    """What the cached share follows from, instead of giving it."""
    llama_tokens_per_gpt_token: Annotated[Ratio, Field(ge=0.5, le=2)] = 1.0
    """Tokens the open model needs for the text of one GPT token."""
    source: str = ""
    """Where the lengths come from."""

    @model_validator(mode="after")
    def _caches_in_one_way(self) -> Self:
        if self.cache is not None and self.cached_share:
            msg = "give a cached share or what it follows from (cache), not both"
            raise ValueError(msg)
        mean = self.input.distribution().mean
        if isinstance(self.cache, SharedPrefix) and self.cache.prefix_tokens > mean:
            msg = f"the shared prefix must not be longer than the mean prompt, {mean:,.0f} tokens"
            raise ValueError(msg)
        return self

    @property
    def cached_prompt_share(self) -> float:
        """Share of prompt tokens read from a cache, given or worked out [1]."""
        if self.cache is None:
            return self.cached_share
        return self.cache.cached_share(self.input.distribution().mean)


class Workload(Record):
    """What is sent in a month, and how it is spread over the week."""

    requests_per_month: RequestsPerMonth
    growth_per_month: GrowthRate = 0.0
    profile: str | tuple[Annotated[float, Field(ge=0)], ...] = "business-hours"
    """Name of a weekly profile, or 168 hourly weights from Monday 00:00."""
    peak_within_hour: Annotated[Multiple, Field(le=100)] = 1.5
    """Highest minute over the mean of its hour."""
    classes: tuple[RequestClass, ...] = Field(min_length=1)

    @field_validator("profile")
    @classmethod
    def _covers_the_week(cls, profile: str | tuple[float, ...]) -> str | tuple[float, ...]:
        if isinstance(profile, str):
            return profile
        if len(profile) != HOURS_PER_WEEK:
            msg = f"a weekly profile has {HOURS_PER_WEEK} hourly weights, this one {len(profile)}"
            raise ValueError(msg)
        if sum(profile) <= 0:
            msg = "a weekly profile needs at least one positive weight"
            raise ValueError(msg)
        return profile

    @model_validator(mode="after")
    def _shares_are_whole(self) -> Self:
        total = sum(c.share for c in self.classes)
        if abs(total - 1) > SHARES_TOLERANCE:
            msg = f"the shares of the classes must add up to 1, they add up to {total:.12g}"
            raise ValueError(msg)
        names = [c.name for c in self.classes]
        if len(set(names)) != len(names):
            msg = "each class needs a name of its own"
            raise ValueError(msg)
        return self


class Quality(Record):
    """How often an answer is accepted, measured on your own tasks, and what happens when not."""

    acceptance_rate: Annotated[Fraction, Field(gt=0)]
    """Share of answers accepted at the first try."""
    retries: Annotated[Count, Field(le=10)] = 0
    """Further tries of an answer that is not accepted, each independent of the one before."""
    usd_per_unaccepted: Usd = 0.0
    """Cost of what is still not accepted in the end: repair, escalation, a lost case."""

    @property
    def tries_per_request(self) -> float:
        """Mean tries of a request [1]."""
        return tries_per_request(self.acceptance_rate, self.retries)

    @property
    def accepted_share(self) -> float:
        """Share of requests that end with an accepted answer [1]."""
        return accepted_share(self.acceptance_rate, self.retries)


class Successor(Record):
    """The model you would move to once another is no longer sold."""

    provider: str
    model: str


class ApiOption(Record):
    """Tokens bought from a provider."""

    provider: str
    model: str
    tier: str = "standard"
    residency: str = "global"
    contract_discount: Fraction = 0.0
    """Negotiated discount on every list price."""
    usage_tier: str | None = None
    """Rate-limit tier of your account, where the provider has them."""
    successors: tuple[Successor, ...] = ()
    """Models to move to, in order, when this one is retired within the horizon."""
    quality: Quality | None = None


class Interruption(Record):
    """What it costs that spot machines are taken away."""

    lost_share: Annotated[Fraction, Field(lt=1)]
    """Share of hours lost."""
    then: Literal["re-run", "baseline"] = "re-run"
    """``re-run``: the hours are paid and their work is done again, so that more machines are
    needed. ``baseline``: they are not paid, and today's API answers in them."""


class SelfHostedOption(Record):
    """Your own servers: a model, how it was measured to run, and rented or owned machines."""

    name: str = Field(min_length=1, max_length=80)
    model: str
    calibration: str
    """Id of the calibration record that says how quickly one replica serves."""
    rent: str | None = None
    """Id of a rental offer."""
    own: str | None = None
    """Id of a purchase offer."""
    usd_per_gpu_hour: Annotated[UsdPerHour, Field(ge=0.05, le=100)] | None = None
    """Your own rent per GPU, instead of the list price of the offer [USD/GPU-h]."""
    paid_upfront: bool | None = None
    """Whether each term is paid whole at its start; as the offer says when left out."""
    interruption: Interruption | None = None
    """For spot machines."""
    quality: Quality | None = None

    @model_validator(mode="after")
    def _is_rented_or_owned(self) -> Self:
        if (self.rent is None) == (self.own is None):
            msg = "name either a rental offer (rent) or a purchase offer (own), not both"
            raise ValueError(msg)
        if self.own is not None and self.usd_per_gpu_hour is not None:
            msg = "usd_per_gpu_hour is a rent; owned machines have a purchase price"
            raise ValueError(msg)
        if self.own is not None and (self.interruption or self.paid_upfront is not None):
            msg = "interruption and paid_upfront are about rents, not about owned machines"
            raise ValueError(msg)
        return self


class Objective(Record):
    """What a user may be made to wait: on average, and in the slowest twentieth of requests."""

    mean_ttft_ms: Annotated[Milliseconds, Field(le=600_000)] = 2_000.0
    """Time to first token."""
    mean_tpot_ms: Annotated[Milliseconds, Field(le=10_000)] = 50.0
    """Time per output token after the first."""
    p95_ttft_ms: Annotated[Milliseconds, Field(le=600_000)] | None = None
    """95th percentile of the time to first token; capacity is then simulated."""
    p95_tpot_ms: Annotated[Milliseconds, Field(le=10_000)] | None = None
    """95th percentile of the time per output token; capacity is then simulated."""


class Autoscale(Record):
    """How machines that are rented by the hour follow the hours of the week.

    Committed and owned machines stay.
    """

    provision_minutes: WaitMinutes = 5.0
    """From asking for a machine to its operating system (planner's assumption)."""
    load_minutes: WaitMinutes = 10.0
    """Image, weights and warm-up of the engine (planner's assumption)."""
    hold_minutes: WaitMinutes = 10.0
    """How long a machine that is no longer needed is kept (planner's assumption)."""
    billing_minutes: WaitMinutes = 1.0
    """Unit in which a machine's time is billed; 0 is by the instant."""
    scale_to_zero: bool = False
    """Whether hours without any request run no machine at all."""


class Fleet(Record):
    """How the fleet is sized for its peak."""

    allowed_load: Annotated[Fraction, Field(gt=0)] = 0.8
    """Share of its capacity at which a replica is planned to run in the peak minute."""
    spare_replicas: Count = 1
    """Replicas kept idle for failures and upgrades (N+1)."""
    min_replicas: Whole = 1
    autoscale: Autoscale | None = None
    """Left out, every fleet is fixed to its peak."""


class PriceStep(Record):
    """From a month on, prices are a multiple of today's."""

    from_month: Months
    factor: Annotated[Ratio, Field(le=10)]


YearlyChange = Annotated[GrowthRate, Field(ge=-0.95, le=1)]


class Finance(Record):
    """How money at different times is compared; flows at month end, purchases at month 0."""

    horizon_months: Months = 36
    discount_rate: Annotated[GrowthRate, Field(ge=0, le=1)] = 0.08
    """Annual effective rate."""
    api_price_change_per_year: YearlyChange = 0.0
    """Yearly change of every API price; -0.2 means a fifth cheaper each year."""
    api_price_steps: tuple[PriceStep, ...] = ()
    """Instead of the yearly change."""
    gpu_price_change_per_year: YearlyChange = 0.0
    """Yearly change of what GPUs cost to rent and to buy; a term keeps its price to its end."""
    gpu_price_steps: tuple[PriceStep, ...] = ()
    """Instead of the yearly change."""
    wage_change_per_year: YearlyChange = 0.0
    """Yearly change of what people cost."""
    terms: Literal["real", "nominal"] = "real"
    """Whether the discount rate and the changes above are net of inflation, or as quoted."""
    inflation_per_year: Annotated[GrowthRate, Field(ge=0, le=1)] = 0.0
    """In nominal terms it raises what has no change of its own; in real terms it wears down what
    is fixed in money: prices within a term, and depreciation."""
    tax_rate: Annotated[Fraction, Field(lt=1)] = 0.0
    """On savings, less straight-line depreciation; 0 is before tax."""
    depreciation_years: Years | None = None
    """Life for tax; the useful life when left out."""

    @model_validator(mode="after")
    def _has_one_path_each(self) -> Self:
        for name in ("api_price", "gpu_price"):
            steps = getattr(self, f"{name}_steps")
            if steps and getattr(self, f"{name}_change_per_year"):
                msg = f"{name}_steps replace {name}_change_per_year; give one of them"
                raise ValueError(msg)
            if len({step.from_month for step in steps}) != len(steps):
                msg = f"{name}_steps name a month twice"
                raise ValueError(msg)
        return self


class Currency(Record):
    """In which money figures are shown; everything is computed in USD."""

    code: str = Field(default="USD", pattern="^[A-Z]{3}$")
    per_usd: Ratio = 1.0
    """Units of it for one dollar."""
    as_of: date | None = None
    source: str = ""

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        if self.code == "USD" and self.per_usd != 1:
            msg = "a dollar is one dollar"
            raise ValueError(msg)
        if self.code != "USD" and self.as_of is None:
            msg = "a rate of exchange needs the day it is of (as_of)"
            raise ValueError(msg)
        return self


class Company(Record):
    """What licences ask about the licensee."""

    eu_domiciled: bool = False
    data_region: str | None = None
    """Region that what users send may not leave, as the provider names it, such as ``eu``."""
    monthly_active_users: Count | None = None


class Costs(Record):
    """Your own figures for what surrounds the model; what is left out is taken from the library."""

    electricity_usd_per_kwh: UsdPerKwh | None = None
    pue: Annotated[Multiple, Field(le=4)] | None = None
    average_power_share: Fraction | None = None
    colocation_usd_per_kw_month: UsdPerKwMonth | None = None
    hardware_support_per_year: Fraction | None = None
    useful_life_years: Years | None = None
    residual_share: Fraction | None = None
    install_share: Fraction | None = None
    egress_usd_per_gb: UsdPerGb | None = None
    bytes_per_token: Annotated[Ratio, Field(le=100)] | None = None
    storage_usd_per_gb_month: UsdPerGb | None = None
    storage_gb_per_instance: Gigabytes | None = None
    load_balancer_usd_per_month: UsdPerMonth | None = None
    platform_rented_usd_per_month: UsdPerMonth | None = None
    platform_owned_usd_per_month: UsdPerMonth | None = None
    observability_usd_per_month: UsdPerMonth | None = None
    evaluation_usd_per_month: UsdPerMonth | None = None
    security_usd_per_month: UsdPerMonth | None = None
    engineer_usd_per_month: UsdPerMonth | None = None
    api_fte: Engineers | None = None
    rented_fte: Engineers | None = None
    owned_fte: Engineers | None = None
    migration_api_usd: Usd | None = None
    migration_rented_usd: Usd | None = None
    migration_owned_usd: Usd | None = None
    exit_usd: Usd | None = None


class Scenario(Record):
    """One question, complete: the same scenario and data give the same answer."""

    format: Literal["tco.scenario/1"] = "tco.scenario/1"
    name: str = Field(min_length=1, max_length=120)
    note: str = ""
    prices_on: date
    """Day whose prices are used."""
    workload: Workload
    baseline: ApiOption
    """What you do today; every alternative is compared with it."""
    apis: tuple[ApiOption, ...] = ()
    self_hosted: tuple[SelfHostedOption, ...] = ()
    hybrids: tuple[Hybrid, ...] = ()
    objective: Objective = Objective()
    fleet: Fleet = Fleet()
    finance: Finance = Finance()
    currency: Currency = Currency()
    company: Company = Company()
    team: Literal["small", "platform", "regulated"] | None = None
    """Kind of team that runs it: whose people are counted where you give no figure."""
    costs: Costs = Costs()

    @model_validator(mode="after")
    def _alternatives_differ(self) -> Self:
        names = [option.name for option in self.self_hosted]
        if len(set(names)) != len(names):
            msg = "each self-hosted option needs a name of its own"
            raise ValueError(msg)
        mixed = [hybrid.name for hybrid in self.hybrids]
        if len(set(mixed)) != len(mixed):
            msg = "each hybrid needs a name of its own"
            raise ValueError(msg)
        apis = [self.baseline, *self.apis]
        if len(set(apis)) != len(apis):
            msg = "an API option stands twice"
            raise ValueError(msg)
        return self
