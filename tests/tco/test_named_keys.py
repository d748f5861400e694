"""A refusal names the key of the scenario file that is to be mended, and a remedy that fits it."""

import pytest

from pricing.errors import PlannerError
from tco.answer.evaluation import evaluate
from tco.question.files import changed

SOLD = {"provider": "openai", "model": "gpt-5.4", "tier": "standard"}
MISNAMED = {
    "self_hosted.0.rent": {"self_hosted.0.rent": "aws/p5.48xlarge/eu-west-9/on-demand"},
    "self_hosted.1.own": {"self_hosted.1.own": "lenovo/9x-h100"},
    "self_hosted.0.calibration": {"self_hosted.0.calibration": "plane"},
    "prices_on": {"prices_on": "2019-01-01"},
}


def refusal(scenario, changes, data):
    with pytest.raises(PlannerError) as refused:
        evaluate(changed(scenario, changes), data)
    return refused.value.problems


@pytest.mark.parametrize("key", MISNAMED)
def test_what_is_looked_up_is_refused_under_its_own_key(key, plain_scenario, plain_data):
    assert {problem.field for problem in refusal(plain_scenario, MISNAMED[key], plain_data)} == {
        key
    }


@pytest.mark.parametrize(
    ("model", "key"), [("gpt-9", "workload.classes.1.today.model"), ("gpt-5.5", "prices_on")]
)
def test_every_api_of_today_is_priced_on_the_day_of_the_scenario(
    model, key, plain_scenario, plain_data
):
    """A model that nobody sells, and one that was not sold yet."""
    half = plain_scenario.workload.classes[0].model_dump(mode="json", exclude_none=True)
    half |= {"share": 0.5}
    kinds = [half, half | {"name": "other", "today": SOLD | {"model": model}}]
    changes = {"prices_on": "2026-04-01", "workload.classes": kinds, "apis": [], "hybrids": []}
    assert {found.field for found in refusal(plain_scenario, changes, plain_data)} == {key}


@pytest.mark.parametrize(
    ("key", "value", "is_share"),
    [
        ("costs.electricity_usd_per_kwh", 12.0, False),
        ("baseline.quality", {"acceptance_rate": 0.9, "retries": 12}, False),
        ("workload.classes.0.cached_share", 25.0, True),
        ("baseline.contract_discount", 15.0, True),
    ],
)
def test_only_a_share_is_told_to_be_one(key, value, is_share, plain_scenario, plain_data):
    (problem,) = refusal(plain_scenario, {key: value}, plain_data)
    assert ("share is a fraction" in problem.remedy) is is_share
    assert is_share or problem.remedy == "Check the unit in the name of the key."
