"""Tables in a terminal of any width: no word and no figure is split or cut.

A table that is too wide gives way at spaces of its texts. Where that is not enough, each row
becomes a few lines of its own that say of every figure what it is.
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from tco.commands.terminal import Terminal

BETWEEN: Final = 2
"""Blanks between two columns, that of the box between them included."""
INDENT: Final = 4
_FIGURE: Final = re.compile(r"[−+±-]?[$€£]?\d[\d,.]*(?!\w)")
Cells = Sequence[Sequence[str]]


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, object]],
    caption: str = "",
) -> None:
    """Print rows under the names of their keys; a column that is empty in all rows stays away."""
    terminal = Terminal()
    columns = [name for name in columns if any(row.get(name) not in (None, "") for row in rows)]
    heads = [column.replace("_", " ") for column in columns]
    cells = [[_cell(terminal, row.get(column)) for column in columns] for row in rows]
    terminal.say(title, style="italic")
    widths = _widths(heads, cells, terminal.width)
    if widths is None:
        for row in cells:
            _print_row(terminal, heads, row)
    else:
        terminal.print(_table(heads, cells, widths))
    terminal.print()
    if caption:
        terminal.say(caption, style="dim")


def _cell(terminal: Terminal, value: object) -> str:
    return "" if value is None else terminal.shown(str(value))


def _table(heads: Sequence[str], cells: Cells, widths: Sequence[int]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, BETWEEN - 1, 0, 0), pad_edge=False, show_edge=False)
    for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
        table.add_column(
            Text(_folded(head, width)),
            justify="right" if _holds_figures([row[place] for row in cells]) else "left",
            no_wrap=True,
            min_width=width,
        )
    for row in cells:
        table.add_row(
            *(Text(_folded(cell, width)) for cell, width in zip(row, widths, strict=True))
        )
    return table


def _print_row(terminal: Terminal, heads: Sequence[str], row: Sequence[str]) -> None:
    """Print one row as a paragraph: its first cell, then every other under its name."""
    terminal.say(row[0], style="bold")
    said = [f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True) if cell]
    terminal.say("; ".join(said), indent=INDENT)


def _holds_figures(cells: Sequence[str]) -> bool:
    """Whether a column is one of figures, which stand on the right."""
    told = [cell for cell in cells if cell]
    return sum(_FIGURE.match(cell) is not None for cell in told) > len(told) / 2


def _widths(heads: Sequence[str], cells: Cells, width: int) -> list[int] | None:
    """Width of every column; None where even the longest words do not fit side by side."""
    columns = list(zip(heads, *cells, strict=True))
    room = width - BETWEEN * len(columns)
    least = [max(map(_longest_word, column)) for column in columns]
    if sum(least) > room:
        return None
    cells_whole = [max(map(cell_len, column[1:]), default=0) for column in columns]
    heads_whole = [cell_len(head) for head in heads]
    return _widened(_widened(least, cells_whole, room), heads_whole, room)


def _widened(widths: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """Give columns what they want while there is room, those that want least first."""
    wide, spare = list(widths), room - sum(widths)
    for place in sorted(range(len(wide)), key=lambda place: wanted[place] - wide[place]):
        more = min(max(wanted[place] - wide[place], 0), spare)
        wide[place] += more
        spare -= more
    return wide


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in text.split(" ")), default=0)


def _folded(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
