"""Page, command line, CSV, JSON and Python give the same figures."""

import csv
import io
import json
from dataclasses import replace

import pytest

from tco.answer.documents import bill_table, csv_text, document
from tco.answer.evaluation import evaluate
from tco.question.files import load_scenario, scenario_from_text
from tco.question.presets import preset_paths

SCENARIOS = pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)


@SCENARIOS
def test_csv_json_and_table_carry_the_totals_of_the_evaluation(path):
    scenario = load_scenario(path)
    evaluation = evaluate(scenario)
    rows = list(csv.DictReader(io.StringIO(csv_text(scenario, evaluation), newline="")))
    totals = {r["alternative"]: r["cost_usd_per_month"] for r in rows if r["record"] == "total"}
    shown = bill_table(evaluation).loc["Total"]
    for alternative, plain in zip(
        evaluation.alternatives, document(scenario, evaluation)["alternatives"], strict=True
    ):
        assert (plain["usd_per_month"] or {}).get("value") == alternative.monthly_usd
        if alternative.monthly_usd is None:
            assert totals[alternative.key] == ""
            assert shown[alternative.label] == "refused"
        else:
            assert float(totals[alternative.key]) == alternative.monthly_usd
            assert shown[alternative.label] == alternative.monthly_usd


@SCENARIOS
def test_lines_add_up_to_their_total(path):
    scenario = load_scenario(path)
    evaluation = evaluate(scenario)
    rows = list(csv.DictReader(io.StringIO(csv_text(scenario, evaluation), newline="")))
    for alternative in evaluation.alternatives:
        lines = [
            float(r["cost_usd_per_month"])
            for r in rows
            if r["record"] == "line"
            and r["alternative"] == alternative.key
            and r["cost_usd_per_month"] != "not estimated"
        ]
        assert sum(lines) == pytest.approx(alternative.monthly_usd or 0.0, rel=1e-12)
        for r in rows:
            if r["record"] == "line" and r["quantity"] and r["unit_price_usd"]:
                assert float(r["quantity"]) * float(r["unit_price_usd"]) == pytest.approx(
                    float(r["cost_usd_per_month"]), rel=1e-12
                )


@SCENARIOS
def test_an_exported_csv_reads_back_to_the_same_scenario_and_bytes(path):
    scenario = load_scenario(path)
    text = csv_text(scenario, evaluate(scenario))
    again = scenario_from_text(text, "result.csv")
    assert again == scenario
    assert csv_text(again, evaluate(again)) == text


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_still_reads_back(default):
    risky = default.model_copy(update={"name": "=1+1", "note": '@SUM(A1), "quoted"\nnew line'})
    evaluation = evaluate(risky)
    text = csv_text(risky, evaluation)
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    for cell in cells:
        if cell[:1] in "=+-@" and cell:
            float(cell)  # only a number may start so
    assert scenario_from_text(text, "x.csv") == risky


def test_json_holds_no_nan(default):
    json.dumps(document(default, evaluate(default)), allow_nan=False)


def test_lines_of_one_name_are_one_row_that_adds_up(default):
    evaluation = evaluate(default)
    first = evaluation.alternatives[0]
    twice = replace(first, lines=(*first.lines, *first.lines))
    table = bill_table(replace(evaluation, alternatives=(twice, *evaluation.alternatives[1:])))
    column = [cell for cell in table[first.label].iloc[:-1] if isinstance(cell, float)]
    known = [cell for cell in column if cell == cell]  # a missing cell is not a number
    assert sum(known) == pytest.approx(twice.monthly_usd)
    assert table.loc["Total", first.label] == twice.monthly_usd
