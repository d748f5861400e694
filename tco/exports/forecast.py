"""The months of the horizon as rows of month and meter, aligned with FOCUS 1.4.

Aligned, not conformant: FOCUS has no forecast, so nothing here stands under BilledCost.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from hardware_profiles.offer import RentalOffer
from pricing.token_classes import TOKEN_CLASSES
from pricing.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK
from tco.answer.documents import csv_cell
from tco.answer.worked import Evaluation
from tco.exports.columns import COLUMNS
from tco.exports.month_bills import LineMonths, MonthBills, month_bills
from tco.kernel.finance import discount_factors
from tco.question.files import canonical_json, scenario_digest
from tco.question.scenario import Scenario
from tco.results.bill import CostLine
from tco.words.shown_money import ShownMoney

ForecastRow = dict[str, object]

CATEGORIES: Final = {
    "tokens": "AI and Machine Learning",
    "machines": "Compute",
    "host": "Storage",
    "network": "Networking",
    "platform": "Management and Governance",
    "people": "Other",
    "quality": "Other",
    "one-off": "Migration",
}
METERS: Final = {of.key: f"{of.name.title()} Tokens" for of in TOKEN_CLASSES}
MTOK: Final = "Mtok"
MONEY: Final = (
    "ListUnitPrice",
    "ContractedUnitPrice",
    "ListCost",
    "ContractedCost",
    "EffectiveCost",
)
CENT: Final = 0.01
"""Smallest payment that is told [USD]."""


@dataclass(frozen=True, slots=True)
class _Share:
    """Part of a line that stands in a row of its own: all of it, or what was used or idle."""

    status: str
    part: float


def forecast_csv(scenario: Scenario, evaluation: Evaluation) -> str:
    """Every alternative, month and meter as CSV: RFC 4180, UTF-8, dot decimals, ISO dates.

    Text that a spreadsheet would take for a formula starts with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [column.name for column in COLUMNS], lineterminator="\r\n")
    writer.writeheader()
    for row in forecast_rows(scenario, evaluation):
        writer.writerow({key: csv_cell(value) for key, value in row.items()})
    return out.getvalue()


def forecast_rows(scenario: Scenario, evaluation: Evaluation) -> Iterator[ForecastRow]:
    """Every alternative, month and meter; refused alternatives have no rows."""
    frame = _frame(scenario, evaluation)
    factors = discount_factors(scenario.finance.discount_rate, scenario.finance.horizon_months)
    for bills in month_bills(evaluation):
        chosen = bills.alternative.key == evaluation.verdict.chosen
        frame |= {
            "x_Chosen": "yes" if chosen else "",
            "x_AcceptedShare": bills.alternative.accepted_share,
        }
        for month, row in _dated(bills, scenario.finance.horizon_months):
            shown = _in_currency(row, evaluation.money)
            yield {**frame, **_period(scenario.prices_on, month, factors), **shown}


def _in_currency(row: ForecastRow, money: ShownMoney) -> ForecastRow:
    """Convert what a row costs, and its prices."""
    amounts = {name: row[name] for name in MONEY}
    return row | {
        name: money.amount(usd) for name, usd in amounts.items() if isinstance(usd, float)
    }


def _dated(bills: MonthBills, horizon: int) -> Iterator[tuple[int, ForecastRow]]:
    """Rows of an alternative with their months [USD]: one-offs, lines, capital, owed terms."""
    yield from ((0, _paid_once(bills, once)) for once in bills.alternative.one_off)
    yield from ((month, _ahead(bills, usd)) for month, usd in _capital(bills))
    for month in range(1, horizon + 1):
        for line in bills.lines:
            for share in _shares(bills, line, month):
                yield month, _usage(bills, line, month, share)
    if bills.appraisal.rest_of_terms_usd:
        yield horizon, _beyond(bills, bills.appraisal.rest_of_terms_usd)


def _capital(bills: MonthBills) -> Iterator[tuple[int, float]]:
    """What is paid ahead for machines in each month; one-offs have rows of their own."""
    for payment in bills.appraisal.capital:
        once = bills.alternative.one_off_usd if payment.month == 0 else 0.0
        if payment.usd - once > CENT:
            yield payment.month, payment.usd - once


def _ahead(bills: MonthBills, usd: float) -> ForecastRow:
    """Machines bought or terms paid upfront: money of the month, spread in the months' lines."""
    what = "Terms paid upfront" if bills.holding.server is None else "GPU servers bought"
    return _machines(bills, what, usd, 0.0) | {"ChargeCategory": "Purchase"}


def _beyond(bills: MonthBills, usd: float) -> ForecastRow:
    """Months of running terms beyond the horizon: owed at its end, or paid upfront for nothing."""
    paid = 0.0 if bills.holding.upfront else usd
    row = _machines(bills, "Terms beyond the horizon", paid, usd)
    return row | {"ChargeCategory": "Adjustment", "CommitmentDiscountStatus": "Unused"}


def _machines(bills: MonthBills, what: str, paid_usd: float, effective_usd: float) -> ForecastRow:
    """Money for machines that is no line of a month's bill."""
    line = next(f.line for f in bills.lines if f.line.key in {"rent", "capital"})
    return {
        **_line(bills, replace(line, name=what)),
        **_priced(bills, line, None, None),
        "ListCost": paid_usd,
        "ContractedCost": paid_usd,
        "EffectiveCost": effective_usd,
        "ConsumedQuantity": None,
        "ConsumedUnit": "",
        "CommitmentDiscountStatus": "",
    }


def _frame(scenario: Scenario, evaluation: Evaluation) -> ForecastRow:
    return {
        "x_ScenarioId": scenario_digest(scenario)[:16],
        "x_ScenarioName": scenario.name,
        "x_RecordType": "Forecast",
        "x_Percentile": "Point",
        "BillingCurrency": evaluation.money.code,
        "x_PerDollar": evaluation.money.per_usd,
        "x_PerDollarAsOf": scenario.currency.as_of or "",
        "x_ModelVersion": evaluation.stamp.model_version,
        "x_CatalogVersion": evaluation.stamp.catalogue_version,
        "x_Terms": scenario.finance.terms,
    }


def _period(start: date, month: int, factors: np.ndarray) -> ForecastRow:
    first = max(month, 1)
    return {
        "x_MonthIndex": month,
        "ChargePeriodStart": _moment(start, first - 1),
        "ChargePeriodEnd": _moment(start, first),
        "x_DiscountFactor": float(factors[month]),
    }


def _moment(start: date, months: int) -> str:
    """Midnight of the first day of a calendar month, the scenario's own being the first."""
    years, month = divmod(start.month - 1 + months, MONTHS_PER_YEAR)
    return f"{date(start.year + years, month + 1, 1)}T00:00:00Z"


def _shares(bills: MonthBills, line: LineMonths, month: int) -> tuple[_Share, ...]:
    if line.line.key != "rent" or bills.holding.term_months is None or bills.utilisation is None:
        return (_Share("", 1.0),)
    used = float(bills.utilisation[month - 1])
    return (_Share("Used", used), _Share("Unused", 1 - used))


def _usage(bills: MonthBills, followed: LineMonths, month: int, share: _Share) -> ForecastRow:
    line = followed.line
    quantity = cost = None
    if followed.quantity is not None:
        quantity = float(followed.quantity[month - 1]) * share.part
    if followed.cost_usd is not None:
        cost = float(followed.cost_usd[month - 1]) * share.part
    tokens = line.unit == MTOK
    return {
        **_line(bills, line),
        **_priced(bills, line, quantity, cost),
        "ChargeCategory": "Usage",
        "ConsumedQuantity": quantity * TOKENS_PER_MTOK if tokens and quantity else quantity,
        "ConsumedUnit": "Tokens" if tokens else line.unit,
        "CommitmentDiscountStatus": share.status,
    }


def _paid_once(bills: MonthBills, line: CostLine) -> ForecastRow:
    return {
        **_line(bills, line),
        **_priced(bills, line, line.quantity, line.cost_usd),
        "ChargeCategory": "Purchase",
        "ConsumedQuantity": None,
        "ConsumedUnit": "",
        "CommitmentDiscountStatus": "",
    }


def _priced(
    bills: MonthBills, line: CostLine, quantity: float | None, cost: float | None
) -> ForecastRow:
    """Prices such that quantity times price is cost; the list price is before the discount."""
    less = bills.api.option.contract_discount if line.group == "tokens" else 0.0
    unit_price = cost / quantity if cost is not None and quantity else None
    return {
        "PricingQuantity": quantity,
        "PricingUnit": line.unit,
        "ListUnitPrice": _before(unit_price, less),
        "ContractedUnitPrice": unit_price,
        "ListCost": _before(cost, less),
        "ContractedCost": cost,
        "EffectiveCost": cost,
    }


def _before(amount: float | None, discount: float) -> float | None:
    """Amount before a discount; unknown where everything is discounted away."""
    return None if amount is None or discount >= 1 else amount / (1 - discount)


def _line(bills: MonthBills, line: CostLine) -> ForecastRow:
    """What holds for a line in every month."""
    sku = f"{bills.alternative.key}/{line.key}"
    return {
        "x_Alternative": bills.alternative.key,
        "ChargeDescription": line.name,
        "ServiceCategory": CATEGORIES[line.group],
        **_seller(bills, line),
        "SkuId": sku,
        "SkuMeter": _meter(line),
        "SkuPriceId": f"{sku}@{line.basis.as_of}",
        "SkuPriceDetails": canonical_json(_details(bills, line)),
        "PricingCategory": _pricing_category(bills, line),
        "Tags": canonical_json(
            {
                "confidence": line.basis.confidence,
                "group": line.group,
                "model": bills.alternative.model,
            }
        ),
    }


def _seller(bills: MonthBills, line: CostLine) -> ForecastRow:
    """Who sells what the line is for."""
    name = provider = host = region = ""
    if line.group == "tokens":
        seller = bills.api.seller_of(line.key)
        name, provider = seller.offer.title, seller.offer.provider_title
        region = seller.option.residency
    elif line.key == "rent" and bills.host is not None:
        machine = bills.host.machine
        assert isinstance(machine, RentalOffer)
        name, provider, region = machine.instance, machine.provider, machine.region
        host = machine.provider
    elif line.group == "machines" and bills.host is not None:
        name = getattr(bills.host.machine, "system", "")
    return {
        "ServiceName": name,
        "ServiceProviderName": provider,
        "HostProviderName": host,
        "RegionId": region,
    }


def _meter(line: CostLine) -> str:
    if line.group != "tokens":
        return line.name
    kind = next((part for part in line.key.split("-") if part in METERS), "")
    return METERS.get(kind, line.name)


def _details(bills: MonthBills, line: CostLine) -> dict[str, object]:
    details: dict[str, object] = {"x_Source": line.basis.source}
    if line.group == "tokens":
        details["x_Tier"] = bills.api.seller_of(line.key).option.tier
        last = line.key.rsplit("-", 1)[-1]
        if last.isdigit():
            details["x_AboveInputTokens"] = int(last)
    elif line.key == "rent" and bills.host is not None:
        details["x_Term"] = getattr(bills.host.machine, "term", "")
    return details


def _pricing_category(bills: MonthBills, line: CostLine) -> str:
    if line.group == "tokens":
        return "Standard"
    if line.key != "rent" or bills.host is None:
        return "Other"
    if bills.holding.term_months is not None:
        return "Committed"
    return "Dynamic" if getattr(bills.host.machine, "term", "") == "spot" else "Standard"
