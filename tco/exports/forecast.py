"""The months of the horizon as rows of month and meter, aligned with FOCUS 1.4.

Aligned, not conformant: FOCUS has no forecast, so nothing here stands under BilledCost.
"""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from hardware_profiles.calibration import UNMEASURED
from pricing.token_classes import TOKEN_CLASSES
from pricing.units import TOKENS_PER_MTOK
from tco.answer.documents import csv_cell
from tco.answer.odds import month_by_month
from tco.answer.old_figures import old_in_short
from tco.answer.uncertainty import BillBand
from tco.answer.worked import Evaluation
from tco.exports.columns import COLUMNS
from tco.exports.fiscal import first_day
from tco.exports.month_bills import OF_MACHINES, RENTED, LineMonths, MonthBills, month_bills
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
BY_CONTRACT: Final = frozenset({"committed", "provisioned"})
"""Lines, by key, that are owed to a seller of tokens whatever is used."""
PAID_AHEAD: Final = frozenset({"rent", "lease", "capital", "committed"})
"""Lines of which something may be paid ahead, by key."""
MONEY: Final = (
    "ListUnitPrice",
    "ContractedUnitPrice",
    "ListCost",
    "ContractedCost",
    "EffectiveCost",
    "x_CostOfCapital",
    "x_BillP10",
    "x_BillP90",
)
CENT: Final = 0.01
"""Smallest payment that is told [USD]."""


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
    frame, drawn = _frame(scenario, evaluation), month_by_month(evaluation)
    factors = discount_factors(scenario.finance.discount_rate, scenario.finance.horizon_months)
    for bills in month_bills(evaluation):
        key, staying = bills.alternative.key, evaluation.alternatives[0].key
        band = drawn.bill_of(key)
        assert band is not None
        frame |= {
            "x_Staying": "yes" if key == staying else "",
            "x_Chosen": "yes" if key == evaluation.verdict.chosen else "",
            "x_AcceptedShare": bills.alternative.accepted_share,
            "x_Speed": _speed(bills),
        }
        for month, row in _dated(bills, scenario.finance.horizon_months):
            shown = _in_currency(row | _bill_band(band, month), evaluation.money)
            yield {**frame, **_period(scenario.prices_on, month, factors), **shown}


def _speed(bills: MonthBills) -> str:
    """What the speed of an alternative's machines rests on."""
    if bills.host is None:
        return ""
    record = bills.host.record
    said = record.label if record.kind in UNMEASURED else record.kind
    return f"yours: {record.id}, {said}" if record.own else said


def _bill_band(band: BillBand, month: int) -> ForecastRow:
    """P10 and P90 of the whole bill of a month [USD]; month 0 has none."""
    if month == 0:
        return {"x_BillP10": None, "x_BillP90": None}
    low, high = band.by_month[month - 1].p10, band.by_month[month - 1].p90
    return {
        "x_BillP10": low if math.isfinite(low) else None,
        "x_BillP90": high if math.isfinite(high) else None,
    }


def _in_currency(row: ForecastRow, money: ShownMoney) -> ForecastRow:
    """Convert what a row costs, and its prices."""
    amounts = {name: row.get(name) for name in MONEY}
    return row | {
        name: money.amount(usd) for name, usd in amounts.items() if isinstance(usd, float)
    }


def _dated(bills: MonthBills, horizon: int) -> Iterator[tuple[int, ForecastRow]]:
    """Rows of an alternative with their months [USD]: what is paid once, its lines, machines."""
    yield from ((month, _paid_once(bills, line)) for month, line in bills.once)
    yield from ((month, _ahead(bills, usd)) for month, usd in _capital(bills))
    for month in range(1, horizon + 1):
        for line in bills.lines:
            yield month, _usage(bills, line, month)
    for month, usd in enumerate(bills.forgone.tolist()):
        if usd > CENT:
            yield month, _adjustment(bills, "GPU servers owned already, not sold", usd)
    for month, usd in enumerate(bills.repaid.tolist()):
        if usd > CENT:
            yield month, _adjustment(bills, "Loans on GPU servers, paid back", usd)
    for month, usd in enumerate(bills.resale.tolist()):
        if usd > CENT:
            yield month, _adjustment(bills, "GPU servers sold", -usd)
    if bills.appraisal.rest_of_terms_usd and not bills.holding.upfront:
        owed = bills.appraisal.rest_of_terms_usd
        yield horizon, _adjustment(bills, "Terms beyond the horizon", owed)


def _capital(bills: MonthBills) -> Iterator[tuple[int, float]]:
    """What is paid ahead for machines in each month; one-offs have rows of their own."""
    for payment in bills.appraisal.capital:
        once = sum(line.cost_usd or 0.0 for month, line in bills.once if month == payment.month)
        if payment.usd - once > CENT:
            yield payment.month, payment.usd - once


def _ahead(bills: MonthBills, usd: float) -> ForecastRow:
    """Machines bought or terms paid upfront: money of the month, spread in the months' lines."""
    held = bills.holding
    rented = "Terms paid upfront" if held.upfront else "Deposits for leased GPU servers"
    what = rented if held.server is None else "GPU servers bought"
    if bills.host is None:
        what = "Credits paid ahead"
    return _machines(bills, what, usd) | {"ChargeCategory": "Purchase"}


def _adjustment(bills: MonthBills, what: str, usd: float) -> ForecastRow:
    """Money that comes back, is owed, or is not made by a sale: lines of the months spread it."""
    return _machines(bills, what, usd) | {"ChargeCategory": "Adjustment"}


def _machines(bills: MonthBills, what: str, paid_usd: float) -> ForecastRow:
    """Money for machines, or for credits, that is no line of a month's bill."""
    line = next(f.line for f in bills.lines if f.line.key in PAID_AHEAD)
    return {
        **_line(bills, replace(line, name=what)),
        **_priced(bills, line, None, None),
        "ListCost": paid_usd,
        "ContractedCost": paid_usd,
        "EffectiveCost": 0.0,
        "ConsumedQuantity": None,
        "ConsumedUnit": "",
        **_commitment(bills, line),
        "CommitmentDiscountStatus": "",
    }


def _frame(scenario: Scenario, evaluation: Evaluation) -> ForecastRow:
    return {
        "x_ScenarioId": scenario_digest(scenario)[:16],
        "x_ScenarioName": scenario.name,
        "x_OldFigures": old_in_short(evaluation),
        "x_RecordType": "Forecast",
        "BillingCurrency": evaluation.money.code,
        "x_PerDollar": evaluation.money.per_usd,
        "x_PerDollarAsOf": scenario.currency.as_of or "",
        "x_ModelVersion": evaluation.stamp.model_version,
        "x_CatalogVersion": evaluation.stamp.catalogue_version,
        "x_Terms": scenario.finance.terms,
    }


def _period(start: date, month: int, factors: np.ndarray) -> ForecastRow:
    first, after = first_day(start, month - 1), first_day(start, month)
    return {
        "x_MonthIndex": month,
        "ChargePeriodStart": f"{first}T00:00:00Z",
        "ChargePeriodEnd": f"{after}T00:00:00Z",
        "x_CalendarHours": 24 * (after - first).days,
        "x_DiscountFactor": float(factors[month]),
    }


def _usage(bills: MonthBills, followed: LineMonths, month: int) -> ForecastRow:
    line = followed.line
    quantity = None if followed.quantity is None else float(followed.quantity[month - 1])
    cost = None if followed.cost_usd is None else float(followed.cost_usd[month - 1])
    held, evenly = line.key in OF_MACHINES, bills.spread_of(followed)
    spread = cost if evenly is None else float(evenly[month - 1])
    tokens = line.unit == MTOK
    busy = bills.utilisation
    return {
        **_line(bills, line),
        **_priced(bills, line, quantity, spread),
        "x_CostOfCapital": None if cost is None or spread is None else cost - spread,
        "ChargeCategory": "Usage",
        "ConsumedQuantity": quantity * TOKENS_PER_MTOK if tokens and quantity else quantity,
        "ConsumedUnit": "Tokens" if tokens else line.unit,
        **_commitment(bills, line),
        "x_Utilisation": None if not held or busy is None else float(busy[month - 1]),
    }


def _commitment(bills: MonthBills, line: CostLine) -> ForecastRow:
    """The term that a line of machines is held for; every machine of it runs."""
    if line.key not in OF_MACHINES or bills.holding.term_months is None or bills.host is None:
        return {}
    term = getattr(bills.host.machine, "term", "lease")
    return {
        "CommitmentDiscountId": f"{bills.alternative.key}/{term}",
        "CommitmentDiscountCategory": "Usage",
        "CommitmentDiscountType": term,
        "CommitmentDiscountStatus": "Used",
    }


def _paid_once(bills: MonthBills, line: CostLine) -> ForecastRow:
    return {
        **_line(bills, line),
        **_priced(bills, line, line.quantity, line.cost_usd),
        "ChargeCategory": "Purchase",
        "ConsumedQuantity": None,
        "ConsumedUnit": "",
    }


def _priced(
    bills: MonthBills, line: CostLine, quantity: float | None, cost: float | None
) -> ForecastRow:
    """Prices such that quantity times price is cost; the list price is before the discount."""
    less = bills.api.option.contract_discount if line.unit == MTOK else 0.0
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
    elif machine := bills.rented_for(line):
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
    elif machine := bills.rented_for(line):
        details["x_Term"] = machine.term
    return details


def _pricing_category(bills: MonthBills, line: CostLine) -> str:
    if line.key in BY_CONTRACT:
        return "Committed"
    if line.group == "tokens":
        return "Standard"
    if line.key in RENTED | {"lease"} and bills.holding.term_months is not None:
        return "Committed"
    machine = bills.rented_for(line)
    if machine is None:
        return "Other"
    return "Dynamic" if machine.term == "spot" else "Standard"
