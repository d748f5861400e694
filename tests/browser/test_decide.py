"""A lead opens the page, changes an input, errs, takes the result away and brings it back."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tco.answer.documents import scenario_toml
from tco.answer.evaluation import evaluate
from tco.charts.style import DARK_SERIES, LIGHT_SERIES
from tco.question.files import changed
from tco.question.presets import presets
from tco.words.money import usd_short
from tests.browser.steps import SECONDS, as_shown, bill, enter, go, settled, text_of

pytestmark = pytest.mark.browser

DEFAULT = next(iter(presets().values()))
REQUESTS = "workload.requests_per_month"


def strokes_of(page):
    """Colours of the lines of the first chart."""
    lines = page.locator(".js-plotly-plot").first.locator("path.js-line")
    return set(lines.evaluate_all("found => found.map(e => getComputedStyle(e).stroke)"))


def as_rgb(series):
    return {f"rgb({', '.join(str(int(c[i : i + 2], 16)) for i in (1, 3, 5))})" for c in series}


def draw_every_line(page):
    page.get_by_text(re.compile("^Draw .* other alternatives too$")).click()
    settled(page)


def test_the_first_screen_shows_the_sentence_six_figures_and_the_chart(visit):
    page = visit()
    verdict = evaluate(DEFAULT).verdict
    expect(page.get_by_role("heading", level=1)).to_have_text(as_shown(verdict.headline))
    assert " ".join(verdict.sentence.split()) in text_of(page)
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    chart = page.locator(".js-plotly-plot").first
    expect(chart).to_be_in_viewport(ratio=0.95)
    told = r"\s".join(re.escape(word) for word in verdict.headline.split())
    expect(page.get_by_role("figure", name=re.compile(told))).to_be_visible(timeout=SECONDS)


def test_no_tile_is_cut_and_no_names_in_the_chart_overlap(visit):
    page = visit()
    draw_every_line(page)
    assert strokes_of(page) == as_rgb(LIGHT_SERIES)
    texts = "[data-testid=stMetricValue] *, [data-testid=stMetricLabel] *"
    cut = page.locator(texts).evaluate_all(
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


def test_a_refused_input_or_file_is_explained_and_the_last_good_result_stays(visit, tmp_path):
    page = visit()
    enter(page, "Requests a month", 60_000_000)
    expected = evaluate(changed(DEFAULT, {REQUESTS: 60e6}))
    shown = usd_short(expected.alternatives[0].monthly_usd)
    expect(bill(page)).to_contain_text(shown, timeout=SECONDS)
    expect(page.get_by_role("heading", level=1)).to_have_text(as_shown(expected.verdict.headline))
    before = bill(page).inner_text()
    enter(page, "Requests a month", -5)
    alert = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(alert.first).to_contain_text("workload.requests_per_month", timeout=SECONDS)
    expect(alert.first).to_contain_text("-5")
    expect(alert.first).to_contain_text("must be at least 0.001")
    expect(alert.nth(1)).to_contain_text("last good result")
    settled(page)
    expect(bill(page)).to_have_count(1)
    assert bill(page).inner_text() == before
    enter(page, "Requests a month", 60_000_000)
    expect(alert).to_have_count(0, timeout=SECONDS)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('format = "tco.scenario/1"\nprise = 3\n')
    page.set_input_files("input[type=file]", wrong)
    alert = page.get_by_test_id("stSidebar").get_by_test_id("stAlert")
    expect(alert).to_contain_text("prise", timeout=SECONDS)
    assert bill(page).inner_text() == before


def test_a_phone_in_dark_mode_shows_everything_without_scrolling_sideways(visit):
    page = visit(width=390, height=844, scheme="dark")
    draw_every_line(page)
    assert strokes_of(page) == as_rgb(DARK_SERIES)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def test_every_panel_opens(visit):
    page = visit()
    for name in ("By month", "Findings", "By volume"):
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
    settled(page)
    go(page, "Bills")
    page.get_by_text("Fleets: replicas").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("onerror", timeout=SECONDS)
    settled(page)
    assert page.locator('img[src="x"], a[href^="javascript"], .katex').count() == 0
    assert name in text_of(page)
