"""What every face must say of a verdict: the same choice, and no word against the figures."""

import csv
import html
import io
import json
import re
from contextlib import redirect_stdout
from unittest.mock import patch

from pricing.errors import InputError
from tco.analysis import compare
from tco.analysis.decision import Question
from tco.analysis.quick_sweep import quick_sweep
from tco.analysis.sweep import answer_point
from tco.analysis.sweep_grid import grid
from tco.answer.tiles import tiles
from tco.charts.bills import BILLS_CHART
from tco.charts.break_even import BREAK_EVEN_CHART
from tco.charts.cash import CASH_CHART
from tco.charts.chart import Case
from tco.charts.months import MONTHS_CHART
from tco.charts.style import LIGHT
from tco.charts.volume import VOLUME_CHART
from tco.commands.console import print_break_even, print_evaluation
from tco.exports.forms import FORMS
from tco.question.files import scenario_from_text
from tco.question.link import link_value, read_link
from tco.ui.tables.compare_tables import side_by_side
from tco.words.markdown import literal
from tests.tco.xlsx_file import Workbook

CHARTS = (BREAK_EVEN_CHART, VOLUME_CHART, MONTHS_CHART, BILLS_CHART, CASH_CHART)
"""Those that are drawn from the answer alone."""


def hold_the_faces(evaluation):
    """Sweep, comparison, every export, the terminal and the page name the same choice."""
    scenario, data = evaluation.asked.scenario, evaluation.asked.data
    _hold_the_analyses(evaluation, scenario, data)
    written = {name: form.write(scenario, evaluation) for name, form in FORMS.items()}
    _hold_the_exports(evaluation, written)
    for form in ("csv", "toml"):
        assert scenario_from_text(written[form].decode(), f"a.{form}") == scenario
    assert read_link(link_value(scenario, data.catalogue), data.catalogue).scenario == scenario
    said = [
        html.unescape(written["html"].decode()),
        *_printed(evaluation),
        *_page(evaluation, Case(scenario, evaluation, data)),
    ]
    _hold_what_is_denied(evaluation, said)


def _hold_the_analyses(evaluation, scenario, data):
    verdict, question = evaluation.verdict, Question(scenario, data)
    row = answer_point(scenario, {}, data)
    assert (row["action"], row["chosen"]) == (verdict.action, verdict.chosen)
    assert row["best_own"] == verdict.best_own
    try:
        swept = quick_sweep(question, grid(["gpu-price=1"])).columns["chosen"].tolist()
    except InputError:
        assert scenario.objective.p95_ttft_ms or scenario.objective.p95_tpot_ms
    else:
        assert swept == [verdict.chosen]
    # the same question has the same answer, so it is not drawn for twice more
    with patch.object(compare, "evaluate", _answered_before(evaluation)):
        compared = compare.compare(scenario, scenario, data)
    assert compared.before_chosen == compared.after_chosen == verdict.chosen
    assert compared.before_headline == compared.after_headline == verdict.headline


def _answered_before(evaluation):
    def evaluate(scenario, data):
        assert scenario == evaluation.asked.scenario
        assert data is evaluation.asked.data
        return evaluation

    return evaluate


def _hold_the_exports(evaluation, written):
    verdict, label = evaluation.verdict, _label(evaluation, evaluation.verdict.chosen)
    plain = json.loads(written["json"])
    assert plain["verdict"]["chosen"] == verdict.chosen
    assert plain["verdict"]["action"] == verdict.action
    staying, *others = plain["alternatives"]
    may = {staying["key"], *(row["key"] for row in others if row["eligible"])}
    costs = {row["alternative"]: row["compared_usd"] for row in plain["appraisals"]}
    assert costs[verdict.chosen] <= (1 + 1e-9) * min(costs[key] for key in may)
    rows = list(csv.DictReader(io.StringIO(written["csv"].decode(), newline="")))
    told = {row["path"]: row["value"] for row in rows if row["record"] == "verdict"}
    assert (told["chosen"], told["action"]) == (verdict.chosen, verdict.action)
    months = csv.DictReader(io.StringIO(written["forecast"].decode(), newline=""))
    assert {row["x_Alternative"] for row in months if row["x_Chosen"] == "yes"} == {verdict.chosen}
    sheet = Workbook(written["xlsx"]).values.values()
    assert {verdict.headline, verdict.sentence, verdict.own, verdict.also, label} <= set(sheet)
    report = html.unescape(written["html"].decode())
    assert f"<h1>{verdict.headline}</h1>" in report
    assert f"<small>{label}</small>" in report


def _printed(evaluation):
    """What the terminal shows, its lines joined, of the answer and of the break-evens."""
    for show in (
        lambda: print_evaluation(evaluation.asked.scenario, evaluation),
        lambda: print_break_even(evaluation),
    ):
        with redirect_stdout(io.StringIO()) as shown:
            show()
        yield " ".join(shown.getvalue().split())


def _page(evaluation, case):
    """What the page says in words, of the tiles and of the charts."""
    verdict = evaluation.verdict
    of_choice = {tile.label: tile for tile in tiles(evaluation)}["The choice, a month"]
    assert of_choice.about == _label(evaluation, verdict.chosen)
    assert of_choice.value == evaluation.money.short(
        evaluation.alternative(verdict.chosen).monthly_usd
    )
    moves = [move.alternative for move in evaluation.moves]
    told = next((key for key in (verdict.worth_of, verdict.best_own) if key in moves), None)
    assert case.preferred(moves) == (told or next(iter(moves), None))
    column = side_by_side({"one": evaluation}).set_index("")["one"]
    assert column["The choice"] == literal(_label(evaluation, verdict.chosen))
    yield from (f"{tile.label}: {tile.value}, {tile.about}" for tile in tiles(evaluation))
    for chart in CHARTS:
        subject = chart.subject(case)
        if subject is not None:
            chart.figure(subject, LIGHT)
            yield chart.finding(subject)


def _hold_what_is_denied(evaluation, said):
    """No face denies of all options what one of them does, nor of one what it does itself."""
    answers = (*evaluation.break_evens, *evaluation.hybrid_break_evens)
    paid = [answer for answer in answers if answer.month.discounted_payback is not None]
    report, _, coordinates, *page = said
    assert ("No option pays back within" in report) == bool(answers and not paid)
    assert coordinates.count("paid back not within the horizon") == len(answers) - len(paid)
    key = evaluation.verdict.first_of([move.alternative for move in evaluation.moves])
    denied = [text for text in page if "it is not paid back within" in text]
    told = None if key is None else evaluation.move(key).month
    assert len(denied) == (told is not None and told.discounted_payback is None)
    for text in said:
        assert not re.search(r"(?<!flow is )\bnever\b|get there", text, re.IGNORECASE), text


def _label(evaluation, key):
    return evaluation.alternative(key).label
