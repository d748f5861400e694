"""The sheet *Break-even*: the utilisation from which each self-hosted option costs less."""

import math
from collections.abc import Sequence
from typing import Final

from tco.answer.worked import Evaluation
from tco.exports.sheets import Book, Cell, Figure, Formula, cell_name
from tco.exports.workbook_bills import BILLS_SHEET, PER, QUANTITY, REQUESTS, Block, seconds_of
from tco.kernel.cases import first
from tco.words.formats import SHEET_NUMBER, SHEET_SHARE, SHEET_WHOLE

BREAK_EVEN_SHEET: Final = "Break-even"
_NO_SAVING: Final = "at no load: a request costs no less than today, before any machine"
_UNTIL: Final = "at low load: a request costs more than today, what surrounds it costs less"
_TOO_DEAR: Final = "at no load of this fleet: it would have to be more than fully busy"
_ALWAYS: Final = "cheaper even when idle: the fixed costs of staying are higher"
_GAP, _SAVING, _CAPACITY, _MEET = 1, 2, 3, 4


def write_break_even(book: Book, evaluation: Evaluation, blocks: Sequence[Block]) -> None:
    """Write a row per self-hosted option whose fleet follows the requests."""
    book.widths(BREAK_EVEN_SHEET, 44, 22, 24, 24, 20, 18, 60, 20, 20)
    book.heading(
        BREAK_EVEN_SHEET,
        "Self-hosted option",
        f"Fleet and people beyond staying, {evaluation.money.code} a month",
        f"Saved by a request, {evaluation.money.code}",
        "Requests a month a fully used fleet carries",
        "Break-even utilisation",
        "Your utilisation",
        "In words",
        "P10 at export",
        "P90 at export",
    )
    stay = blocks[0]
    for block in blocks:
        if block.instances is not None:
            book.row(
                BREAK_EVEN_SHEET, *_option(book.next_row(BREAK_EVEN_SHEET), block, stay, evaluation)
            )
    book.row(BREAK_EVEN_SHEET)
    book.row(
        BREAK_EVEN_SHEET, "Utilisation = (fleet and people beyond staying) / (capacity × saving)."
    )
    book.row(
        BREAK_EVEN_SHEET, "Fleets that follow the hours, and hybrids, are in the page and the JSON."
    )


def _option(row: int, block: Block, stay: Block, evaluation: Evaluation) -> Sequence[Cell]:
    assert block.host is not None
    assert block.instances is not None
    comparison = evaluation.worked[block.alternative.key].against_staying
    saving, gap = (
        evaluation.money.amount(first(usd))
        for usd in (comparison.saving_per_request_usd, comparison.fixed_gap_usd)
    )
    capacity, meet = comparison.serving.requests_per_month_capacity, first(comparison.threshold)
    answer = evaluation.break_even(block.alternative.key)
    assert answer is not None
    at = answer.utilisation
    gap_cell, saving_cell = cell_name(row, _GAP), cell_name(row, _SAVING)
    capacity_cell, meet_cell = cell_name(row, _CAPACITY), cell_name(row, _MEET)
    fleet = f"{block.sum_of('nothing')}+{block.sum_of('instances')}"
    instances = cell_name(block.instances, QUANTITY, BILLS_SHEET)
    packed = cell_name(block.instances, PER, BILLS_SHEET)
    replica = f"capacity_{block.host.number}*{seconds_of(block.host.rule)}"
    never = f'IF({meet_cell}>1,"{_TOO_DEAR}",IF({meet_cell}=0,"{_ALWAYS}",""))'
    return (
        block.alternative.label,
        Formula(f"{fleet}-{stay.sum_of('nothing')}", gap),
        Formula(
            f"({stay.sum_of('requests')}-{block.sum_of('requests')})/{REQUESTS}",
            saving,
            SHEET_NUMBER,
        ),
        Formula(f"{instances}*{packed}*{replica}", capacity, SHEET_WHOLE),
        Formula(
            f"IF({saving_cell}<=0,IF({gap_cell}<{saving_cell}*{capacity_cell},0,"
            f'"none"),MAX(0,{gap_cell}/({saving_cell}*{capacity_cell})))',
            meet if math.isfinite(meet) else "none",
            SHEET_SHARE,
        ),
        Formula(f"{REQUESTS}/{capacity_cell}", comparison.serving.utilisation, SHEET_SHARE),
        Formula(
            f'IF({meet_cell}="none",IF({gap_cell}<0,"{_UNTIL}","{_NO_SAVING}"),{never})',
            _words(meet, gap),
        ),
        *(
            None if end is None or not math.isfinite(end) else Figure(end, SHEET_SHARE)
            for end in (at.p10, at.p90)
        ),
    )


def _words(meet: float, gap: float) -> str:
    if not math.isfinite(meet):
        return _UNTIL if gap < 0 else _NO_SAVING
    if meet > 1:
        return _TOO_DEAR
    return _ALWAYS if meet == 0 else ""
