"""The page asks, calls the engine and shows: driven without a browser."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.answer.documents import csv_text, scenario_toml
from tco.answer.evaluation import evaluate
from tco.answer.old_figures import old_figures
from tco.question.files import changed, scenario_from_text
from tco.question.presets import presets
from tco.ui.views import PAGES
from tco.words.figures import NO_VALUE
from tco.words.markdown import literal
from tco.words.money import usd_short

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
REQUESTS = "workload.requests_per_month"


@pytest.fixture
def page():
    return AppTest.from_file(APP, default_timeout=60).run()


def field(page, path):
    """The one widget that asks for a path, whatever was opened before."""
    (found,) = [
        widget
        for kind in ("text_input", "selectbox", "toggle")
        for widget in getattr(page, kind)
        if widget.key and widget.key.endswith(f"/{path}")
    ]
    return found


def go(page, path):
    """Follow the navigation, as a click does: the question beside it stays."""
    (target,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == path
    ]
    page._page_hash = target
    return page.run()


PANELS = (
    "table of break-even", "table of volume", "table of month", "table of restated", "fleets",
    "cash-months", "map-table",
)  # fmt: skip
"""Keys of what can be opened on a page."""


def walked(page, *, tabs=True, opened=()):
    """Go to every page, then to each tab of it with panels opened; gives the page and the tab."""
    for each in PAGES:
        go(page, "" if each is PAGES[0] else each.path)
        assert not page.exception
        yield each, ""
        labels = [tab.label for tab in page.tabs if tabs]
        for label in labels or [""] * bool(opened):
            if label:
                page.session_state["coordinates" if each is PAGES[0] else each.path] = label
            for panel in opened:
                page.session_state[panel] = True
            page.run()
            assert not page.exception
            yield each, label


def open_everything(page, *, panels=True):
    """Every page, and every tab of it."""
    for _ in walked(page, tabs=panels):
        assert not page.error
        assert page.title


def tiles(page):
    return {metric.label: metric.value for metric in page.metric}


def shown(page):
    return "\n".join(element.value for element in (*page.title, *page.markdown))


def test_the_first_screen_answers_without_a_touch(page):
    assert not page.exception
    verdict = evaluate(DEFAULT).verdict
    assert page.title[0].value == literal(verdict.headline)
    assert literal(verdict.sentence) in shown(page)
    assert literal(old_figures(evaluate(DEFAULT))) in shown(page)
    assert len(page.metric) == 6
    assert page.get("plotly_chart")[0].proto.alt.startswith(verdict.headline)


def test_the_page_opens_at_both_doors_alike(page):
    shell = AppTest.from_file(APP.replace("app.py", "tco/ui/shell.py"), default_timeout=60).run()
    for _ in range(2):  # the file is executed anew by each run, its modules are not
        assert not shell.exception
        assert tiles(shell) == tiles(page)
        assert shown(shell) == shown(page)
        shell.run()


def test_figures_are_those_of_the_engine(page):
    evaluation = evaluate(DEFAULT)
    best = evaluation.alternative(evaluation.verdict.best_own)
    chosen = evaluation.alternative(evaluation.verdict.chosen)
    shown_tiles = tiles(page)
    for label, money in (
        ("Your bill, a month", evaluation.alternatives[0].monthly_usd),
        ("The choice, a month", chosen.monthly_usd),
        ("Own GPUs, a month", best.monthly_usd),
        ("Moving is worth", evaluation.verdict.worth_usd_per_year),
    ):
        assert shown_tiles[label] == literal(usd_short(money))


def test_a_changed_input_changes_the_answer_to_the_engine_s(page):
    field(page, REQUESTS).set_value("12,000,000").run()
    expected = evaluate(changed(DEFAULT, {REQUESTS: 12e6}))
    assert page.title[0].value == literal(expected.verdict.headline)
    assert tiles(page)["Your bill, a month"] == literal(
        usd_short(expected.alternatives[0].monthly_usd)
    )


def test_a_refused_input_is_named_and_the_last_good_result_stays(page):
    field(page, REQUESTS).set_value("3,000,000").run()
    good = tiles(page)
    field(page, REQUESTS).set_value("-5").run()
    assert not page.exception
    summary, beside = (error.value for error in page.error)
    assert "requests" in summary
    assert "must be at least 0.001" in summary
    assert "must be at least 0.001" in beside  # under the input as well
    assert "last good result" in page.warning[0].value
    assert tiles(page) == good


def test_a_corrected_input_takes_the_message_away(page):
    field(page, REQUESTS).set_value("-5").run()
    field(page, REQUESTS).set_value("5,000,000").run()
    assert not page.error
    assert not page.warning


def test_a_model_without_the_chosen_tier_is_refused_with_its_reason(page):
    field(page, "baseline.tier").set_value("priority").run()
    field(page, "baseline.model").set_value("gpt-5.4-nano").run()
    assert not page.exception
    assert len(page.metric) == 6


def test_today_s_batch_trades_places_with_standard(page):
    field(page, "baseline.tier").set_value("batch").run()
    assert not page.error
    assert "batch" in page.title[0].value + shown(page)


def test_other_inputs_are_drawn_on_demand_and_count_when_they_are_hidden_again(page):
    drawn = len(page.text_input)
    page.session_state["more"] = True
    page.run()
    assert len(page.text_input) > drawn + 20
    field(page, "fleet.spare_replicas").set_value("0").run()
    without_spares = tiles(page)
    page.session_state["more"] = False
    page.run()
    assert tiles(page) == without_spares
    expected = evaluate(changed(DEFAULT, {"fleet.spare_replicas": 0}))
    assert literal(expected.verdict.own) in shown(page)


def test_an_objective_nobody_meets_is_an_answer_with_its_reason(page):
    page.session_state["more"] = True
    page.run()
    field(page, "objective.mean_tpot_ms").set_value("1").run()
    assert not page.exception
    assert not page.error
    assert tiles(page)["Break-even utilisation"] == NO_VALUE
    page.session_state["table of break-even"] = True
    page.run()
    assert "refused" in " ".join(page.table[0].value["Note"])
    open_everything(page)


def test_your_gpu_price_replaces_the_list_price_of_the_chosen_option(page):
    field(page, "self_hosted.0.usd_per_gpu_hour").set_value("0.5").run()
    expected = evaluate(changed(DEFAULT, {"self_hosted.0.usd_per_gpu_hour": 0.5}))
    assert tiles(page)["Own GPUs, a month"] == literal(
        usd_short(expected.alternative(expected.verdict.best_own).monthly_usd)
    )


def test_another_preset_starts_afresh(page):
    field(page, REQUESTS).set_value("1,000,000").run()
    title, scenario = list(presets().items())[-1]
    page.selectbox(key="start").set_value(title).run()
    assert not page.exception
    assert page.title[0].value == literal(evaluate(scenario).verdict.headline)


def test_a_bill_stands_line_by_line_with_its_sources(page):
    go(page, "bills")
    sources = page.dataframe[1].value
    assert {"Quantity", "Unit", "USD per unit", "Source", "As of", "Confidence"} <= set(sources)
    assert sources["Source"].all()


def test_my_changes_can_be_undone(page):
    before = tiles(page)
    field(page, REQUESTS).set_value("60,000,000").run()
    assert tiles(page) != before
    page.button(key="undo").click().run()
    assert tiles(page) == before


@pytest.mark.parametrize("title", presets())
def test_every_preset_has_an_answer_and_bills(page, title):
    page.selectbox(key="start").set_value(title).run()
    assert not page.exception
    assert not page.error
    go(page, "bills")
    assert not page.exception
    assert len(page.dataframe) == 3


def test_every_panel_of_every_page_opens(page):
    open_everything(page)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.toml", scenario_toml),
        ("result.csv", lambda scenario: csv_text(scenario, evaluate(scenario))),
    ],
)
def test_a_download_opens_again_with_the_same_totals(page, name, text):
    mine = changed(DEFAULT, {REQUESTS: 7e6, "name": "Mine"})
    page.file_uploader[0].upload(name, text(mine).encode()).run()
    assert not page.error
    assert page.selectbox(key="start").value == "uploaded"
    expected = evaluate(scenario_from_text(text(mine), name))
    assert tiles(page)["Your bill, a month"] == literal(
        usd_short(expected.alternatives[0].monthly_usd)
    )


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("bad.toml", b"format = ", "TOML"),
        ("bad.toml", b'format = "tco.scenario/1"\nprise = 3', "prise"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\xff\xfe", "UTF"),
        ("deep.json", b"[" * 100_000, "JSON"),
        ("empty.csv", b"", "columns"),
    ],
)
def test_a_refused_file_is_explained_and_nothing_else_changes(page, name, content, word):
    before = tiles(page)
    page.file_uploader[0].upload(name, content).run()
    assert not page.exception
    assert word in page.error[0].value
    assert tiles(page) == before
    field(page, REQUESTS).set_value("12,000,000").run()  # the page still works
    assert tiles(page) != before


HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) $\\LaTeX$ :red[r] :smile:"


def test_what_a_user_wrote_is_never_markup(page):
    hostile = changed(DEFAULT, {"name": HOSTILE, "self_hosted.1.name": HOSTILE[:80]})
    page.file_uploader[0].upload("h.toml", scenario_toml(hostile).encode()).run()
    assert not page.exception
    texts = [e.value for e in (*page.title, *page.markdown, *page.error, *page.metric)]
    assert any("onerror" in text for text in texts)
    markup = re.compile(r"(?<!\\)(<img|\[x|\$|:red|:smile)")
    assert not any(markup.search(text) for text in texts)


def test_two_sessions_never_mix():
    one = AppTest.from_file(APP, default_timeout=60).run()
    other = AppTest.from_file(APP, default_timeout=60).run()
    for millions in (1, 2, 3):
        field(one, REQUESTS).set_value(f"{millions} million").run()
        field(other, REQUESTS).set_value(f"{millions}0M").run()
        for page, requests in ((one, millions * 1e6), (other, millions * 1e7)):
            bill = evaluate(changed(DEFAULT, {REQUESTS: requests})).alternatives[0].monthly_usd
            assert tiles(page)["Your bill, a month"] == literal(usd_short(bill))
