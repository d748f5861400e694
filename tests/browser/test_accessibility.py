"""axe-core finds nothing serious on any page or panel, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tco.ui.views import PAGES
from tests.browser.steps import go, settled

pytestmark = pytest.mark.browser

NOT_RUNNING = {"exclude": [["[data-testid=stStatusWidget]"]]}
"""Streamlit's own sign that a page is being drawn, which comes and goes."""
PANELS = {
    "Decide": ("By volume", "By month", "Findings"),
    "Sensitivity": (
        "What moves it",
        "Other assumptions",
        "Threshold by driver",
        "Who wins where",
        "How sure",
    ),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_or_critical(visit, scheme):
    page = visit(scheme=scheme)
    found = []
    for title in (each.title for each in PAGES):
        go(page, title)
        for panel in PANELS.get(title, ("",)):
            if panel:
                page.get_by_role("tab", name=panel).click()
                settled(page)
            found += [(title, panel, *fault) for fault in serious(page)]
    assert found == []


def serious(page):
    for violation in Axe().run(page, context=NOT_RUNNING).response["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            for node in violation["nodes"]:
                yield violation["id"], node["html"][:160]
