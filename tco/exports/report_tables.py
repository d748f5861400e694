"""The tables of the printed report: bills that add up, break-even, findings, assumptions."""

import math
from collections.abc import Sequence

from tco.answer.worked import Evaluation
from tco.exports.fiscal import Booked, fiscal_months
from tco.exports.markup import Content, Markup, element, in_sequence, link
from tco.question.terms import Currency
from tco.results.answer import Appraisal, BreakEven
from tco.results.bill import Alternative, CostLine
from tco.words.figures import (
    NO_VALUE,
    NOT_ESTIMATED,
    as_entered,
    band,
    quantity,
    share,
    span,
    whole,
)
from tco.words.shown_money import ShownMoney


def summary_section(evaluation: Evaluation) -> Markup:
    """Every alternative in a row: its bill, what it saves, what moving to it is worth."""
    staying = evaluation.alternatives[0].monthly_usd or 0.0
    rows, money = [], evaluation.money
    code, rate = money.code, money.per_usd
    for alternative in evaluation.alternatives:
        monthly = alternative.monthly_usd
        if monthly is None:
            refused = alternative.refused
            reason = f"refused: {refused.message}" if refused else "refused"
            rows.append(
                element("tr", element("td", alternative.label), element("td", reason, colspan=6))
            )
            continue
        appraisal = evaluation.appraisal(alternative.key)
        figures = (
            money.cents(monthly),
            money.cents(staying - monthly),
            money.unit_price(alternative.usd_per_mtok),
            whole(alternative.one_off_usd * rate),
            whole(appraisal.npv_usd * rate) if appraisal else NO_VALUE,
            _payback(appraisal.discounted_payback if appraisal else None),
        )
        rows.append(_row(alternative.label, *figures))
    bill = (f"{code} a month", f"Less than staying, {code}", f"{code}/Mtok", f"Paid once, {code}")
    worth = f"Present value of moving{evaluation.basis}, {code}"
    return table_of(("Alternative", *bill, worth, "Pays back in month, discounted"), rows)


def horizon_section(evaluation: Evaluation, currency: Currency) -> Markup:
    """What each alternative costs over the horizon, in the scenario's currency."""
    code, rate = currency.code, currency.per_usd
    credit = _on_credit(evaluation.appraisals)
    rows = [
        _row(
            evaluation.alternative(appraisal.alternative).label,
            whole(appraisal.total_usd * rate),
            whole(appraisal.present_usd * rate),
            whole(appraisal.npv_usd * rate),
            appraisal.irr_reason if appraisal.irr is None else share(appraisal.irr),
            _payback(appraisal.payback),
            _payback(appraisal.discounted_payback),
            *_ahead(appraisal, rate, credit=credit),
        )
        for appraisal in evaluation.appraisals
    ]
    money = (
        f"All money out, {code}",
        f"Its present value, {code}",
        f"Moving is worth{evaluation.basis}, {code}",
    )
    last = ("Internal rate a year", "Pays back in month", "The same, discounted")
    return table_of(("Alternative", *money, *last, *_ahead_heads(code, credit=credit)), rows)


def capital_section(evaluation: Evaluation) -> Markup:
    """What the choice and the best own GPUs cost over the horizon, paid ahead and borrowed."""
    code, rate = evaluation.money.code, evaluation.money.per_usd
    told = dict.fromkeys((evaluation.verdict.chosen, evaluation.verdict.best_own))
    found = [one for one in map(evaluation.appraisal, filter(None, told)) if one is not None]
    credit = _on_credit(found)
    rows = [
        _row(
            evaluation.alternative(appraisal.alternative).label,
            *_ahead(appraisal, rate, credit=credit),
            whole(appraisal.present_usd * rate),
            whole(appraisal.npv_usd * rate),
        )
        for appraisal in found
    ]
    worth = (f"Present value of its cost, {code}", f"Moving is worth{evaluation.basis}, {code}")
    return table_of(("Alternative", *_ahead_heads(code, credit=credit), *worth), rows)


def fiscal_section(evaluation: Evaluation) -> Markup:
    """Cost and cash of staying and of the choice by fiscal year, in the scenario's currency."""
    code, rate = evaluation.money.code, evaluation.money.per_usd
    told = (evaluation.alternatives[0].key, evaluation.verdict.chosen)
    rows = [
        _row(
            bills.alternative.label,
            str(year),
            *(whole(usd * rate) for usd in booked.shown_usd),
        )
        for bills, months in fiscal_months(evaluation)
        if bills.alternative.key in told
        for year in sorted({month.year for month in months})
        for booked in (Booked.sum_of(m.booked for m in months if m.year == year),)
    ]
    cost = ("Operating", "Purchases and terms, spread", "Cost of capital", "Paid once")
    cash = (f"Cost, {code}", f"Cash out after tax, {code}", "Of it paid ahead")
    return table_of(("Alternative", "Fiscal year", *cost, *cash), rows)


def _on_credit(appraisals: Sequence[Appraisal]) -> bool:
    return any(appraisal.borrowed_usd for appraisal in appraisals)


def _ahead_heads(code: str, *, credit: bool) -> tuple[str, ...]:
    loans = (f"Borrowed, {code}", f"Paid back on loans, {code}") if credit else ()
    return f"Capital at the start, {code}", f"Capital later, {code}", *loans


def _ahead(appraisal: Appraisal, rate: float, *, credit: bool) -> tuple[str, ...]:
    """What is paid ahead, and what is borrowed and paid back within the horizon."""
    loans = (appraisal.borrowed_usd, appraisal.repaid_usd) if credit else ()
    return (
        whole(appraisal.capital_usd * rate),
        _later(appraisal, rate),
        *(whole(usd * rate) for usd in loans),
    )


def _later(appraisal: Appraisal, rate: float) -> str:
    """Renewals, replacements and growth, and the months in which they are paid."""
    months = [payment.month for payment in appraisal.capital if payment.month > 0]
    if not months:
        return "nothing"
    when = f"month {months[0]}" if len(months) == 1 else f"months {months[0]} to {months[-1]}"
    return f"{whole(appraisal.later_capital_usd * rate)} in {when}"


def bill_section(alternative: Alternative, money: ShownMoney) -> Markup:
    """One bill line by line, in cents that add up to the shown total."""
    costs = money.column([line.cost_usd for line in alternative.lines], cents=True)
    rows = [
        _bill_row(line, cost, money) for line, cost in zip(alternative.lines, costs, strict=True)
    ]
    rows.append(
        element(
            "tr",
            element("th", "Total", scope="row", colspan=4),
            element("td", money.cents(alternative.monthly_usd or 0.0), class_="figure"),
            element("td", ""),
            class_="total",
        )
    )
    priced = (f"{money.code} per unit", f"{money.code} a month")
    return table_of(("Line", "Quantity", "Unit", *priced, "Source"), rows)


def break_even_section(evaluation: Evaluation) -> Markup:
    """Utilisation, volume and month from which each option pays, or why it never does."""
    answers = (*evaluation.break_evens, *evaluation.hybrid_break_evens)
    rows = [
        _row(
            evaluation.alternative(answer.alternative).label,
            _utilisation(answer),
            share(answer.utilisation.own),
            _volume(answer),
            _month(answer),
            figures=False,
        )
        for answer in answers
    ]
    heads = ("Option", "Utilisation (P10–P90)", "Yours", "Requests a month", "Month")
    return table_of(heads, rows)


def findings_section(evaluation: Evaluation) -> Markup:
    """Refusals, flags and remarks, each with what to do."""
    about = [("", finding) for finding in evaluation.findings]
    about += [(f"{a.label}: ", finding) for a in evaluation.alternatives for finding in a.findings]
    items = [
        element(
            "li",
            element("strong", f"{finding.severity}. "),
            f"{label}{finding.message} {finding.remedy}".strip(),
            element("small", f" {finding.source}") if finding.source else None,
        )
        for label, finding in dict.fromkeys(about)
    ]
    return element("ul", *items)


def assumption_section(evaluation: Evaluation) -> Markup:
    """Every value the answer rests on, with unit, range, source and date."""
    rows = [
        element(
            "tr",
            element("th", row.label, scope="row"),
            element("td", _value(row.value), class_="figure"),
            element("td", row.unit),
            element("td", _range(row.low, row.high), class_="figure"),
            element("td", link(row.basis.source, row.basis.url)),
            element("td", row.basis.as_of),
            element("td", "yours" if row.yours else row.basis.confidence),
            element("td", row.basis.note),
        )
        for row in evaluation.assumptions
    ]
    heads = ("Assumption", "Value", "Unit", "Low to high", "Source", "As of", "Confidence", "Note")
    return table_of(heads, rows)


def adding_up(amounts: Sequence[float], steps: int) -> list[int]:
    """Count in steps of a unit, rounded so that the counts add up to the rounded sum.

    Examples
    --------
    >>> adding_up([0.004, 0.004, 0.004], 100)
    [1, 0, 0]
    """
    scaled = [amount * steps for amount in amounts]
    floors = [math.floor(amount) for amount in scaled]
    missing = round(math.fsum(scaled)) - sum(floors)
    by_remainder = sorted(range(len(scaled)), key=lambda i: floors[i] - scaled[i])
    for place in by_remainder[:missing]:
        floors[place] += 1
    return floors


def _bill_row(line: CostLine, cost: str, money: ShownMoney) -> Markup:
    source = in_sequence(link(line.basis.source, line.basis.url), f", {line.basis.as_of}")
    return element(
        "tr",
        element("th", line.name, scope="row"),
        element("td", quantity(line.quantity), class_="figure"),
        element("td", line.unit),
        element("td", money.unit_price(line.unit_price_usd), class_="figure"),
        element("td", cost, class_="figure"),
        element("td", source),
    )


def table_of(heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    """Table with a heading for every column."""
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    return element("table", element("thead", head), element("tbody", *rows))


def _row(label: str, *cells: Content, figures: bool = True) -> Markup:
    look = "figure" if figures else "text"
    return element(
        "tr",
        element("th", label, scope="row"),
        *(element("td", cell, class_=look) for cell in cells),
    )


def _utilisation(answer: BreakEven) -> str:
    at = answer.utilisation
    if at.value is None:
        return at.why_none
    between = f" ({band(at.p10, at.p90)})" if at.p10 is not None else ""
    return f"{share(at.value)}{between} {at.reason or ''}".strip()


def _volume(answer: BreakEven) -> str:
    volume = answer.volume
    spans = [
        span(low, high, least)
        for (low, high), least in list(zip(volume.spans, volume.up_to, strict=True))[:6]
    ]
    more = len(volume.spans) - len(spans)
    said = "; ".join([*spans, f"{more} more"] if more else spans)
    reason = str(volume.reason or "")
    if said or not volume.is_defined:
        return f"{said} {reason}".strip()
    return f"at no volume searched: {reason}"


def _month(answer: BreakEven) -> str:
    if answer.month.discounted_payback is None:
        return str(answer.month.reason)
    return f"pays back in month {answer.month.discounted_payback} (discounted)"


def _payback(month: int | None) -> str:
    return NO_VALUE if month is None else str(month)


def _value(value: float | str | None) -> str:
    if value is None:
        return NOT_ESTIMATED
    return value if isinstance(value, str) else as_entered(value)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{as_entered(low)} to {as_entered(high)}"
