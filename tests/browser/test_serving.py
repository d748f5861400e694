"""The page under its own headers: drawn, quiet, and closed to scripts from elsewhere."""

import pytest
from playwright.sync_api import expect

from tco.ui.server.guard import headers
from tests.browser.steps import SECONDS, headline

pytestmark = pytest.mark.browser

TRY_SCRIPT = """() => new Promise(done => {
  document.addEventListener("securitypolicyviolation", e => done(e.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  document.body.append(script);
  setTimeout(() => done("ran"), 3000);
})"""


def test_a_page_opened_by_its_own_address_is_drawn_without_a_word_in_the_console(visit, address):
    page = visit(at=f"{address}/bills")
    expect(headline(page)).to_have_text("Bills", timeout=SECONDS)
    assert page.url == f"{address}/bills"


def test_a_script_that_is_not_the_page_s_own_does_not_run(browser, address):
    page = browser.new_page()  # not watched: the refusal is told in its console
    answer = page.goto(address)
    assert answer.headers["content-security-policy"] == headers()["Content-Security-Policy"]
    assert page.evaluate(TRY_SCRIPT) == "script-src-elem"
    assert page.evaluate("window.ran") is None
    page.close()
