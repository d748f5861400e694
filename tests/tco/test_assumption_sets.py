"""Published assumptions at both ends, for what surrounds the model where you give no figure."""

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
