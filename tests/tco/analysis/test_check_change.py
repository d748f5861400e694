"""A check of a change, as a build comments it: what it adds to each bill, and the verdict."""

import json
import re
from decimal import Decimal

import pytest

from tco.answer.documents import scenario_toml
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.command import tco

DEFAULT = preset_paths()[0]


@pytest.fixture(scope="module")
def doubled(tmp_path_factory):
    """The default scenario with twice the requests, and without its second API."""
    place = tmp_path_factory.mktemp("change") / "after.toml"
    asked = load_scenario(DEFAULT)
    more = changed(asked, {"workload.requests_per_month": 2 * asked.workload.requests_per_month})
    place.write_text(scenario_toml(more.model_copy(update={"apis": more.apis[1:]})))
    return place


def bills(path):
    told = json.loads(tco("evaluate", path, "--json").stdout)
    months = {a["key"]: a["usd_per_month"] for a in told["alternatives"]}
    return {key: month and month["value"] for key, month in months.items()}


def test_a_change_is_the_difference_of_two_answers_alternative_by_alternative(doubled):
    done = tco("check", doubled, "--against", DEFAULT, "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    before, after = bills(DEFAULT), bills(doubled)
    found = {change["alternative"]: change for change in told["changes"]}
    assert found.keys() == before.keys() | after.keys()
    for key, change in found.items():
        was, now = before.get(key), after.get(key)
        assert (change["before_usd"], change["after_usd"]) == (was, now)
        expected = None if was is None or now is None else now - was
        assert change["difference_usd"] == expected
    (gone,) = before.keys() - after.keys()
    assert found[gone]["after_usd"] is None


def test_a_comment_has_a_row_for_every_bill_that_moves(doubled):
    done = tco("check", doubled, "--against", DEFAULT, "--markdown", "--max-monthly", 1)
    assert done.returncode == 10
    lines = done.stdout.splitlines()
    assert lines[0].startswith("**Failed")
    rows = [line for line in lines if line.startswith("| ")][1:]
    before, after = bills(DEFAULT), bills(doubled)
    moved = [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
    assert len(rows) == len(moved)
    assert all(row.count("|") == 5 for row in rows)
    assert any("no bill" in row for row in rows)


def test_what_does_not_change_says_so(doubled):
    done = tco("check", DEFAULT, "--against", DEFAULT, "--markdown")
    assert "No bill moves." in done.stdout
    assert "The verdict stays" in done.stdout
    text = tco("check", doubled, "--against", DEFAULT).stdout
    assert text.startswith("Passed: a month of GPT-5.4 costs")
    assert "allowed" not in text
    assert "→" in text


def test_a_name_in_a_comment_is_text_and_no_markup(tmp_path):
    asked = load_scenario(DEFAULT)
    hosted = asked.self_hosted[0].model_copy(update={"name": "<b>a|b</b> **x**"})
    path = tmp_path / "named.toml"
    path.write_text(scenario_toml(asked.model_copy(update={"self_hosted": (hosted,)})))
    comment = tco("check", path, "--against", DEFAULT, "--markdown").stdout
    assert "\\<b\\>a\\|b\\</b\\> \\*\\*x\\*\\*" in comment


def test_what_a_change_adds_is_what_the_shown_bills_differ_by(tmp_path):
    """A few more requests add cents to a bill of thousands."""
    for requests in (6_010_000.0, 6_100_000.0, 9_000_000.0):
        path = tmp_path / "more.toml"
        path.write_text(
            scenario_toml(
                changed(load_scenario(DEFAULT), {"workload.requests_per_month": requests})
            )
        )
        text = tco("check", path, "--against", DEFAULT).stdout
        told = re.findall(r"\$([\d,.]+) → \$([\d,.]+) a month \(([+−]?)\$([\d,.]+)\)", text)
        assert len(told) == text.count("→")
        for before, after, sign, added in told:
            was, now, by = (Decimal(one.replace(",", "")) for one in (before, after, added))
            assert now - was == (-by if sign == "−" else by)
