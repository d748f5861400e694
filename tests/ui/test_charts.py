"""The figures show what the evaluation says, and nothing a user wrote is markup in them."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.charts.bills import bill_chart, bill_finding
from tco.charts.break_even import PLOT_PX, break_even_chart, break_even_finding
from tco.charts.months import saving_chart, saving_finding
from tco.charts.names import LABEL_GAP_PX, spread
from tco.charts.style import LIGHT, THEMED, styles
from tco.charts.volume import volume_chart, volume_finding
from tco.results.answer import CurvePoint, Reason

GPT = "api/gpt-5.4/standard"


def traces(figure, name, mode):
    return [t for t in figure.data if t.name == name and (t.mode or "lines") == mode]


def with_label(evaluation, key, label):
    renamed = [replace(a, label=label) if a.key == key else a for a in evaluation.alternatives]
    return replace(evaluation, alternatives=tuple(renamed))


def test_every_self_hosted_option_has_a_falling_curve_and_every_price_a_level_line(evaluation):
    figure = go.Figure(break_even_chart(evaluation, LIGHT))
    for key, points in evaluation.curves:
        (curve,) = traces(figure, evaluation.alternative(key).label, "lines")
        exact = {point.utilisation: point.usd_per_mtok for point in points}
        assert list(curve.y) == pytest.approx([exact[u] for u in curve.x], rel=1e-4)
        assert (curve.x[0], curve.x[-1]) == (points[0].utilisation, points[-1].utilisation)
        assert list(curve.y) == sorted(curve.y, reverse=True)
    for key, usd_per_mtok in evaluation.level_lines:
        label = evaluation.alternative(key).label
        (line,) = [
            t
            for t in figure.data
            if t.mode is None and t.name.startswith(label) and set(t.y) == {usd_per_mtok}
        ]
        assert line.x[-1] == 1


def test_break_even_is_marked_on_todays_price_with_its_band(evaluation):
    figure = go.Figure(break_even_chart(evaluation, LIGHT))
    for answer in evaluation.break_evens:
        u = answer.utilisation
        (mark,) = traces(figure, evaluation.alternative(answer.alternative).label, "markers")
        assert mark.x == (u.value, u.own)
        assert mark.y[0] == dict(evaluation.level_lines)[GPT]
        assert len(mark.error_x.array) == len(mark.error_x.arrayminus) == 1
        assert mark.error_x.array[0] == pytest.approx(u.p90 - u.value)
        assert mark.error_x.arrayminus[0] == pytest.approx(u.value - u.p10)


def test_your_own_utilisation_lies_on_its_curve(evaluation):
    figure = go.Figure(break_even_chart(evaluation, LIGHT))
    (mark,) = traces(figure, "Llama 3.3 70B, H100 owned", "markers")
    assert mark.y[1] == pytest.approx(0.23 * 5.0 / 0.31, rel=1e-4)  # the fixture's curve is a / u


def test_a_band_beyond_full_use_ends_at_full_use(evaluation):
    first, *others = evaluation.break_evens
    far = replace(first, utilisation=replace(first.utilisation, value=0.9, p90=1.4))
    figure = go.Figure(break_even_chart(replace(evaluation, break_evens=(far, *others)), LIGHT))
    (mark,) = traces(figure, evaluation.alternative(far.alternative).label, "markers")
    assert mark.x[0] + mark.error_x.array[0] == pytest.approx(1.0)


def test_an_option_that_never_breaks_even_has_no_mark_and_says_why(evaluation):
    first, *others = evaluation.break_evens
    never = replace(
        first,
        utilisation=replace(
            first.utilisation, value=None, p10=None, p90=None, reason=Reason("dear", "R.")
        ),
    )
    changed = replace(evaluation, break_evens=(never, *others))
    name = evaluation.alternative(never.alternative).label
    (mark,) = traces(go.Figure(break_even_chart(changed, LIGHT)), name, "markers")
    assert mark.x == (first.utilisation.own,)  # your traffic only
    assert mark.error_x.array is None
    assert f"{name}, as planned, breaks even at no load: R." in break_even_finding(changed)


def test_without_any_option_the_prices_are_still_drawn(evaluation):
    none = replace(
        evaluation, break_evens=(), curves=(), verdict=replace(evaluation.verdict, best_own=None)
    )
    figure = go.Figure(break_even_chart(none, LIGHT))
    assert len(figure.data) == len(evaluation.level_lines)
    assert not figure.layout.shapes


def test_your_place_below_the_first_point_of_a_curve_stays_in_view(evaluation):
    idle = tuple(
        replace(answer, utilisation=replace(answer.utilisation, own=0.004))
        for answer in evaluation.break_evens
    )
    figure = go.Figure(break_even_chart(replace(evaluation, break_evens=idle), LIGHT))
    assert 10 ** figure.layout.xaxis.range[0] < 0.004


def test_the_option_the_sentence_speaks_of_stands_out(evaluation):
    figure = go.Figure(break_even_chart(evaluation, LIGHT))
    (best,) = traces(figure, "Llama 3.3 70B, H100 on demand", "lines")
    (other,) = traces(figure, "Llama 3.3 70B, H100 owned", "lines")
    assert best.line.width > other.line.width
    assert (best.line.dash, other.line.dash != "solid") == ("solid", True)
    assert any("You: 31" in annotation.text for annotation in figure.layout.annotations)


def test_batch_says_how_long_it_may_take(evaluation):
    figure = go.Figure(break_even_chart(evaluation, LIGHT))
    assert any(t.name == "GPT-5.4 batch (answers within 24 h)" for t in figure.data)
    assert any("24 h" in annotation.text for annotation in figure.layout.annotations)


def test_no_two_options_share_colour_dash_and_marker(evaluation):
    many = tuple(replace(evaluation.alternatives[0], key=f"k{i}", label=f"k{i}") for i in range(10))
    looks = styles(replace(evaluation, alternatives=many), LIGHT).values()
    assert len({(s.dash, s.marker) for s in looks}) == 10  # without colour too
    assert len({s.colour for s in looks}) == 10


def test_labels_of_lines_do_not_overlap(evaluation):
    close = tuple(
        (key, 2.0 + 0.001 * place) for place, (key, _) in enumerate(evaluation.level_lines)
    )
    figure = go.Figure(break_even_chart(replace(evaluation, level_lines=close), LIGHT))
    low, high = figure.layout.yaxis.range
    names = [a for a in figure.layout.annotations if a.showarrow is not False]
    places = sorted((a.y - low) / (high - low) * PLOT_PX - a.ay for a in names)
    assert len(places) == len(close) + len(evaluation.curves)
    assert all(b - a >= LABEL_GAP_PX - 0.05 for a, b in pairwise(places))
    assert places[0] > 0
    assert places[-1] < PLOT_PX


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=12).map(sorted),
    st.floats(1, 25),
)
def test_spread_places_keep_order_distance_and_bounds(wanted, gap):
    places = spread(wanted, gap, 0.0, 400.0)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(places))
    assert places[-1] <= 400.0
    assert places[0] >= -1e-9  # twelve labels of 25 fit into 400


@pytest.mark.parametrize("draw", [break_even_chart, bill_chart, volume_chart, saving_chart])
def test_a_name_a_user_wrote_is_text_in_every_figure(evaluation, draw):
    name = '<a href="javascript:alert(1)">x</a><b>'
    figure = draw(with_label(evaluation, "self/on-demand", name), THEMED)
    assert "<a" not in json.dumps(figure)


@pytest.mark.parametrize("draw", [break_even_chart, bill_chart, volume_chart, saving_chart])
def test_a_figure_is_finite_json_in_both_palettes(evaluation, draw):
    for palette in (LIGHT, THEMED):
        assert json.loads(json.dumps(draw(evaluation, palette), allow_nan=False))["data"]


def test_points_beyond_the_left_edge_are_not_sent_but_the_line_still_reaches_it(evaluation):
    left = 10 ** go.Figure(break_even_chart(evaluation, LIGHT)).layout.xaxis.range[0]
    far = tuple(
        (key, tuple(CurvePoint(u, 1 / u) for u in (1e-4 * 1.2**n for n in range(51))))
        for key, _ in evaluation.curves
    )
    figure = go.Figure(break_even_chart(replace(evaluation, curves=far), LIGHT))
    for key, _ in far:
        (curve,) = traces(figure, evaluation.alternative(key).label, "lines")
        beyond = [u for u in curve.x if u < left]
        assert len(beyond) == 2  # where the curve begins, and its last point out of sight
        assert curve.x[2] >= left
        assert curve.x[2] / beyond[-1] <= 1.2**5 * (1 + 1e-5)


def test_the_hero_chart_in_words_gives_the_verdict_and_every_break_even(evaluation):
    words = break_even_finding(evaluation).replace("\N{WORD JOINER}", "")
    assert words.startswith("Stay on GPT-5.4. Own GPUs: your 6.00 M requests a month")
    assert "H100 owned breaks even at 23\xa0% utilisation (P10 to P90 20–27\xa0%)" in words


def test_bars_of_a_bill_add_up_to_its_total(evaluation):
    figure = go.Figure(bill_chart(evaluation, LIGHT))
    billed = [a for a in evaluation.alternatives if not a.refused]
    for alternative in billed:
        bars = [
            cost
            for trace in figure.data
            if trace.type == "bar"
            for row, cost in zip(trace.y, trace.x, strict=True)
            if row == alternative.label
        ]
        assert math.fsum(bars) == pytest.approx(alternative.monthly_usd, rel=1e-12)
    assert "the lowest is Llama 3.3 70B at DeepInfra with $7,160" in bill_finding(evaluation)


def test_lanes_are_filled_exactly_where_self_hosting_costs_less(evaluation):
    figure = go.Figure(volume_chart(evaluation, LIGHT))
    filled = [t for t in figure.data if t.line.width > 10]
    assert [t.x[0] for t in filled[:2]] == [8_500_000.0, 23_500_000.0]
    assert filled[0].x[1] == 22_000_000.0
    words = volume_finding(evaluation, evaluation.break_evens[0])
    assert "from 8.50\xa0M to 22.0\xa0M; above 23.5\xa0M requests a month" in words


def test_the_saving_is_marked_where_it_is_paid_back(evaluation):
    figure = go.Figure(saving_chart(evaluation, LIGHT))
    marks = [t for t in figure.data if t.mode == "markers"]
    assert {t.x[0] for t in marks} == {22}
    assert "paid back in month 22 (discounted)" in saving_finding(
        evaluation, evaluation.break_evens[0]
    )


def test_charts_are_plain_data_that_need_neither_the_page_nor_plotly_nor_pandas():
    check = (
        "import sys, tco.charts.registry; "
        "sys.exit(' '.join({'streamlit', 'plotly', 'pandas'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)
