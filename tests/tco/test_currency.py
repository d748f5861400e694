"""A scenario in another currency is in it on every face; list prices say that they are in USD."""

import csv
import io
import re
from contextlib import redirect_stdout

import pytest

from tco.analysis.budget import check_budget
from tco.analysis.compare import compare
from tco.analysis.decision import Question
from tco.analysis.rank import rank
from tco.analysis.sensitivity import tornado
from tco.analysis.solve import solve
from tco.answer.evaluation import evaluate
from tco.answer.explain import explain_bill, explanations
from tco.answer.tiles import tiles
from tco.charts.chart import Case
from tco.charts.registry import CHARTS
from tco.charts.style import LIGHT
from tco.commands import analysis_console, console
from tco.commands.rank_documents import print_ranking
from tco.exports.columns import COLUMNS
from tco.exports.forms import FORMS
from tco.question.files import changed
from tco.ui.parts.explanations import steps_table
from tco.ui.tables import bill_tables, cash_tables, compare_tables, rank_tables, tables
from tco.ui.tables.sensitivity_tables import swings
from tests.tco.random_presets import EUROS, shipped
from tests.tco.test_export_forecast import RICH
from tests.tco.xlsx_file import Workbook

DOLLARS = re.compile(r"\$|USD|dollar")
LISTED = re.compile(
    r"[\d.,]+ for\s+one\s+USD\s+of |\$[\d,]+ repaid over |USD/[\w-]+|USD per replica"
)
"""What may stand in dollars beside the rate: that rate, what a server is listed at, units of
inputs."""
RANGES = re.compile(r"[\d.,]+(?:\\xa0|\xa0)USD")
"""Ends of the range of an input, which is asked for in dollars."""
QUESTIONS = {"default": shipped("default"), "rich": RICH}
AMOUNT = re.compile(r"EUR\xa0([\d,]+(?:\.\d+)?)(?:\xa0([kMG]))?")
SCALES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


def in_euros(name, per_usd):
    return changed(QUESTIONS[name], {"currency": EUROS | {"per_usd": per_usd}})


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")


def printed(show, *given):
    with redirect_stdout(io.StringIO()) as shown:
        show(*given)
    return shown.getvalue()


def told(evaluation):
    """Name and text of every face that tells an answer in words and tables."""
    scenario, data = evaluation.asked.scenario, evaluation.asked.data
    question, money = Question(scenario, data), evaluation.money
    said = evaluation.verdict
    yield "verdict", " ".join((said.headline, said.sentence, said.own, said.also))
    yield "tiles", str(tiles(evaluation))
    yield "findings", str([f.message for a in evaluation.alternatives for f in a.findings])
    yield "terminal", printed(console.print_evaluation, scenario, evaluation)
    yield "terminal, break-even", printed(console.print_break_even, evaluation)
    moved = tornado(question, only=frozenset({"gpu_price"}))
    yield "terminal, tornado", printed(analysis_console.print_tornado, moved)
    yield (
        "terminal, draws",
        printed(analysis_console.print_uncertainty, evaluation.uncertainty, money),
    )
    ranking = rank(question)
    yield "terminal, rank", printed(print_ranking, scenario, ranking, 9)
    cheaper = changed(scenario, {"workload.requests_per_month": 1_000.0})
    compared = compare(scenario, cheaper, data)
    yield "terminal, compare", printed(analysis_console.print_comparison, compared, {})
    yield "check", check_budget(evaluation, 100.0).words
    if evaluation.break_evens:
        solved = [solve(question, "gpu-price")]
        yield "terminal, solve", printed(analysis_console.print_solutions, solved, money)
    yield from page(evaluation, moved, ranking, compared)


def drawn(evaluation):
    """Name and text of every chart, and of every file that an answer is written to."""
    scenario, data = evaluation.asked.scenario, evaluation.asked.data
    case = Case(scenario, evaluation, data)
    for chart in CHARTS:
        subject = None if chart.subject is None else chart.subject(case)
        if subject is not None:
            yield chart.name, f"{chart.figure(subject, LIGHT)} {chart.finding(subject)}"
    report, _, assumed = FORMS["html"].write(scenario, evaluation).decode().partition("Assumptions")
    yield "report", report + assumed.partition("<footer")[2]
    book = Workbook(FORMS["xlsx"].write(scenario, evaluation))
    yield "workbook", str([v for p, v in book.values.items() if not p.startswith("Inputs!")])
    yield "forecast", FORMS["forecast"].write(scenario, evaluation).decode()


def page(evaluation, moved, ranking, compared):
    """Tables and explanations of the page."""
    money = evaluation.money
    shown = {
        "break-even": tables.break_even_table(evaluation),
        "volume": tables.volume_table(evaluation) if evaluation.break_evens else None,
        "month": tables.month_table(evaluation) if evaluation.break_evens else None,
        "bills": bill_tables.bills_table(evaluation),
        "cash": cash_tables.appraisals(evaluation),
        "rank": rank_tables.ranked_table(ranking.rows[:9], money),
        "side by side": compare_tables.side_by_side({"one": evaluation}),
        "steps": compare_tables.steps(compared, {}, {}),
        "inputs": swings(moved),
        **{
            f"explained: {name}": steps_table(explain())
            for name, explain in explanations(evaluation).items()
        },
    }
    for alternative in evaluation.alternatives:
        if alternative.refused is None:
            key = alternative.key
            lines = bill_tables.lines_table(alternative, money)
            shown[f"lines of {key}"] = lines.drop(columns=["Source", "Note"])
            shown[f"bill of {key}"] = steps_table(explain_bill(evaluation, key))
            move = evaluation.move(key)
            if move is not None:
                shown[f"months of {key}"] = cash_tables.months(evaluation, move)
    for name, table in shown.items():
        if table is not None:
            yield f"page, {name}", table.to_csv().replace("\\", "")


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_face_of_a_scenario_in_euros_shows_a_figure_in_dollars(name):
    evaluation = evaluate(in_euros(name, 0.9))
    for face, text in (*told(evaluation), *drawn(evaluation)):
        text = RANGES.sub("", text) if face in {"tornado", "page, inputs"} else text
        found = DOLLARS.search(LISTED.sub("", text))
        assert not found, (face, text[max(0, found.start() - 80) : found.end() + 80])


def amounts(text):
    """Amounts in euros of a text, each with half of its last shown place."""
    for figure, scale in AMOUNT.findall(text):
        decimals = len(figure.partition(".")[2])
        yield float(figure.replace(",", "")) * SCALES[scale], SCALES[scale] * 0.5 * 10**-decimals


def test_every_amount_that_is_told_follows_the_rate():
    low, high = (told(evaluate(in_euros("default", rate))) for rate in (1.0, 100.0))
    followed = 0
    for (face, one), (_, other) in zip(low, high, strict=True):
        if face != "check":  # its limit is given in euros
            for (a, half), (b, other_half) in zip(amounts(one), amounts(other), strict=True):
                # rows that are rounded to add up may be a whole place off
                assert abs(b - 100 * a) <= 2.02 * (100 * half + other_half), (face, a, b)
                followed += 1
    assert followed > 500


def test_columns_of_money_and_the_forecast_follow_the_rate():
    scenario = in_euros("default", 0.9)
    evaluation = evaluate(scenario)
    report = FORMS["html"].write(scenario, evaluation).decode()
    bills = bill_tables.bills_table(evaluation)
    months = list(
        csv.DictReader(io.StringIO(FORMS["forecast"].write(scenario, evaluation).decode()))
    )
    assert {row["BillingCurrency"] for row in months} == {"EUR"}
    for alternative in evaluation.alternatives:
        shown = 0.9 * alternative.monthly_usd
        assert report.count(f">{shown:,.2f}<") >= 2
        assert bills[alternative.label].iloc[-1] == f"{shown:,.2f}"
    in_dollars = FORMS["forecast"].write(QUESTIONS["default"], evaluate(QUESTIONS["default"]))
    for row, other in zip(months, csv.DictReader(io.StringIO(in_dollars.decode())), strict=True):
        for column in (c.name for c in COLUMNS if c.unit.startswith("BillingCurrency")):
            if column != "x_PerDollar" and row[column]:
                assert float(row[column]) == pytest.approx(0.9 * float(other[column])), column


def test_a_budget_is_given_in_the_currency_of_the_scenario():
    evaluation = evaluate(in_euros("default", 0.9))
    bill = 0.9 * evaluation.alternatives[0].monthly_usd
    assert check_budget(evaluation, bill * 1.001).passed
    assert not check_budget(evaluation, bill * 0.999).passed
