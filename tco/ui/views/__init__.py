"""The pages, in the order of the navigation; each is drawn from a question and its answer.

Not called ``pages``: Streamlit would take the scripts of a folder of that name for pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tco.ui.session.question import Answered
from tco.ui.views.alternatives import alternatives_page
from tco.ui.views.assumptions import assumptions_page
from tco.ui.views.bills import bills_page
from tco.ui.views.calibration import calibration_page
from tco.ui.views.cash import cash_page
from tco.ui.views.compare import compare_page
from tco.ui.views.decide import decide_page
from tco.ui.views.export import export_page
from tco.ui.views.prices import prices_page
from tco.ui.views.quality import quality_page
from tco.ui.views.scenarios import scenarios_page
from tco.ui.views.sensitivity import sensitivity_page

Draw = Callable[[Answered], None]


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page: what draws it, its title, its place in the address, and what it is for."""

    draw: Draw
    title: str
    path: str
    help: str


PAGES: Final = (
    PageOf(decide_page, "Decide", "decide", "Stay or move, from which load on, how sure."),
    PageOf(
        alternatives_page,
        "Alternatives",
        "alternatives",
        "What is compared: add, copy, move, remove.",
    ),
    PageOf(
        bills_page, "Bills", "bills", "Every alternative line by line, and how its fleet is used."
    ),
    PageOf(cash_page, "Cash flow", "cash-flow", "Month by month, present value and payback."),
    PageOf(
        sensitivity_page, "Sensitivity", "sensitivity", "What moves the answer, and how sure it is."
    ),
    PageOf(
        compare_page, "Compare", "compare", "Scenarios side by side, and what moved the answer."
    ),
    PageOf(quality_page, "Quality", "quality", "Whose answers you accept, task by task."),
    PageOf(
        prices_page, "Prices", "prices", "What tokens cost, by whom, since when, at what length."
    ),
    PageOf(
        assumptions_page, "Assumptions", "assumptions", "Every value, its range and its source."
    ),
    PageOf(
        calibration_page, "Calibration", "calibration", "How quickly a replica serves, by whom."
    ),
    PageOf(scenarios_page, "Scenarios", "scenarios", "Save, open, note and sign off."),
    PageOf(export_page, "Export", "export", "Files to take away, and a link to send."),
)
