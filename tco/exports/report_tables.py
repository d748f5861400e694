"""The tables of the printed report: bills that add up, break-even, findings, assumptions."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from tco.answer.documents import NOT_ESTIMATED
from tco.answer.worked import Evaluation
from tco.exports.markup import Content, Markup, element, joined, link
from tco.question.terms import Currency
from tco.results.answer import BreakEven
from tco.results.bill import Alternative, CostLine
from tco.words.figures import percent, short

CENTS: Final = 100
_NO_VALUE: Final = "–"


def summary_table(evaluation: Evaluation) -> Markup:
    """Every alternative in a row: its bill, what it saves, what moving to it is worth."""
    staying = evaluation.alternatives[0].monthly_usd or 0.0
    rows = []
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
            f"{monthly:,.2f}",
            f"{staying - monthly:,.2f}",
            f"{alternative.usd_per_mtok:,.3f}",
            f"{alternative.one_off_usd:,.0f}",
            f"{appraisal.npv_usd:,.0f}" if appraisal else _NO_VALUE,
            _payback(appraisal.discounted_payback if appraisal else None),
        )
        rows.append(_row(alternative.label, *figures))
    heads = ("Alternative", "USD a month", "Less than staying, USD", "USD/Mtok", "Paid once, USD")
    return _table((*heads, "Present value of moving, USD", "Pays back in month"), rows)


def horizon_table(evaluation: Evaluation, currency: Currency) -> Markup:
    """What each alternative costs over the horizon, in the scenario's currency."""
    code, rate = currency.code, currency.per_usd
    rows = [
        _row(
            evaluation.alternative(appraisal.alternative).label,
            f"{appraisal.total_usd * rate:,.0f}",
            f"{appraisal.present_usd * rate:,.0f}",
            f"{appraisal.npv_usd * rate:,.0f}",
            appraisal.irr_reason if appraisal.irr is None else percent(appraisal.irr),
            _payback(appraisal.payback),
            _payback(appraisal.discounted_payback),
        )
        for appraisal in evaluation.appraisals
    ]
    money = (f"All money out, {code}", f"Its present value, {code}", f"Moving is worth, {code}")
    last = ("Internal rate a year", "Pays back in month", "The same, discounted")
    return _table(("Alternative", *money, *last), rows)


def bill_table(alternative: Alternative) -> Markup:
    """One bill line by line, in cents that add up to the shown total."""
    known = [line.cost_usd for line in alternative.lines if line.cost_usd is not None]
    cents = iter(adding_up(known, CENTS))
    rows = [_bill_row(line, cents) for line in alternative.lines]
    total = sum(adding_up(known, CENTS))
    rows.append(
        element(
            "tr",
            element("th", "Total", scope="row", colspan=4),
            element("td", f"{total / 100:,.2f}", class_="figure"),
            element("td", ""),
            class_="total",
        )
    )
    return _table(("Line", "Quantity", "Unit", "USD per unit", "USD a month", "Source"), rows)


def break_even_table(evaluation: Evaluation) -> Markup:
    """Utilisation, volume and month from which each option pays, or why it never does."""
    answers = (*evaluation.break_evens, *evaluation.hybrid_break_evens)
    rows = [
        _row(
            evaluation.alternative(answer.alternative).label,
            _utilisation(answer),
            percent(answer.utilisation.own),
            _volume(answer),
            _month(answer),
            figures=False,
        )
        for answer in answers
    ]
    heads = ("Option", "Utilisation (P10–P90)", "Yours", "Requests a month", "Month")
    return _table(heads, rows)


def findings_list(evaluation: Evaluation) -> Markup:
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


def assumption_table(evaluation: Evaluation) -> Markup:
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
    return _table(heads, rows)


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


def _bill_row(line: CostLine, cents: Iterator[int]) -> Markup:
    cost = NOT_ESTIMATED if line.cost_usd is None else f"{next(cents) / 100:,.2f}"
    source = joined(link(line.basis.source, line.basis.url), f", {line.basis.as_of}")
    return element(
        "tr",
        element("th", line.name, scope="row"),
        element("td", _figure(line.quantity), class_="figure"),
        element("td", line.unit),
        element("td", _figure(line.unit_price_usd), class_="figure"),
        element("td", cost, class_="figure"),
        element("td", source),
    )


def _table(heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
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
        return f"never: {at.reason}"
    if at.low is None or at.high is None:
        return percent(at.value)
    return f"{percent(at.value)} ({percent(at.low)}–{percent(at.high)}) {at.reason}".strip()


def _volume(answer: BreakEven) -> str:
    volume = answer.volume
    spans = [
        f"{short(low)} and more" if high is None else f"{short(low)} to {short(high)}"
        for low, high in volume.spans[:6]
    ]
    more = len(volume.spans) - len(spans)
    said = "; ".join([*spans, f"{more} more spans"] if more else spans)
    return f"{said} {volume.reason}".strip() if said else f"never: {volume.reason}"


def _month(answer: BreakEven) -> str:
    if answer.month.payback is None:
        return answer.month.reason
    return f"pays back in month {answer.month.payback}"


def _payback(month: int | None) -> str:
    return _NO_VALUE if month is None else str(month)


def _value(value: float | str | None) -> str:
    if value is None:
        return NOT_ESTIMATED
    return value if isinstance(value, str) else _figure(value)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_figure(low)} to {_figure(high)}"


def _figure(value: float | None) -> str:
    """Figure to six digits, or to the cent."""
    if value is None:
        return NOT_ESTIMATED
    return f"{value:,.6g}" if abs(value) < 1_000 else f"{value:,.2f}"
