"""The answer in a terminal: a verdict, the bills side by side, break-even with its reasons."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from rich.table import Table
from rich.text import Text

from pricing.printable import printable
from tco.answer.old_figures import catalogue_age, old_figures
from tco.answer.own_findings import told_of_own
from tco.answer.worked import Evaluation
from tco.commands.terminal import Terminal
from tco.question.scenario import Scenario
from tco.results.answer import BreakEven
from tco.words.figures import NOT_ESTIMATED, band, count, milliseconds, plural, share, whole

MOST_SPANS: Final = 5
KEEPS_OUT: Final = frozenset({"refused", "barred"})
"""Findings that are told with the alternative they keep out."""


def print_evaluation(scenario: Scenario, evaluation: Evaluation) -> None:
    """Print verdict, bills, findings and stamp."""
    console = Terminal()
    said = evaluation.verdict
    console.print(Text(scenario.name, style="dim"))
    console.print(Text(said.headline, style="bold"))
    console.print(Text(said.sentence))
    console.print(Text(said.own))
    console.print(Text(said.also))
    for noted in (old_figures(evaluation), catalogue_age(evaluation, date.today())):
        if noted:
            console.print(Text(noted, style="yellow"))
    for own in told_of_own(evaluation.findings):
        console.print(Text(own))
    console.print(_bills(evaluation))
    console.print(_horizon(scenario, evaluation))
    missing = dict.fromkeys(
        line.name.lower()
        for a in evaluation.alternatives
        for line in a.lines
        if line.cost_usd is None
    )
    if missing:
        console.print(Text(f"{NOT_ESTIMATED.capitalize()}: {', '.join(missing)}."))
    for finding in dict.fromkeys(
        (f"{a.label}: " if f.severity in KEEPS_OUT else "") + f.message
        for a in evaluation.alternatives
        for f in a.findings
        if f.severity != "remark"
    ):
        console.print(Text(f"• {finding}", style="yellow"))
    stamp = evaluation.stamp
    console.print(
        Text(
            f"Prices of {stamp.prices_on} (catalogue {stamp.catalogue_version}), "
            f"{whole(stamp.hours_per_month)} hours a month, mean TTFT "
            f"{milliseconds(stamp.mean_ttft_ms)} and mean TPOT "
            f"{milliseconds(stamp.mean_tpot_ms)}. `tco evaluate --json` has every line's source.",
            style="dim",
        )
    )


def print_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows under the names of their keys; what is missing stays empty."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        cells = (row.get(column) for column in columns)
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in cells))
    Terminal().print(table)


def _horizon(scenario: Scenario, evaluation: Evaluation) -> Table:
    """Show the whole horizon in the scenario's currency, its conventions below."""
    code, rate = scenario.currency.code, scenario.currency.per_usd
    table = Table(
        title=f"{plural(scenario.finance.horizon_months, 'month')}, {code}",
        caption=" ".join(evaluation.conventions),
        caption_justify="left",
    )
    heads = (
        "total",
        "present value",
        f"worth of moving{evaluation.basis}",
        "at the start",
        "IRR",
        "paid back, discounted",
    )
    for header in ("Alternative", *heads):
        table.add_column(header, justify="left" if header == "Alternative" else "right")
    for row in sorted(evaluation.appraisals, key=lambda row: row.present_usd):
        amounts = (row.total_usd, row.present_usd, row.npv_usd, row.capital_usd)
        table.add_row(
            Text(evaluation.alternative(row.alternative).label),
            *(whole(amount * rate) for amount in amounts),
            "not defined" if row.irr is None else share(row.irr),
            "not paid back"
            if row.discounted_payback is None
            else f"month {row.discounted_payback}",
        )
    return table


def _bills(evaluation: Evaluation) -> Table:
    money = evaluation.money
    table = Table(title="A first month, cheapest first")
    for header, side in (
        ("Alternative", "left"),
        (f"{money.code}/month", "right"),
        (f"{money.code}/Mtok", "right"),
        ("busy", "right"),
        ("tokens or machines", "right"),
        ("people", "right"),
    ):
        table.add_column(header, justify=side)  # type: ignore[arg-type]
    for a in sorted(evaluation.alternatives, key=lambda a: a.monthly_usd or float("inf")):
        groups = {group: 0.0 for group in ("tokens", "machines", "people")}
        for line in a.lines:
            if line.group in groups:
                groups[line.group] += line.cost_usd or 0.0
        priced = a.monthly_usd is not None
        table.add_row(
            Text(a.label),
            money(a.monthly_usd) if a.monthly_usd is not None else "refused",
            money.unit_price(a.usd_per_mtok) if a.usd_per_mtok is not None else "",
            share(a.serving.utilisation) if a.serving else "",
            money(groups["tokens"] + groups["machines"]) if priced else "",
            money(groups["people"]) if priced else "",
        )
    return table


def print_break_even(evaluation: Evaluation) -> None:
    """Print the three coordinates of each self-hosted option."""
    console = Terminal()
    console.print(Text(f"Against {evaluation.alternatives[0].label}", style="bold"))
    for alternative in evaluation.alternatives:
        if alternative.kind not in {"rented", "owned", "hybrid"}:
            continue
        console.print(Text(f"\n{alternative.label}", style="bold"))
        answer = evaluation.break_even(alternative.key)
        if answer is None:
            refused = alternative.refused
            console.print(Text(f"  refused: {refused.message if refused else ''}"))
            continue
        for line in _coordinates(answer, evaluation):
            console.print(Text(f"  {line}"))


def _coordinates(answer: BreakEven, evaluation: Evaluation) -> list[str]:
    at, volume, month = answer.utilisation, answer.volume, answer.month
    reason = f" ({at.reason})" if at.reason else ""
    lines = [f"utilisation  at no load of this fleet{reason}"]
    if at.value is not None:
        between = f", {band(at.p10, at.p90)}" if at.p10 is not None else ""
        lines = [f"utilisation  from {share(at.value)}{between}; yours {share(at.own)}{reason}"]
    spans = [
        f"{count(low)} to {count(high)}" if high is not None else f"above {count(low)}"
        for low, high in volume.spans
    ]
    shown = "; ".join(spans[:MOST_SPANS] + (["…"] if len(spans) > MOST_SPANS else []))
    lines.append(f"volume       cheaper at {shown or 'no volume'} requests a month")
    if volume.crossings:
        lines.append(
            f"             the cheaper side changes {plural(len(volume.crossings), 'time')} up to "
            f"{count(volume.searched_up_to)} requests a month; --json lists them"
        )
    if volume.cheaper_for_good_from is not None:
        lines.append(f"             for good from {count(volume.cheaper_for_good_from)}")
    if volume.reason:
        lines.append(f"             not for good ({volume.reason})")
    bill = "in no month" if month.bill_from is None else f"from month {month.bill_from}"
    pays = "not within the horizon" if month.payback is None else f"in month {month.payback}"
    why = f" ({month.reason})" if month.reason else ""
    lines.append(
        f"month        lower bill {bill}, paid back {pays}{why}; "
        f"worth {evaluation.money(month.npv_usd)} in present value{evaluation.basis}"
    )
    return lines
