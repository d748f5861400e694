"""No text of a chart lies on another or is cut, at the widths of a phone, a tablet and a desk."""

import re

import pytest

from tco.ui.views import PAGES
from tests.browser.conftest import DRAWN
from tests.browser.labels import charts_of, faults
from tests.browser.steps import settled

pytestmark = pytest.mark.browser

PANELS = {
    "decide": ("By volume", "By month"),
    "sensitivity": (
        "What moves it",
        "Threshold by driver",
        "Who wins where",
        "How sure",
    ),
}
WITHOUT_CHARTS = {"alternatives", "quality", "assumptions", "scenarios", "export"}
PLOT = ".js-plotly-plot"
CHARTS = {"decide": 2, "bills": 2}
"""Charts in sight of a page, where it is not one."""
IN_PANEL = "[role=tabpanel]"
FADE_MS = 800
EVERY_LINE = re.compile("^Draw .* other alternatives too$")


def charts_by_panel(page, address):
    """Go through every page and panel; gives where, and the charts there."""
    for each in PAGES:
        page.goto(address if each is PAGES[0] else f"{address}/{each.path}")
        page.wait_for_selector("h1", timeout=60_000)
        settled(page)
        if each is PAGES[0]:
            in_sight(page, CHARTS[each.path])
            yield each.title, charts_of(page)
            page.get_by_text(EVERY_LINE).click()
            settled(page)
        for panel in PANELS.get(each.path, ("",)):
            if panel:
                page.get_by_role("tab", name=panel).click()
                settled(page)
            if each.path not in WITHOUT_CHARTS:
                page.wait_for_selector(f"{IN_PANEL if panel else ''} {DRAWN}", timeout=60_000)
                in_sight(page, CHARTS.get(each.path, 1))
            yield f"{each.title} {panel}".strip(), charts_of(page)


def in_sight(page, charts):
    """Wait until so many charts are drawn and stand still."""
    page.locator(PLOT).nth(charts - 1).wait_for(timeout=60_000)
    settled(page)
    page.wait_for_timeout(FADE_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_no_text_of_a_chart_lies_on_another_or_is_cut(visit, address, width, scheme):
    page = visit(width=width, height=1600, scheme=scheme)
    found, charts = [], 0
    for where, drawn in charts_by_panel(page, address):
        charts += len(drawn)
        found += [(where, fault) for chart in drawn for fault in faults(chart)]
    assert found == []
    assert charts >= 15
