"""A check of a change, for a build: as a document, as text, as a comment in Markdown."""

from collections.abc import Iterator

from tco.analysis.budget import BillChange, BudgetCheck, bill_changes
from tco.answer.documents import plain
from tco.answer.worked import Evaluation
from tco.question.files import Document
from tco.words.markdown import literal
from tco.words.shown_money import ShownMoney


def check_document(checked: BudgetCheck, before: Evaluation | None, after: Evaluation) -> Document:
    """Versioned JSON form; with what a change does, where there was a question before it."""
    told = checked.document()
    if before is not None:
        told["changes"] = [
            {**plain(change), "difference_usd": change.difference_usd}
            for change in bill_changes(before, after)
        ]
        told["verdict"] = {"before": before.verdict.headline, "after": after.verdict.headline}
    return told


def check_text(checked: BudgetCheck, before: Evaluation | None, after: Evaluation) -> str:
    """Plain lines: the check, the verdict where it turned, every bill that moved."""
    lines = [checked.words]
    if before is not None:
        money = after.money
        lines.append(_turned(before, after))
        lines += [_moved(change, money) for change in _changes(before, after)]
    return "\n".join(lines)


def check_markdown(checked: BudgetCheck, before: Evaluation | None, after: Evaluation) -> str:
    """Markdown of the same, for a comment."""
    lines = [f"**{literal(checked.words)}**"]
    if before is not None:
        lines += ["", literal(_turned(before, after)), ""]
        lines += _table(_changes(before, after), after.money)
    return "\n".join(lines)


def _changes(before: Evaluation, after: Evaluation) -> list[BillChange]:
    """Bills that moved, came or went."""
    return [
        change for change in bill_changes(before, after) if change.before_usd != change.after_usd
    ]


def _turned(before: Evaluation, after: Evaluation) -> str:
    was, now = before.verdict.headline, after.verdict.headline
    return f"The verdict stays: {now}" if was == now else f"The verdict turns. Was: {was} Is: {now}"


def _moved(change: BillChange, money: ShownMoney) -> str:
    before, after, added = _shown(change, money)
    by = f" ({added})" if added else ""
    return f"{change.label}: {before} → {after} a month{by}"


def _table(changes: list[BillChange], money: ShownMoney) -> Iterator[str]:
    if not changes:
        yield "No bill moves."
        return
    yield "| a month | before | after | difference |"
    yield "|---|---:|---:|---:|"
    for change in changes:
        shown = " | ".join(literal(cell) for cell in _shown(change, money))
        yield f"| {literal(change.label)} | {shown} |"


def _shown(change: BillChange, money: ShownMoney) -> tuple[str, str, str]:
    """Both bills, and what is added where there are two."""
    before, after = change.before_usd, change.after_usd
    if before is None or after is None:
        return _bill(before, money), _bill(after, money), ""
    return money.moved(before, after)


def _bill(value_usd: float | None, money: ShownMoney) -> str:
    return "no bill" if value_usd is None else money(value_usd)
