"""Under which terms: waiting, fleets, money, the company, and what surrounds the model."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hardware_profiles.region import region_name
from pricing.clashes import ClashError
from pricing.provenance import Name, Record, ShortText
from pricing.quantities import (
    Count,
    Engineers,
    Fraction,
    Gigabytes,
    GrowthRate,
    Hours,
    Milliseconds,
    Minutes,
    Months,
    Multiple,
    Ratio,
    Usd,
    UsdPerGb,
    UsdPerKwh,
    UsdPerKwMonth,
    UsdPerMonth,
    WaitMinutes,
    Whole,
    Years,
)
from pricing.units import HOURS_PER_MONTH
from tco.words.shown_money import ShownMoney


class Objective(Record):
    """What a user may be made to wait, and how good the answers must be."""

    mean_ttft_ms: Annotated[Milliseconds, Field(ge=0.01, le=600_000)] = 2_000.0
    """Time to first token."""
    mean_tpot_ms: Annotated[Milliseconds, Field(ge=0.001, le=10_000)] = 50.0
    """Time per output token after the first."""
    p95_ttft_ms: Annotated[Milliseconds, Field(ge=0.01, le=600_000)] | None = None
    """95th percentile of the time to first token; capacity is then simulated."""
    p95_tpot_ms: Annotated[Milliseconds, Field(ge=0.001, le=10_000)] | None = None
    """95th percentile of the time per output token; capacity is then simulated."""
    least_accepted_share: Annotated[Fraction, Field(gt=0)] | None = None
    """Share of requests that must end with an accepted answer; what gives fewer, or was not
    measured, may then not be chosen. Staying always may."""


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


class OwnCache(Record):
    """How soon a prompt comes back to your own servers, and to which of them.

    What they find of the prompt tokens that the API reads from its cache follows from both, and
    from how long memory keeps a prompt.
    """

    reuse_minutes: Minutes
    """Mean time until a prompt, or the part of it that repeats, is sent again."""
    by_prefix: bool = True
    """Whether a request goes to the replica that holds its prompt; else to any of them alike."""


class Fleet(Record):
    """How the fleet is sized for its peak."""

    allowed_load: Annotated[Fraction, Field(ge=0.01)] = 0.8
    """Share of its capacity at which a replica is planned to run in the peak minute."""
    spare_replicas: Annotated[Count, Field(le=1_000)] = 1
    """Replicas kept idle for failures and upgrades (N+1)."""
    min_replicas: Annotated[Whole, Field(le=10_000)] = 1
    """Fewest replicas that run, however little is sent."""
    hours_per_month: Annotated[Hours, Field(ge=1, le=744)] = HOURS_PER_MONTH
    """Hours of a month in which machines run, answer and are paid by the hour. 730 is a mean month;
    720 is others' month, for comparison; fewer is a fleet that is switched off for the rest, while
    what is bought or taken for a term is paid all the same."""
    own_cache_hits: Fraction = 1.0
    """Of the prompt tokens that the API reads from its cache, the share that your own servers find
    in theirs (planner's assumption: all of them, which needs memory that keeps a prompt until it
    comes back, and routing by prefix)."""
    own_cache: OwnCache | None = None
    """What own_cache_hits follows from, instead of giving it."""
    autoscale: Autoscale | None = None
    """Left out, every fleet is fixed to its peak."""

    @model_validator(mode="after")
    def _caches_in_one_way(self) -> Self:
        if self.own_cache is not None and self.own_cache_hits != 1:
            limit = "is given, or what it follows from (own_cache), not both"
            raise ClashError("own_cache_hits", self.own_cache_hits, limit, "Leave one of them out.")
        return self


class PriceStep(Record):
    """From a month on, prices are a multiple of today's."""

    from_month: Months
    """First month of it, counted from 1."""
    factor: Annotated[Ratio, Field(ge=1e-3, le=10)]
    """Price over today's from then on."""


MACRS_CLASSES: Final = (3, 5, 7, 10)
"""Lives of property that MACRS writes off at twice the straight-line rate [year]."""
MACRS_YEARS: Final = 5
"""That of computers and what belongs to them [year] (IRS Publication 946, chapter 4)."""
YearlyChange = Annotated[GrowthRate, Field(ge=-0.95, le=1)]


class Finance(Record):
    """How money at different times is compared; flows at month end, purchases at month 0."""

    horizon_months: Months = 36
    """Months that are compared."""
    discount_rate: Annotated[GrowthRate, Field(ge=0, le=1)] = 0.08
    """Annual effective rate."""
    api_price_change_per_year: YearlyChange = 0.0
    """Yearly change of every API price; -0.2 means a fifth cheaper each year."""
    api_price_steps: Annotated[tuple[PriceStep, ...], Field(max_length=120)] = ()
    """Instead of the yearly change."""
    gpu_price_change_per_year: YearlyChange = 0.0
    """Yearly change of what GPUs cost to rent and to buy; a term keeps its price to its end."""
    gpu_price_steps: Annotated[tuple[PriceStep, ...], Field(max_length=120)] = ()
    """Instead of the yearly change."""
    wage_change_per_year: YearlyChange = 0.0
    """Yearly change of what people cost."""
    terms: Literal["real", "nominal"] = "real"
    """Whether the discount rate and the changes above are net of inflation, or as quoted."""
    inflation_per_year: Annotated[GrowthRate, Field(ge=0, le=1)] = 0.0
    """In nominal terms it raises what has no change of its own; in real terms it wears down what
    is fixed in money: prices within a term, and depreciation."""
    fiscal_year_starts_in: Annotated[Whole, Field(le=12)] = 1
    """Month of the calendar in which your fiscal year starts; 7 is July."""
    tax_rate: Annotated[Fraction, Field(lt=1)] = 0.0
    """On savings, less depreciation; 0 is before tax."""
    depreciation: Literal["straight-line", "macrs"] = "straight-line"
    """How tax writes off what is bought; macrs is that of the US with its half-year convention."""
    depreciation_years: Years | None = None
    """Life for tax; when left out the useful life, and of macrs 5 years, that of computers."""
    bonus_depreciation_share: Fraction = 0.0
    """What tax lets be written off in the first month, of all that it lets be written off."""

    @model_validator(mode="after")
    def _has_a_class_of_macrs(self) -> Self:
        given = self.depreciation_years
        if self.depreciation == "macrs" and given not in {None, *MACRS_CLASSES}:
            classes = ", ".join(str(years) for years in MACRS_CLASSES)
            raise ClashError(
                "depreciation_years",
                given,
                f"must, with macrs, be one of its classes: {classes}",
                f"Leave it out for {MACRS_YEARS} years, the class of computers, or write "
                'depreciation = "straight-line".',
            )
        return self

    @model_validator(mode="after")
    def _has_one_path_each(self) -> Self:
        for name in ("api_price", "gpu_price"):
            steps = getattr(self, f"{name}_steps")
            change = getattr(self, f"{name}_change_per_year")
            if steps and change:
                limit = f"is replaced by {name}_steps"
                raise ClashError(f"{name}_change_per_year", change, limit, "Give one of them.")
            months = [step.from_month for step in steps]
            twice = next((n for n, month in enumerate(months) if month in months[:n]), None)
            if twice is not None:
                raise ClashError(
                    f"{name}_steps.{twice}.from_month",
                    months[twice],
                    "must be a month that no step before it names",
                    "Leave one of the steps out.",
                )
        return self


class Currency(Record):
    """In which money figures are shown; everything is computed in USD."""

    code: str = Field(default="USD", pattern="^[A-Z]{3}$")
    """Three letters of ISO 4217, such as ``EUR``."""
    per_usd: Annotated[Ratio, Field(ge=1e-6)] = 1.0
    """Units of it for one dollar."""
    as_of: date | None = None
    """Day that the rate of exchange is of; needed for any currency but the dollar."""
    source: ShortText = ""
    """Who says so."""

    @property
    def money(self) -> ShownMoney:
        """Writes dollars in it."""
        return ShownMoney(self.code, self.per_usd)

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        if self.code == "USD" and self.per_usd != 1:
            remedy = "Leave it out, or name the currency (code)."
            raise ClashError("per_usd", self.per_usd, "must be 1: a dollar is one dollar", remedy)
        if self.code != "USD" and self.as_of is None:
            limit = f"is required: a rate of exchange to {self.code} is of a day"
            raise ClashError("as_of", None, limit, "Add the day, such as 2026-11-20.")
        return self


class Company(Record):
    """What licences ask about the licensee."""

    eu_domiciled: bool = False
    """Whether it has its seat in the EU: the licences of some models leave such licensees out."""
    data_region: Annotated[Name, AfterValidator(region_name)] | None = None
    """Region that what users send may not leave, such as ``eu``, ``EEA`` or ``us-east-1``."""
    monthly_active_users: Annotated[Count, Field(le=10_000_000_000)] | None = None
    """Users in a month of all your products: above 700 M, Llama needs a licence of its own."""


class Costs(Record):
    """Your own figures for what surrounds the model; what is left out is taken from the library."""

    electricity_usd_per_kwh: UsdPerKwh | None = None
    """Price of electricity."""
    pue: Annotated[Multiple, Field(le=4)] | None = None
    """Power of the whole site over that of the machines."""
    average_power_share: Fraction | None = None
    """Mean power of a machine over its highest."""
    colocation_usd_per_kw_month: UsdPerKwMonth | None = None
    """Space, cooling and connection, by the power of the machines."""
    hardware_support_per_year: Fraction | None = None
    """Support contract, as a share of the purchase price each year."""
    useful_life_years: Years | None = None
    """How long an owned machine is used."""
    residual_share: Fraction | None = None
    """What a machine sells for at the end of its life, over its purchase price."""
    install_share: Fraction | None = None
    """Racks, cabling and work to install it, over its purchase price."""
    egress_usd_per_gb: UsdPerGb | None = None
    """Price of traffic out of the cloud."""
    bytes_per_token: Annotated[Ratio, Field(ge=1e-3, le=100)] | None = None
    """Bytes that one token is in an answer on the wire."""
    storage_usd_per_gb_month: UsdPerGb | None = None
    """Price of disk."""
    storage_gb_per_instance: Gigabytes | None = None
    """Disk that an instance needs for weights and logs."""
    load_balancer_usd_per_month: UsdPerMonth | None = None
    """Spreading requests over replicas."""
    platform_rented_usd_per_month: UsdPerMonth | None = None
    """The software platform around rented servers."""
    platform_owned_usd_per_month: UsdPerMonth | None = None
    """The software platform around owned servers."""
    observability_usd_per_month: UsdPerMonth | None = None
    """Metrics, logs and alerts."""
    evaluation_usd_per_month: UsdPerMonth | None = None
    """Regular tests of the quality of answers."""
    security_usd_per_month: UsdPerMonth | None = None
    """Filters, audits and penetration tests."""
    engineer_usd_per_month: UsdPerMonth | None = None
    """What one engineer costs, overhead included."""
    api_fte: Engineers | None = None
    """Engineers who look after the use of an API."""
    rented_fte: Engineers | None = None
    """Engineers who run rented servers, on call included."""
    owned_fte: Engineers | None = None
    """Engineers who run owned servers, on call included."""
    switch_api_usd: Usd | None = None
    """One-off cost of changing the provider of an API or its model, and not both."""
    migration_api_usd: Usd | None = None
    """One-off cost of changing provider and model."""
    migration_rented_usd: Usd | None = None
    """One-off cost of moving to rented servers."""
    migration_owned_usd: Usd | None = None
    """One-off cost of moving to owned servers."""
    exit_usd: Usd | None = None
    """One-off cost of leaving your own servers again."""
