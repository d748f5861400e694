"""The first screen: the answer, five figures, and the chart they are read from."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tco.answer.explain import Explanation, explanations
from tco.answer.old_figures import catalogue_age, old_figures
from tco.answer.worked import Evaluation
from tco.charts.break_even import BREAK_EVEN_CHART
from tco.results.answer import UtilisationAnswer
from tco.results.bill import Alternative
from tco.ui.fields.hover import heading, on_hover
from tco.ui.parts.explanations import explain_dialog
from tco.ui.parts.panels import show_chart, with_table
from tco.ui.tables.tables import break_even_table
from tco.words.figures import NO_VALUE, band, plural, share
from tco.words.markdown import cut, literal
from tco.words.money import usd_short

WORTH: Final = {
    "stay": "a year, if you moved",
    "hosted": "a year, bought hosted",
    "self-host": "a year, on your own GPUs",
    "unanswered": "no move can be priced",
}
TABLE_ALT: Final = "Cost and break-even utilisation of every line in the chart"


def headline(evaluation: Evaluation) -> None:
    """Draw the verdict, the tiles, the hero chart and the table under it."""
    verdict = evaluation.verdict
    st.title(literal(verdict.headline), anchor=False)
    st.markdown(literal(verdict.sentence))
    if verdict.also:
        st.markdown(f":small[{literal(verdict.also)}]")
    for noted in (old_figures(evaluation), catalogue_age(evaluation, date.today())):
        if noted:
            st.markdown(f":small[:orange[{literal(noted)}]]")
    _tiles(evaluation)
    heading("Break-even by utilisation")
    show_chart(BREAK_EVEN_CHART, evaluation)
    st.markdown(
        ":small[Falling lines: your own machines, cheaper per token the busier they are. Level "
        "lines: tokens you buy. Self-hosting pays right of the crossing. Filled marks: break-even "
        "with its P10–P90; hollow marks: where your traffic puts that option.]"
    )
    with_table("break-even", lambda: break_even_table(evaluation), TABLE_ALT)


@st.fragment
def _tiles(evaluation: Evaluation) -> None:
    """Five figures; each opens how it comes about, without drawing the page anew."""
    offered = explanations(evaluation)
    verdict = evaluation.verdict
    baseline = evaluation.alternatives[0]
    best = evaluation.alternative(verdict.best) if verdict.best else None
    answer = evaluation.break_even(verdict.best) if verdict.best else None
    grid = st.grid(5, min_column_width=150, border=True)
    _tile(
        grid,
        "Your bill, a month",
        usd_short(baseline.monthly_usd),
        f"{_cut(baseline.label)}",
        offered,
    )
    _tile(
        grid,
        "Own GPUs, a month",
        usd_short(best.monthly_usd) if best else NO_VALUE,
        f"{_cut(best.label)}" if best else "no option can be priced",
        offered,
    )
    u = answer.utilisation if answer else None
    _tile(
        grid,
        "Break-even utilisation",
        share(u.value) if u and u.value is not None else "never",
        f"P10–P90: {band(u.low, u.high)}" if u and u.value is not None else _why_never(u),
        offered,
    )
    own = share(u.own) if u else NO_VALUE
    _tile(grid, "Your utilisation", own, _fleet(best), offered)
    worth = usd_short(verdict.usd_per_year)
    _tile(grid, "Moving is worth", worth, WORTH[verdict.action], offered)


def _tile(
    grid: DeltaGenerator,
    label: str,
    value: str,
    about: str,
    offered: Mapping[str, Callable[[], Explanation]],
) -> None:
    with grid, st.container(gap=None):
        st.metric(label, literal(value))
        help_here = None if label in offered else on_hover(label)
        st.markdown(f":small[{literal(about)}]", help=help_here)
        if label in offered and st.button(
            ":primary[Explain]", key=f"explain {label}", type="tertiary", help=on_hover(label)
        ):
            explain_dialog(offered[label]())


def _cut(label: str) -> str:
    return cut(label, 30)


def _why_never(answer: UtilisationAnswer | None) -> str:
    return cut(answer.reason, 60) if answer else "no option can be priced"


def _fleet(best: Alternative | None) -> str:
    if best is None or best.serving is None:
        return "no fleet"
    return f"of {plural(best.serving.replicas, 'replica')}"
