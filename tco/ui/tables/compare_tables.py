"""Scenarios side by side as text, with what differs marked."""

from collections.abc import Mapping
from typing import Final

from pandas import DataFrame

from tco.analysis.change_words import before_and_after, step_name
from tco.analysis.compare import Contribution, ScenarioComparison
from tco.answer.worked import Evaluation
from tco.words.figures import NO_VALUE, band, count, month, share
from tco.words.markdown import literal
from tco.words.shown_money import ShownMoney

DIFFERS: Final = "≠"


def side_by_side(answers: Mapping[str, Evaluation]) -> DataFrame:
    """Headline figures, a column per scenario; rows that differ carry a mark. Markdown-safe."""
    columns = {name: _figures(evaluation) for name, evaluation in answers.items()}
    rows = list(next(iter(columns.values())))
    differs = [len({figures[row] for figures in columns.values()}) > 1 for row in rows]
    table: dict[str, list[str]] = {
        "": rows,
        DIFFERS: [DIFFERS if differ else "" for differ in differs],
    }
    for name, figures in columns.items():
        table[literal(name)] = [
            f"**{literal(figures[row])}**" if differ else literal(figures[row])
            for row, differ in zip(rows, differs, strict=True)
        ]
    return DataFrame(table)


def steps(
    found: ScenarioComparison, labels: Mapping[str, str], units: Mapping[str, str]
) -> DataFrame:
    """Every difference with both values, and what it does to both present values and the gap."""
    money = found.money
    return DataFrame(
        [
            {
                "Assumption": step_name(one, labels),
                "Before": "; ".join(values[0] for values in _values(one, units)),
                "After": "; ".join(values[1] for values in _values(one, units)),
                "Staying": _move(one.in_order.staying_usd, money),
                "Best other": _move(one.in_order.best_usd, money),
                "Gap": _move(one.in_order.gap_usd, money),
                "Gap, taken alone": _move(one.alone.gap_usd, money) if not one.alone_reason
                else f"not alone: {one.alone_reason}",
                "Field": ", ".join(c.path for c in one.changes),
            }
            for one in found.contributions
        ]
    )  # fmt: skip


def _figures(evaluation: Evaluation) -> dict[str, str]:
    verdict, money = evaluation.verdict, evaluation.money
    today = evaluation.alternatives[0]
    best = evaluation.alternative(verdict.best_own) if verdict.best_own else None
    answer = evaluation.break_even(verdict.best_own) if verdict.best_own else None
    u = answer.utilisation if answer else None
    return {
        "Verdict": verdict.headline,
        "Today": today.label,
        "Requests a month": count(today.requests_per_month),
        "Bill of staying, a month": money(today.monthly_usd),
        "The choice": evaluation.alternative(verdict.chosen).label,
        "Its worth a year": money(verdict.worth_usd_per_year),
        "Best own GPUs": best.label if best else NO_VALUE,
        "Their bill, a month": money(best.monthly_usd) if best else NO_VALUE,
        "Break-even utilisation": (share(u.value) if u.value is not None else u.instead)
        if u
        else NO_VALUE,
        "P10–P90": band(u.p10, u.p90) if u and u.value is not None else NO_VALUE,
        "Your utilisation": share(u.own) if u else NO_VALUE,
        "Paid back in month, discounted": month(answer.month.discounted_payback)
        if answer
        else NO_VALUE,
        "Worth of moving to them, NPV": money(answer.month.npv_usd) if answer else NO_VALUE,
    }


def _values(one: Contribution, units: Mapping[str, str]) -> list[tuple[str, str]]:
    return [before_and_after(change, units.get(change.path, "")) for change in one.changes]


def _move(amount_usd: float | None, money: ShownMoney) -> str:
    return "no answer" if amount_usd is None else money.change(amount_usd)
