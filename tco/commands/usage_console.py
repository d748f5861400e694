"""Usage in a terminal: the shapes, a bill, and what was set aside."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from pricing.figures import exact, grouped
from tco.analysis.usage_watch import MonthWatched, UsageWatch
from tco.commands.notes import say, say_beside
from tco.commands.tables import print_table
from tco.commands.usage_documents import difference_row, line_row, shape_row
from tco.own_data.usage.bill_lines import SetAside, UsageBill
from tco.own_data.usage.reconcile import DIFFERENCE_KINDS, Reconciliation
from tco.own_data.usage.shape import Shape
from tco.words.figures import NO_VALUE, count, plural, share, whole

_MOST_SHOWN = 200
_Figure = TypeVar("_Figure", int, float)


def print_shapes(shapes: Iterable[Shape]) -> None:
    """Print what can be read."""
    rows = [{**shape_row(s), "recognised_by": ", ".join(s.marks)} for s in shapes]
    columns = ("shape", "title", "recognised_by", "row", "cached", "reasoning")
    print_table("Usage files that are recognised", columns, rows)


def print_bill(bill: UsageBill) -> None:
    """Print lines, total, and what was set aside."""
    by, total = bill.terms.by, bill.total
    columns = (*by, "requests", "input_tokens", "cached_tokens", "output_tokens", "usd", "charged")
    rows = [_cells(line_row(line, by)) for line in bill.lines[:_MOST_SHOWN]]
    print_table(f"Usage of {plural(len(bill.files), 'file')}, USD", columns, rows)
    if len(bill.lines) > _MOST_SHOWN:
        say(f"The first {_MOST_SHOWN} lines are shown; --json writes them all.")
    say(f"Together: {between(total.lower_usd, total.upper_usd)} USD.")
    if total.charged_usd is not None:
        some = total.charged_rows < total.rows
        of = f", in {grouped(total.charged_rows)} of {grouped(total.rows)} rows" if some else ""
        say(f"The files themselves say {exact(total.charged_usd)} USD{of}.")
    say(
        f"{plural(bill.rows, 'row')}: {grouped(total.rows - total.bounded_rows)} priced, "
        f"{grouped(total.bounded_rows)} bounded, {grouped(bill.set_aside_rows)} set aside."
    )
    print_set_aside(bill.set_aside)
    for remark in bill.remarks:
        say_beside(remark)


def print_reconciliation(found: Reconciliation) -> None:
    """Print both books, and the gaps by kind."""
    rows = []
    for one in found.differences[:_MOST_SHOWN]:
        ours = between(one.lower_usd, one.upper_usd)
        rows.append({**difference_row(one, found.by), "ours_usd": ours})
    columns = (*found.by, "ours_usd", "charged_usd", "gap_usd", "kind", "detail")
    print_table("Our bill and what was charged, USD", columns, rows)
    for kind, gap in found.gap_by_kind.items():
        say(f"{kind}: {exact(gap)} USD; {DIFFERENCE_KINDS[kind]}.")
    print_set_aside(found.bill.set_aside)
    print_set_aside(found.set_aside, "Charges set aside")
    for remark in found.remarks:
        say_beside(remark)


def print_watch(found: UsageWatch) -> None:
    """Print the months beside the plan, and both verdicts."""
    money = found.measured.currency.money

    def spent(month: MonthWatched) -> str:
        lower, upper = money(month.lower_usd), money(month.upper_usd)
        return upper if lower == upper else f"{lower} to {upper}"

    rows = [
        {
            "month": month.month,
            "days": month.days,
            "requests": f"{_told(month.requests, count)} of {count(month.planned_requests)}",
            "prompt": f"{_told(month.input_tokens_per_request, whole)}"
            f" of {whole(found.planned_input_tokens)}",
            "answer": f"{_told(month.output_tokens_per_request, whole)}"
            f" of {whole(found.planned_output_tokens)}",
            "cached": f"{_told(month.cached_share, share)} of {share(found.planned_cached_share)}",
            "bill": f"{spent(month)} of {money(month.planned_usd)}",
        }
        for month in found.months
    ]
    columns = ("month", "days", "requests", "prompt", "answer", "cached", "bill")
    print_table("Used, of what was planned for as many days", columns, rows)
    say("The verdict stands." if found.stands else "The verdict has changed.")
    say(f"Planned: {found.before.headline} {found.before.sentence}")
    say(f"As used: {found.after.headline} {found.after.sentence}")
    print_set_aside(found.bill.set_aside)
    for remark in found.bill.remarks:
        say_beside(remark)


def _told(figure: _Figure | None, words: Callable[[_Figure], str]) -> str:
    """A figure in words, or that there is none."""
    return NO_VALUE if figure is None else words(figure)


def between(lower: Decimal, upper: Decimal) -> str:
    """One amount, or the two that bound it."""
    return exact(lower) if lower == upper else f"{exact(lower)} to {exact(upper)}"


def print_set_aside(asides: Sequence[SetAside], what: str = "Set aside") -> None:
    """Print why rows have no price, and where the first of them stand."""
    for aside in asides:
        where = ", ".join(f"{e.file} row {e.row}" for e in aside.examples[:3])
        at = f" ({where})" if where else ""
        say_beside(f"{what}: {plural(aside.rows, 'row')}: {aside.reason}{at}. {aside.remedy}")


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """A line as a table shows it."""
    tokens = ("requests", "input_tokens", "cached_tokens", "output_tokens")
    shown = {**row, **{name: grouped(row[name]) for name in tokens}}
    if not row["requests"] and row["uncounted_rows"]:
        shown["requests"] = "not told"
    shown["usd"] = between(Decimal(row["lower_usd"]), Decimal(row["upper_usd"]))
    shown["charged"] = row["charged_usd"]
    return shown
