"""Inputs on money over time: horizon, rates of change, tax, your contract, the currency."""

from typing import Final

from tco.question.scenario import Scenario
from tco.ui.fields.field import Field

PRICE_TERMS: Final = (("real", "real: net of inflation"), ("nominal", "nominal: as quoted"))
DEPRECIATION: Final = (
    ("straight-line", "in a straight line"),
    ("macrs", "by MACRS, half-year convention"),
)
YEARLY: Final = {
    "api_price_change_per_year": "API price change a year",
    "gpu_price_change_per_year": "GPU price change a year",
    "wage_change_per_year": "Wage change a year",
}


def finance_fields(scenario: Scenario) -> tuple[Field, ...]:
    """Ask how money at different times is compared, and for the terms of today's API."""
    finance, baseline = scenario.finance, scenario.baseline
    return (
        Field("finance.horizon_months", "Horizon, months", "whole", finance.horizon_months),
        Field(
            "finance.discount_rate", "Discount rate a year", "percent", finance.discount_rate,
        ),
        Field(
            "finance.terms", "Rates and changes are", "choice", finance.terms, options=PRICE_TERMS,
        ),
        Field(
            "finance.inflation_per_year", "Inflation a year", "percent",
            finance.inflation_per_year,
        ),
        *(
            Field(
                f"finance.{key}", label, "percent", getattr(finance, key),
                "−20 means a fifth cheaper each year.",
            )
            for key, label in YEARLY.items()
        ),
        Field(
            "finance.fiscal_year_starts_in", "Month your fiscal year starts in", "whole",
            finance.fiscal_year_starts_in, "7 is July.",
        ),
        Field(
            "finance.tax_rate", "Tax rate on savings", "percent", finance.tax_rate,
            "0 is before tax.",
        ),
        Field(
            "finance.depreciation", "Written off for tax", "choice", finance.depreciation,
            options=DEPRECIATION,
        ),
        Field(
            "finance.bonus_depreciation_share", "Written off in the first month", "percent",
            finance.bonus_depreciation_share, "A bonus; the schedule has the rest.",
        ),
        Field(
            "finance.depreciation_years", "Life for tax, years", "amount",
            finance.depreciation_years, placeholder="the useful life; 5 of MACRS",
        ),
        Field(
            "baseline.contract_discount", "Your discount on today's API", "percent",
            baseline.contract_discount,
        ),
        Field(
            "baseline.cache_lifetime", "How long the prompt cache is kept", "text",
            baseline.cache_lifetime,
            "Such as 5m or 1h, where the seller prices lifetimes apart.", "the seller's default",
        ),
        Field(
            "baseline.usage_tier", "Rate-limit tier of your account", "text", baseline.usage_tier,
            "As the provider names it; the busiest minute is checked against its limits.",
            "not given",
        ),
    )  # fmt: skip


def currency_fields(scenario: Scenario) -> tuple[Field, ...]:
    """Ask for the currency that every figure is shown in; inputs and list prices stay in USD."""
    currency = scenario.currency
    return (
        Field("currency.code", "ISO code", "text", currency.code, placeholder="USD"),
        Field("currency.per_usd", "Units of it for one dollar", "amount", currency.per_usd),
        Field("currency.as_of", "Rate of", "date", currency.as_of),
        Field("currency.source", "Source of the rate", "text", currency.source),
    )
