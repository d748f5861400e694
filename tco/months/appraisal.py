"""What an alternative costs over the horizon, and what moving to it is worth as an investment."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pricing.units import HOURS_PER_MONTH
from tco.kernel.cases import months_of_first
from tco.kernel.finance import discount_factors, lasting_from, sign_changes
from tco.kernel.internal_rate import internal_rate
from tco.months.monthly_costs import MonthlyCosts
from tco.question.terms import MACRS_YEARS, Currency, Finance
from tco.results.answer import Appraisal, CapitalPayment, Turn
from tco.words.figures import as_entered, plural, share_in_full, whole

HIGHEST_RATE: Final = 10.0
"""Annual rate above which there is no investment to speak of."""


def appraise(
    key: str, stay: MonthlyCosts, costs: MonthlyCosts, finance: Finance, as_many: float = 1.0
) -> Appraisal:
    """Appraise moving to an alternative instead of staying, in the first case.

    Parameters
    ----------
    as_many
        Requests it has to be sent for as many accepted answers as staying gives, over those of
        staying [1].
    """
    factors = discount_factors(finance.discount_rate, finance.horizon_months)
    paid = months_of_first(costs.taxed)
    present_usd = float(paid @ factors)
    flows = months_of_first(stay.taxed - as_many * costs.taxed)
    saved, discounted = np.cumsum(flows), np.cumsum(flows * factors)
    payback, rate = lasting_from(saved), internal_rate(flows.tolist())
    beyond = rate.annual is not None and rate.annual > HIGHEST_RATE
    return Appraisal(
        alternative=key,
        total_usd=float(paid.sum()),
        present_usd=present_usd,
        compared_usd=present_usd * as_many,
        npv_usd=float(discounted[-1]),
        irr=None if beyond else rate.annual,
        irr_roots=rate.roots,
        irr_reason=_beyond(payback) if beyond else rate.reason,
        payback=payback,
        discounted_payback=lasting_from(discounted),
        turns=_turns(saved.tolist()),
        discounted_turns=_turns(discounted.tolist()),
        capital=tuple(
            CapitalPayment(month, usd)
            for month, usd in enumerate(months_of_first(costs.capital).tolist())
            if usd
        ),
        rest_of_terms_usd=float(months_of_first(costs.rest_of_terms)[0]),
        borrowed_usd=float(months_of_first(costs.borrowed).sum()),
        repaid_usd=float(months_of_first(costs.repaid).sum()),
    )


def _beyond(payback: int | None) -> str:
    above = "above 1,000 % a year"
    if payback is None:
        return above
    return f"{above}: what is paid ahead is back within {plural(payback, 'month')}"


def _turns(cumulative: Sequence[float]) -> tuple[Turn, ...]:
    return tuple(Turn(month, direction) for month, direction in sign_changes(cumulative))


def conventions(finance: Finance, currency: Currency, running_hours: float) -> tuple[str, ...]:
    """How money at different times is compared, in words.

    Parameters
    ----------
    running_hours
        Hours of a month in which machines run [h].
    """
    running = (
        ""
        if running_hours == HOURS_PER_MONTH
        else f", and machines run {as_entered(running_hours)}"
    )
    inflation = f"inflation {share_in_full(finance.inflation_per_year)} a year"
    terms = (
        f"Real terms: rates and price changes are net of inflation ({inflation}; it wears down "
        "prices within a term and depreciation)."
        if finance.terms == "real"
        else f"Nominal terms: rates and price changes as quoted; {inflation} raises what has no "
        "change of its own."
    )
    tax = (
        "Before tax."
        if finance.tax_rate == 0
        else f"After tax of {share_in_full(finance.tax_rate)} on savings, servers depreciated "
        f"{_depreciated(finance)}, losses used at once."
    )
    shown = (
        f"Shown in {currency.code}: {as_entered(currency.per_usd)} for one USD of {currency.as_of}"
        + (f" ({currency.source})." if currency.source else ".")
        if currency.code != "USD"
        else "In USD."
    )
    return (
        f"A month is {whole(HOURS_PER_MONTH)} hours{running}; flows fall at month end, purchases "
        "and terms paid upfront at the end of the month before.",
        f"Annual effective rate of {share_in_full(finance.discount_rate)}, (1 + r)^(1/12) - 1 a "
        "month; month 0 is not discounted.",
        terms,
        "An internal rate is given only where exactly one exists, up to 1,000 % a year; payback "
        "is the first month from which the cumulative saving stays positive.",
        tax,
        shown,
    )


def _depreciated(finance: Finance) -> str:
    how = "in a straight line"
    if finance.depreciation == "macrs":
        years = as_entered(finance.depreciation_years or MACRS_YEARS)
        how = f"by MACRS over {years} years, half-year convention"
    bonus = finance.bonus_depreciation_share
    return how if not bonus else f"{how} after a bonus of {share_in_full(bonus)}"
