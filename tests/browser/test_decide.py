"""A lead opens the page, changes an input, errs, takes the result away and brings it back."""

import csv
import io
import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tco.evaluation import evaluate
from tco.presets import presets
from tco.reading import changed, scenario_from_text
from tco.report import scenario_toml
from tco.ui.settings import DARK_SERIES, LIGHT_SERIES
from tco.ui.wording import usd_short

pytestmark = pytest.mark.browser

DEFAULT = next(iter(presets().values()))
REQUESTS = "workload.requests_per_month"
SECONDS = 20_000


def enter(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(str(value))
    box.press("Enter")


def bill(page):
    return page.get_by_test_id("stMetric").filter(has_text="Your bill, a month")


def text_of(page):
    """What a reader sees, with breakable and unbreakable spaces alike."""
    return " ".join(page.inner_text("section.stMain, .stMain").replace("\u2060", "").split())


def test_the_first_screen_shows_the_sentence_five_figures_and_the_chart(visit):
    page = visit()
    verdict = evaluate(DEFAULT).verdict
    expect(page.get_by_role("heading", level=1)).to_have_text(verdict.headline)
    assert " ".join(verdict.sentence.split()) in text_of(page)
    expect(page.get_by_test_id("stMetric")).to_have_count(5)
    chart = page.locator(".js-plotly-plot").first
    expect(chart).to_be_in_viewport(ratio=0.95)
    expect(page.get_by_role("figure", name=re.compile(re.escape(verdict.headline)))).to_be_visible()


def test_no_tile_is_cut_and_no_names_in_the_chart_overlap(visit):
    page = visit()
    cut = page.locator("[data-testid=stMetricValue] *").evaluate_all(
        "found => found.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    )
    assert cut == []
    boxes = (
        page.locator(".js-plotly-plot")
        .first.locator("text.annotation-text")
        .evaluate_all(
            "found => found.map(e => e.getBoundingClientRect()).filter(b => b.right > 1050)"
            ".map(b => [b.top, b.bottom])"
        )
    )
    ends = sorted(boxes)
    assert len(ends) >= 10
    assert all(upper[1] <= lower[0] + 3 for upper, lower in pairwise(ends))


def test_a_changed_input_changes_the_answer(visit):
    page = visit()
    enter(page, "Requests a month", 60_000_000)
    expected = evaluate(changed(DEFAULT, {REQUESTS: 60e6}))
    shown = usd_short(expected.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    expect(page.get_by_role("heading", level=1)).to_have_text(expected.verdict.headline)


def test_a_refused_input_is_explained_and_the_last_good_result_stays(visit):
    page = visit()
    before = bill(page).inner_text()
    enter(page, "Requests a month", -5)
    alert = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(alert.first).to_contain_text("workload.requests_per_month", timeout=SECONDS)
    expect(alert.first).to_contain_text("-5")
    expect(alert.first).to_contain_text("greater than 0")
    expect(alert.nth(1)).to_contain_text("last good result")
    assert bill(page).inner_text() == before
    enter(page, "Requests a month", 6_000_000)
    expect(alert).to_have_count(0, timeout=SECONDS)


def test_a_downloaded_csv_opens_again_with_the_same_totals(visit, tmp_path):
    page = visit()
    enter(page, "Requests a month", 7_000_000)
    mine = evaluate(changed(DEFAULT, {REQUESTS: 7e6}))
    shown = usd_short(mine.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download result (CSV)").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    text = path.read_text("utf-8")
    totals = {
        row["alternative"]: float(row["cost_usd_per_month"])
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if row["record"] == "total" and row["cost_usd_per_month"]
    }
    again = evaluate(scenario_from_text(text, path.name))
    assert totals == {a.key: a.monthly_usd for a in again.alternatives if not a.refused}
    assert totals == {a.key: a.monthly_usd for a in mine.alternatives if not a.refused}

    other = visit()
    other.set_input_files("input[type=file]", path)
    expect(bill(other)).to_contain_text(shown, timeout=SECONDS)


def test_a_refused_file_is_explained_beside_the_result(visit, tmp_path):
    page = visit()
    before = bill(page).inner_text()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('format = "tco.scenario/1"\nprise = 3\n')
    page.set_input_files("input[type=file]", wrong)
    alert = page.get_by_test_id("stSidebar").get_by_test_id("stAlert")
    expect(alert).to_contain_text("prise", timeout=SECONDS)
    assert bill(page).inner_text() == before


@pytest.mark.parametrize(
    ("scheme", "series"), [("light", LIGHT_SERIES), ("dark", DARK_SERIES)], ids=["light", "dark"]
)
def test_the_chart_wears_the_colours_of_the_theme(visit, scheme, series):
    page = visit(scheme=scheme)
    strokes = (
        page.locator(".js-plotly-plot")
        .first.locator("path.js-line")
        .evaluate_all("found => found.map(e => getComputedStyle(e).stroke)")
    )
    wanted = {f"rgb({', '.join(str(int(c[i : i + 2], 16)) for i in (1, 3, 5))})" for c in series}
    assert set(strokes) <= wanted
    assert len(set(strokes)) == len(wanted)


def test_a_phone_in_dark_mode_shows_everything_without_scrolling_sideways(visit):
    page = visit(width=390, height=844, scheme="dark")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def test_every_panel_opens(visit):
    page = visit()
    for name in ("Serving", "Volume", "Month", "Findings", "Assumptions"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).not_to_be_empty(timeout=SECONDS)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_what_a_user_wrote_is_shown_as_text(visit, tmp_path):
    name = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) :red[r] :smile: $a$"
    path = tmp_path / "hostile.toml"
    hostile = changed(DEFAULT, {"name": name, "self_hosted.1.name": name})
    path.write_text(scenario_toml(hostile), "utf-8")
    page = visit()
    page.set_input_files("input[type=file]", path)
    expect(page.get_by_label("Start from")).to_have_value(re.compile("Your file"), timeout=SECONDS)
    page.get_by_role("tab", name="Serving").click()
    expect(page.get_by_role("tabpanel", name="Serving")).to_contain_text("onerror", timeout=SECONDS)
    assert page.locator('img[src="x"], a[href^="javascript"], .katex').count() == 0
    assert name in text_of(page)
