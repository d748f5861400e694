"""An answer as a frame: the figures of the command line, and nothing where there is none."""

import json

import pandas as pd
import pytest

import tco as planner
from tco.question.presets import preset_paths
from tests.tco.command import tco

SAME = ("label", "kind", "model", "usd_per_request", "usd_per_mtok", "usd_per_accepted")
"""Names of the document that the frame has too, with the same figure."""
OF_WORTH = ("accepted_share", "present_value_usd", "worth_usd", "eligible")


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_every_row_has_the_figures_of_the_command_line(path):
    told = json.loads(tco("evaluate", path, "--json").stdout)
    table = planner.evaluate(planner.load_scenario(path)).to_pandas()
    assert list(table.index) == [each["key"] for each in told["alternatives"]]
    worth = {each["alternative"]: each for each in told["appraisals"]}
    even = {each["alternative"]: each for each in told["break_even"] + told["hybrid_break_even"]}
    for alternative in told["alternatives"]:
        row = table.loc[alternative["key"]]
        expected = {name: alternative[name] for name in (*SAME, *OF_WORTH)}
        expected["usd_per_month"] = (alternative["usd_per_month"] or {"value": None})["value"]
        if alternative["status"] == "refused":
            expected["one_off_usd"] = None
        expected["payback_month"] = worth[row.name]["payback"] if row.name in worth else None
        if row.name in even:
            found = even[row.name]
            expected["break_even_utilisation"] = found["utilisation"]["value"]
            most = found["volume"]["cheaper_for_good_from"]
            expected["break_even_requests_per_month"] = most
        for column, value in expected.items():
            assert pd.isna(row[column]) if value is None else row[column] == value, column


def test_what_is_refused_has_a_reason_and_no_figure(default):
    lacking = default.model_dump(mode="json", exclude_none=True)
    lacking["objective"] = {"mean_ttft_ms": 1.0, "mean_tpot_ms": 0.1}
    table = planner.evaluate(planner.scenario_from(lacking)).to_pandas()
    refused = table[table.index.str.startswith("self-hosted/")]
    assert len(refused)
    assert not refused.eligible.any()
    assert refused.why_not.str.len().gt(0).all()
    figures = ["usd_per_month", "one_off_usd", "present_value_usd", "worth_usd", "payback_month"]
    assert refused[figures].isna().all().all()
    assert table.iloc[0].why_not == ""


def test_columns_keep_their_types_when_nothing_is_known(default):
    types = planner.evaluate(default).to_pandas().dtypes
    assert str(types["usd_per_accepted"]) == "float64"
    assert str(types["payback_month"]) == "Int64"
    assert str(types["eligible"]) == "bool"
