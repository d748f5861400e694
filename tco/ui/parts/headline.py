"""The first screen: what to do, with whom, its worth, how sure, and what would change it."""

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tco.answer.explain import Explanation, explanations
from tco.answer.old_figures import told_ages
from tco.answer.own_findings import told_of_own
from tco.answer.tiles import Tile, tiles
from tco.answer.worked import Evaluation
from tco.charts.break_even import BREAK_EVEN_CHART, spoken_of
from tco.ui.fields.hover import heading, on_hover
from tco.ui.parts.explanations import explain_dialog
from tco.ui.parts.panels import show_chart, show_table
from tco.ui.tables.tables import break_even_table
from tco.words.figures import plural
from tco.words.markdown import cut, literal

TILE_CHARACTERS: Final = 60
EVERY_LINE: Final = "every line"
"""Key of the switch below the hero chart; what it holds is known before it is drawn."""
TABLE_ALT: Final = "Cost and break-even utilisation of every line in the chart"


def headline(evaluation: Evaluation) -> None:
    """Draw the verdict, the hero chart, the tiles and the table under it."""
    verdict = evaluation.verdict
    st.title(literal(verdict.headline), anchor=False)
    st.markdown(literal(verdict.sentence))
    st.markdown(literal(verdict.own))
    for old in told_ages(evaluation):
        st.markdown(f":small[:orange[{literal(old)}]]")
    for own in told_of_own(evaluation.findings):
        st.markdown(f":small[{literal(own)}]")
    heading("Break-even by utilisation")
    _figures(evaluation)


@st.fragment
def _figures(evaluation: Evaluation) -> None:
    """Draw the chart, the tiles and the table; what is pressed here draws nothing else anew."""
    _hero(evaluation)
    st.markdown(
        ":small[Falling lines: your own machines, cheaper per token the busier they are. Level "
        "lines: tokens you buy. Self-hosting pays right of the crossing. Filled marks: break-even "
        "with its P10–P90; hollow marks: where your traffic puts that option.]"
    )
    _tiles(evaluation)
    st.markdown(f":small[{literal(evaluation.verdict.also)}]")
    show_table("break-even", lambda: break_even_table(evaluation), TABLE_ALT)


def _hero(evaluation: Evaluation) -> None:
    """Draw what the sentence speaks of; every other alternative is one press away."""
    told = spoken_of(evaluation)
    others = _lines(evaluation) - _lines(told)
    is_asked = bool(others) and st.session_state.get(EVERY_LINE, False)
    show_chart(BREAK_EVEN_CHART, evaluation if is_asked else told, titled=False)
    if others:
        st.toggle(f"Draw {plural(others, 'other alternative')} too", key=EVERY_LINE)


def _lines(evaluation: Evaluation) -> int:
    return len(evaluation.level_lines) + len(evaluation.curves)


def _tiles(evaluation: Evaluation) -> None:
    """Six figures; each opens how it comes about."""
    offered = explanations(evaluation)
    grid = st.grid(6, min_column_width=150, border=True)
    for tile in tiles(evaluation):
        _tile(grid, tile, offered)


def _tile(
    grid: DeltaGenerator, tile: Tile, offered: Mapping[str, Callable[[], Explanation]]
) -> None:
    label, about = tile.label, cut(tile.about, TILE_CHARACTERS)
    cell = grid.container(gap=None)
    cell.metric(label, literal(tile.value))
    help_here = None if label in offered else on_hover(label)
    cell.markdown(f":small[{literal(about)}]", help=help_here)
    if label in offered and cell.button(
        ":primary[Explain]", key=f"explain {label}", type="tertiary", help=on_hover(label)
    ):
        explain_dialog(offered[label]())
