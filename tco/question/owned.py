"""Servers of your own: those that are there already, those bought on credit, those leased."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pricing.clashes import ClashError
from pricing.provenance import Record
from pricing.quantities import (
    Count,
    Fraction,
    GrowthRate,
    Months,
    Usd,
    UsdPerMonth,
    Whole,
    YearsUsed,
)


class OwnedAlready(Record):
    """Servers that were bought before, for whatever use.

    What was paid for them is gone either way. Keeping them costs what they would sell for today.
    """

    servers: Whole
    """How many there are; those that the first month needs no place for are left out."""
    age_years: YearsUsed
    """How long they have been used."""
    market_usd: Usd | None = None
    """What one of them would sell for today; left out, what its age says (`residual_share`)."""


class Loan(Record):
    """Money borrowed for servers when they are bought, and paid back in level payments."""

    share: Annotated[Fraction, Field(gt=0)] = 1.0
    """Of price and installation, what is borrowed."""
    months: Months
    """Payments, the first a month after; what is owed when a server is sold is paid back then."""
    rate_per_year: Annotated[GrowthRate, Field(ge=0, le=1)]
    """Annual effective rate of the loan, as the bank quotes it: inflation included."""


class Lease(Record):
    """Servers that a lessor owns and you run: level payments for a term, then they go back."""

    months: Months
    """Term; what is still needed is then leased anew, at the price of that day."""
    usd_per_server_month: UsdPerMonth | None = None
    """Payment as it is offered, installation included."""
    rate_per_year: Annotated[GrowthRate, Field(ge=0, le=1)] | None = None
    """Instead of it, the annual effective rate at which payments repay price and installation."""
    residual_share: Fraction = 0.0
    """Of the price, what those payments leave to the lessor's sale at the end of the term."""
    deposit_months: Annotated[Count, Field(le=24)] = 0
    """Payments that are left as a deposit at the start, and come back without interest."""

    @model_validator(mode="after")
    def _has_one_payment(self) -> Self:
        if (self.usd_per_server_month is None) == (self.rate_per_year is None):
            limit = "is given, or else rate_per_year, not both"
            remedy = "Give the payment as it is offered, or the rate that it follows from."
            raise ClashError("usd_per_server_month", self.usd_per_server_month, limit, remedy)
        if self.rate_per_year is None and self.residual_share:
            limit = "belongs to rate_per_year: a payment that is given has it in it"
            raise ClashError("residual_share", self.residual_share, limit, "Leave it out.")
        return self
