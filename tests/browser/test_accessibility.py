"""axe-core finds nothing serious on any panel, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PANELS = ("Bills", "Serving", "Volume", "Month", "Findings", "Assumptions")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_or_critical(visit, scheme):
    page = visit(scheme=scheme)
    found = []
    for name in PANELS:
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(700)
        violations = Axe().run(page).response["violations"]
        found += [
            (name, violation["id"], node["html"][:160])
            for violation in violations
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]
    assert found == []
