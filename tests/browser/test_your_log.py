"""A usage export dropped on the page becomes a scenario with its picture; a wrong one says why."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SECONDS, bill, settled

pytestmark = pytest.mark.browser
HEADER = "id,provider,model,as_of,input_tokens,cached_tokens,output_tokens,note\n"


def usage_upload(page):
    return page.get_by_test_id("stSidebar").locator("input[type=file]").last


def test_an_export_of_50_mb_becomes_a_scenario_with_its_picture(visit, tmp_path):
    path = tmp_path / "export.csv"
    note = "x" * 200
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(200_000):
            day, hour = 2 + n % 14, n % 24
            file.write(
                f"r{n},openai,gpt-5.4,2026-11-{day:02}T{hour:02}:30:00Z,{1_000 + n % 500},10,100,"
                f"{note}\n"
            )
    assert 45e6 < path.stat().st_size < 60e6
    page = visit()
    usage_upload(page).set_input_files(path)
    expect(page.get_by_label("Start from", exact=True)).to_have_value(
        re.compile("Your log"), timeout=3 * SECONDS
    )
    settled(page)
    page.get_by_text("Your log, and the scenario it became").click()
    expect(page.get_by_text("from your log", exact=False).first).to_be_visible(timeout=SECONDS)
    expect(page.locator(".js-plotly-plot .main-svg").nth(2)).to_be_visible(timeout=SECONDS)
    settled(page)


def test_a_wrong_usage_file_explains_itself_and_the_page_stays(visit, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    page = visit()
    before = bill(page).inner_text()
    usage_upload(page).set_input_files(path)
    expect(page.get_by_text("has no shape that is known")).to_be_visible(timeout=SECONDS)
    assert bill(page).inner_text() == before
