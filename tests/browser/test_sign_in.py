"""Somebody signs in at a provider, sees a store of their own, and signs out again."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRAWN, free_port, serving
from tests.browser.oidc_provider import CLIENT, SECRET, provider_for
from tests.browser.steps import DESK, SECONDS, go, headline, settled

pytestmark = pytest.mark.browser

ANN = {"sub": "17", "email": "ann@example.org", "email_verified": True}
BEN = {"sub": "18", "email": "ann@example.org", "email_verified": False}
SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a long secret that only this test knows"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


def sign_in(page):
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector(DRAWN, timeout=60_000)
    settled(page)


def test_each_person_signs_in_to_a_store_of_their_own_and_out_again(browser, tmp_path):
    port = free_port()
    with provider_for(ANN) as provider:
        secrets = tmp_path / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.write_text(
            SECRETS.format(port=port, client=CLIENT, secret=SECRET, issuer=provider.issuer)
        )
        with serving(tmp_path, port=port) as address:
            page = browser.new_page(viewport=DESK)
            page.goto(f"{address}/scenarios")
            expect(headline(page)).to_have_text("Sign in", timeout=60_000)
            expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)
            expect(page.get_by_label("Requests a month")).to_have_count(0)
            expect(page.get_by_role("dialog")).to_have_count(0)

            sign_in(page)
            expect(page.get_by_text("Signed in as ann@example.org")).to_be_visible(timeout=SECONDS)
            go(page, "Scenarios")
            page.get_by_label("What is it about?").fill("of Ann")
            page.get_by_role("button", name="Save this page as new").click()
            expect(page.get_by_test_id("stTable").first).to_contain_text("of Ann", timeout=SECONDS)

            page.get_by_role("button", name="Sign out").click()
            expect(headline(page)).to_have_text("Sign in", timeout=SECONDS)

            provider.person = BEN  # an address the provider did not verify is not hers
            sign_in(page)
            expect(page.get_by_text("Signed in as 18 at http")).to_be_visible(timeout=SECONDS)
            go(page, "Scenarios")
            expect(page.get_by_text("Nothing is saved yet.")).to_be_visible(timeout=SECONDS)
            page.close()
