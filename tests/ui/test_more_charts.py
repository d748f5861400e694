"""Figures of the other pages show what the engine says: cash, swings, drivers, maps, fans, ways."""

import math

import plotly.graph_objects as go
import pytest

from tco.analysis.compare import compare
from tco.analysis.decision import Question
from tco.analysis.drivers import driver_curves
from tco.analysis.factors import factor_of, factors
from tco.analysis.sensitivity import tornado
from tco.analysis.uncertainty import uncertainty
from tco.analysis.winners import winner_map
from tco.answer.evaluation import evaluate
from tco.charts.cash import cash_chart, monthly_flows
from tco.charts.contributions import contribution_chart, contribution_finding
from tco.charts.drivers import driver_chart, driver_finding
from tco.charts.fan import fan_chart, fan_finding
from tco.charts.style import LIGHT, THEMED
from tco.charts.tornado import shown_swings, tornado_chart, tornado_finding
from tco.charts.use import capacity_parts, use_chart, use_finding
from tco.charts.winners import winner_chart, winner_finding
from tco.question.files import changed
from tco.question.presets import presets
from tco.ui.tables import cash_tables, compare_tables, sensitivity_tables
from tco.words.money import usd

SCENARIO = changed(
    next(iter(presets().values())),
    {"workload.requests_per_month": 3e6, "finance.horizon_months": 12},
)
QUESTION = Question.of(SCENARIO)
EVALUATION = evaluate(SCENARIO)


@pytest.fixture(scope="module")
def swings():
    only = frozenset({"api_price", "gpu_price", "workload.requests_per_month"})
    return tornado(QUESTION, of="own", only=only)


def test_parts_of_a_fleet_s_capacity_add_up_to_all_of_it():
    figure = go.Figure(use_chart(EVALUATION, LIGHT))
    fleets = [a for a in EVALUATION.alternatives if a.serving]
    for place, fleet in enumerate(fleets):
        assert math.fsum(part for _, part in capacity_parts(fleet.serving)) == pytest.approx(1)
        assert sum(bar.x[place] for bar in figure.data) == pytest.approx(1, abs=1e-5)
        assert figure.data[0].x[place] == pytest.approx(fleet.serving.utilisation, abs=1e-5)
    assert fleets[0].label in use_finding(EVALUATION)


def test_flows_of_the_months_add_up_to_the_present_value():
    for answer in EVALUATION.break_evens:
        assert math.fsum(monthly_flows(answer)) == pytest.approx(answer.month.npv_usd)
        bars, line = go.Figure(cash_chart(EVALUATION, answer, THEMED)).data
        assert len(bars.x) == len(line.x) == 13
        assert line.y[-1] == round(answer.month.npv_usd)
        table = cash_tables.months(EVALUATION, answer)
        assert table["So far"].iloc[-1] == usd(answer.month.npv_usd)
        assert table["Saved in the bill"].iloc[0] == "—"


def test_every_alternative_is_appraised_with_a_rate_or_its_reason():
    table = cash_tables.appraisals(EVALUATION)
    assert len(table) == len(EVALUATION.appraisals)
    without = sum(one.irr is None for one in EVALUATION.appraisals[1:])
    assert list(table["Internal rate a year"]).count("none") == without
    reasons = " ".join(cash_tables.reasons_without_rate(EVALUATION))
    assert all(one.irr_reason in reasons for one in EVALUATION.appraisals[1:] if one.irr is None)


def test_bars_of_the_tornado_reach_from_the_answer_to_the_answer_at_each_end(swings):
    figure = go.Figure(tornado_chart(swings, LIGHT))
    shown = shown_swings(swings)
    for bars, end in zip(figure.data, ("at_low", "at_high"), strict=True):
        for base, width, swing in zip(bars.base, bars.x, shown, strict=True):
            assert base + width == pytest.approx(getattr(swing, end).gap_usd, abs=1)
    widths = [swing.swing_usd for swing in shown]
    assert widths == sorted(widths, reverse=True)


def test_a_turn_is_named_on_its_bar_in_the_table_and_in_words(swings):
    flips = [swing for swing in shown_swings(swings) if swing.flip]
    assert flips  # at three million requests a fleet and staying cost much the same
    rows = go.Figure(tornado_chart(swings, LIGHT)).data[0].y
    assert sum("turns at" in row for row in rows) == len(flips)
    table = sensitivity_tables.swings(swings)
    assert sum(table["Turns at"] != sensitivity_tables.NO_TURN) == len(flips)
    assert "turns at" in tornado_finding(swings)


def test_panels_of_the_drivers_hold_the_curves_and_your_point():
    curves = [
        curve
        for curve in driver_curves(QUESTION, ("gpu_price", "workload.cached_share"), points=5)
        if curve.alternative == EVALUATION.verdict.best_own
    ]
    figure = go.Figure(driver_chart(curves, LIGHT))
    assert len(figure.data) == 3 * len(curves) == 6
    line, _, point = figure.data[:3]
    assert list(line.y) == pytest.approx([p.threshold for p in curves[0].points], rel=1e-4)
    assert point.x[0] == curves[0].factor.value
    assert "GPU prices" in driver_finding(curves)


def test_every_cell_of_the_map_has_one_winner_by_colour_and_letter():
    known = factors(QUESTION)
    found = winner_map(
        QUESTION,
        factor_of(known, "workload.requests_per_month"),
        factor_of(known, "gpu_price"),
        columns=4,
        rows=3,
    )
    figure = go.Figure(winner_chart(found, {}, LIGHT))
    layers = [trace for trace in figure.data if trace.type == "heatmap"]
    for row in range(3):
        for column in range(4):
            assert sum(layer.z[row][column] == 1 for layer in layers) == 1
            assert sum(layer.text[row][column] != "" for layer in layers) == 1
    assert figure.data[-1].x[0] == 3e6
    assert "% of the cells" in winner_finding(found)
    assert sensitivity_tables.map_cells(found).shape == (3, 5)


def test_a_fan_holds_the_bands_of_staying_and_of_the_option():
    found = uncertainty(QUESTION, draws=500)
    option = found.odds[0].alternative
    figure = go.Figure(fan_chart(EVALUATION, found, option, LIGHT))
    band, middle = figure.data[:2]
    stay = found.bills[0]
    assert list(middle.y) == [round(b.p50) for b in stay.by_month]
    assert band.y[0] == round(stay.by_month[0].p90)
    assert band.y[-1] == round(stay.by_month[0].p10)
    assert "500 draws" in fan_finding(EVALUATION, found, option)
    assert len(sensitivity_tables.odds(EVALUATION, found)) == len(found.odds)


def test_steps_from_one_scenario_to_another_add_up_to_the_difference():
    other = changed(
        SCENARIO, {"workload.requests_per_month": 5e6, "finance.discount_rate": 0.1,
                   "workload.classes.0.cached_share": 0.5},
    )  # fmt: skip
    found = compare(SCENARIO, other)
    labels = {a.field: a.label for a in EVALUATION.assumptions}
    figure = go.Figure(contribution_chart(found, labels, ("one", "other"), LIGHT))
    (bars,) = figure.data
    *before, after = bars.x
    assert sum(before) == pytest.approx(after, abs=len(before))
    assert "of it by Requests" in contribution_finding(found, labels)
    units = {a.field: a.unit for a in EVALUATION.assumptions}
    table = compare_tables.steps(found, labels, units)
    assert set(table["Assumption"]) >= {"Requests", "chat: cached share of the prompt"}
    requests = table.set_index("Assumption").loc["Requests"]
    assert requests["Before"] == "3,000,000\xa0requests/month"


def test_rows_that_differ_are_marked_and_others_are_not():
    other = changed(SCENARIO, {"workload.requests_per_month": 5e6})
    table = compare_tables.side_by_side({"a": EVALUATION, "b": evaluate(other)}).set_index("")
    assert table.loc["Requests a month", "≠"] == "≠"
    assert table.loc["Requests a month", "a"].startswith("**")
    assert table.loc["Today", "≠"] == ""
    same = compare_tables.side_by_side({"a": EVALUATION, "b": EVALUATION})
    assert not same["≠"].any()
