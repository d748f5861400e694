"""Who runs it decides from which load on it pays."""

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import changed


def answers(scenario, data, team):
    chosen = changed(scenario, {} if team is None else {"team": team})
    return evaluate(chosen, data)


def test_a_team_gives_the_people_where_you_do_not(plain_scenario, plain_data):
    small = answers(plain_scenario, plain_data, "small").alternative("self-hosted/rented")
    people = next(line for line in small.lines if line.key == "engineering")
    assert people.quantity == 0.5
    assert "Spheron" in people.basis.source
    yours = changed(plain_scenario, {"team": "small", "costs.rented_fte": 0.3})
    mine = evaluate(yours, plain_data).alternative("self-hosted/rented")
    assert next(line for line in mine.lines if line.key == "engineering").quantity == 0.3


def test_a_small_or_regulated_team_needs_more_load_before_it_pays(plain_scenario, plain_data):
    def threshold(team):
        found = answers(plain_scenario, plain_data, team).break_even("self-hosted/rented")
        return found.utilisation.value

    assert threshold("platform") == threshold(None)
    assert threshold("platform") < threshold("small") < threshold("regulated")


@pytest.mark.parametrize("volume", [100_000.0, 500_000.0])
def test_a_small_team_with_little_load_is_told_to_stay(plain_scenario, plain_data, volume):
    """By the arithmetic alone: half an engineer and one instance cost more than the tokens."""
    little = changed(
        plain_scenario,
        {"team": "small", "workload.requests_per_month": volume, "apis": []},
    )
    evaluation = evaluate(little, plain_data)
    assert evaluation.verdict.action == "stay"
    assert evaluation.break_even("self-hosted/rented").utilisation.value > 0
