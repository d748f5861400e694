"""The pages, in the order of the navigation; each is drawn from a question and its answer.

Not called ``pages``: Streamlit would take the scripts of a folder of that name for pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tco.ui.session.question import Answered
from tco.ui.views.assumptions import assumptions
from tco.ui.views.bills import bills
from tco.ui.views.calibration import calibration
from tco.ui.views.cash import cash
from tco.ui.views.compare import compare
from tco.ui.views.decide import decide
from tco.ui.views.export import export
from tco.ui.views.prices import prices
from tco.ui.views.scenarios import scenarios
from tco.ui.views.sensitivity import sensitivity

Draw = Callable[[Answered], None]


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page: what draws it, its title, its place in the address, and what it is for."""

    draw: Draw
    title: str
    path: str
    help: str


PAGES: Final = (
    PageOf(decide, "Decide", "decide", "Stay or move, from which load on, how sure."),
    PageOf(bills, "Bills", "bills", "Every alternative line by line, and how its fleet is used."),
    PageOf(cash, "Cash flow", "cash-flow", "Month by month, present value and payback."),
    PageOf(sensitivity, "Sensitivity", "sensitivity", "What moves the answer, and how sure it is."),
    PageOf(compare, "Compare", "compare", "Scenarios side by side, and what moved the answer."),
    PageOf(prices, "Prices", "prices", "What tokens cost, by whom, since when, at what length."),
    PageOf(assumptions, "Assumptions", "assumptions", "Every value, its range and its source."),
    PageOf(calibration, "Calibration", "calibration", "How quickly a replica serves, by whom."),
    PageOf(scenarios, "Scenarios", "scenarios", "Save, open, note and sign off."),
    PageOf(export, "Export", "export", "Files to take away, and a link to send."),
)
