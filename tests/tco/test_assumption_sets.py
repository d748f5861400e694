"""Published assumptions at both ends, for what surrounds the model where you give no figure."""

from pathlib import Path

import pytest

from hardware_profiles.library import Library
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.question.scenario import Scenario

SETS = ("frugal", "typical", "careful")


def under(scenario, data, name, **changes):
    return evaluate(changed(scenario, {"assume": name} | changes), data)


def test_the_sets_on_record_are_those_that_a_scenario_may_name_and_each_value_has_a_source():
    rows = Library.load().assumption_sets.values()
    assert {row.group for row in rows} | {"typical"} == set(SETS)
    assert set(Scenario.model_fields["assume"].annotation.__args__) == set(SETS)
    assert all(row.source.name and row.source.as_of for row in rows)


def test_what_a_set_says_lies_on_its_side_of_the_usual_figure():
    """A life and what is left at its end belong together; all else costs less, or more."""
    library = Library.load()
    for row in library.assumption_sets.values():
        usual = library.assumption(row.key).value
        dearer = row.value > usual
        if row.key in {"useful_life_years", "residual_share"}:
            continue
        assert row.value != usual, row
        assert dearer == (row.group == "careful"), row


ROWS = {
    "electricity": ("electricity_usd_per_kwh",),
    "power usage": ("pue",),
    "mean power": ("average_power_share",),
    "space": ("colocation_usd_per_kw_month",),
    "support": ("hardware_support_per_year",),
    "life": ("useful_life_years", "residual_share"),
    "traffic": ("egress_usd_per_gb",),
    "an engineer": ("engineer_usd_per_month",),
    "engineers": ("rented_fte", "owned_fte"),
}
"""Rows of the paper, by how they begin, with what they are about."""


def as_printed(key, value):
    if key == "residual_share" and value == 0:
        return "nothing"
    if key.endswith(("_share", "_per_year")):
        return f"{value:.0%}".replace("%", " %")
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def test_the_paper_has_every_value_of_every_set_and_no_other():
    library = Library.load()
    paper = (Path(__file__).parents[2] / "docs" / "sensitivity.md").read_text("utf-8")
    table = paper.split("| | frugal | typical | careful |\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]
    assert {row.key for row in library.assumption_sets.values()} <= {
        key for keys in ROWS.values() for key in keys
    }
    assert len(rows) == len(ROWS)
    for (start, keys), (label, *cells) in zip(ROWS.items(), rows, strict=True):
        assert label.startswith(start)
        for name, cell in zip(SETS, cells, strict=True):
            for key in keys:
                of_set = library.assumption_sets.get(f"{name}/{key}")
                if name == "typical":
                    of_set = library.assumption(key)
                told = "as typical" if of_set is None else as_printed(key, of_set.value)
                assert told in cell.split("(")[0], (label, name)


def test_a_server_costs_least_under_frugal_and_most_under_careful_assumptions(
    plain_scenario, plain_data
):
    found = [under(plain_scenario, plain_data, name) for name in SETS]
    for key in ("self-hosted/owned", "self-hosted/rented"):
        frugal, typical, careful = (answer.appraisal(key).present_usd for answer in found)
        assert frugal < typical < careful, key
    api = [answer.appraisal("openai/gpt-5.4/standard").present_usd for answer in found]
    assert api[0] < api[1] < api[2]  # an engineer for a twentieth costs 16,700, 18,000 or 25,000


def test_a_careful_server_lasts_three_years_brings_nothing_and_costs_a_support_of_12_percent(
    plain_scenario, plain_data
):
    """By hand: 250,142 over 36 months of 730 hours at 8 %, on one instance."""
    found = under(plain_scenario, plain_data, "careful").alternative("self-hosted/owned")
    lines = {line.key: line for line in found.lines}
    month = 1.08 ** (1 / 12) - 1
    assert lines["capital"].cost_usd == pytest.approx(250_142 * month / (1 - 1.08**-3))
    assert lines["support"].cost_usd == pytest.approx(0.12 * 250_142 / 12)
    assert lines["electricity"].cost_usd == pytest.approx(10.2 * 1.54 * 730 * 0.15)
    assert "Spheron" in lines["engineering"].basis.source


def test_your_own_figure_comes_first_then_your_team_s_then_the_set_s(plain_scenario, plain_data):
    team = under(plain_scenario, plain_data, "frugal", team="regulated")
    assert people(team) == 1.0
    yours = under(plain_scenario, plain_data, "frugal", **{"costs.rented_fte": 0.3})
    assert people(yours) == 0.3
    assert people(under(plain_scenario, plain_data, "frugal")) == 0.1


def people(found):
    lines = found.alternative("self-hosted/rented").lines
    return next(line.quantity for line in lines if line.key == "engineering")


def test_the_ledger_shows_which_figure_stands_and_who_says_so(plain_scenario, plain_data):
    rows = {row.field: row for row in under(plain_scenario, plain_data, "careful").assumptions}
    support = rows["costs.hardware_support_per_year"]
    assert (support.value, support.yours) == (0.12, False)
    assert "Lenovo" in support.basis.source
