"""The first two pages of the report: what a board signs, to the cent of the bills behind it."""

import re

import pytest

from tco.answer.evaluation import evaluate
from tco.answer.tiles import tiles
from tco.exports.report_front import LARGE_SHARE, SIGNED_BY
from tco.exports.report_page import report_html
from tco.question.presets import presets
from tests.tco.test_export_report import SCENARIOS, Page

SHEET = re.compile(r'<section class="sheet">(.*?)</section>', re.DOTALL)


def sheets(scenario):
    return [Page(f"<main>{text}</main>") for text in SHEET.findall(
        report_html(scenario, evaluate(scenario))
    )]  # fmt: skip


@SCENARIOS
def test_the_first_page_holds_the_answer_its_six_figures_and_a_line_to_sign(scenario):
    evaluation = evaluate(scenario)
    first, _ = sheets(scenario)
    text = " ".join(first.texts)
    assert evaluation.verdict.headline in text
    assert evaluation.verdict.sentence in text
    for tile in tiles(evaluation):
        assert {tile.label, tile.value, tile.about} <= set(first.texts)
    assert [f"{part}:" for part in SIGNED_BY] == first.texts[-len(SIGNED_BY) :]
    assert "svg" in first.tags


@SCENARIOS
def test_the_second_page_holds_every_bill_in_cents_and_each_large_line_with_its_source(scenario):
    evaluation = evaluate(scenario)
    _, second = sheets(scenario)
    rows = {row[0]: row for row in second.rows if len(row) == 7}
    rate = scenario.currency.per_usd
    for alternative in evaluation.alternatives:
        if alternative.monthly_usd is not None:
            assert rows[alternative.label][1] == f"{alternative.monthly_usd * rate:,.2f}"
    told = {evaluation.alternatives[0].key, evaluation.verdict.chosen, evaluation.verdict.best_own}
    large = [
        (a.label, line.name)
        for a in evaluation.alternatives
        for line in a.lines
        if a.key in told and (line.cost_usd or 0) >= LARGE_SHARE * (a.monthly_usd or 0) > 0
    ]
    shown = [row for row in second.rows if len(row) == 6 and row[2].endswith("%")]
    assert sorted((row[0], row[1]) for row in shown) == sorted(large)
    assert all(row[5] for row in shown)


def test_the_capital_is_what_is_paid_before_the_first_month():
    scenario = next(iter(presets().values()))
    evaluation = evaluate(scenario)
    _, second = sheets(scenario)
    best = evaluation.alternative(evaluation.verdict.best_own)
    (row,) = [row for row in second.rows if len(row) == 5 and row[0] == best.label]
    paid = [p.usd for p in evaluation.appraisal(best.key).capital if p.month == 0]
    assert row[1] == f"{round(sum(paid)):,}"


@pytest.mark.parametrize("part", SIGNED_BY)
def test_the_line_to_sign_is_on_the_first_page_alone(part):
    first, second = sheets(next(iter(presets().values())))
    assert f"{part}:" in first.texts
    assert f"{part}:" not in second.texts
