"""A base fleet that grows with the load takes no machine that does not pay for itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tests.tco.hybrid_cases import WEEK

FEW = settings(max_examples=settings.default.max_examples // 5)
KEY = "hybrid/mixed"
HELD = {
    "by the hour": ("rented", "aws/p5.48xlarge/us-east-1/on-demand"),
    "for three years": ("rented", "aws/p5.48xlarge/us-east-1/3-year"),
    "by the month": ("rented", "aws/p5.48xlarge/us/capacity-block"),
    "owned": ("owned", "aws/p5.48xlarge/us-east-1/on-demand"),
}
MONEY = {"finance.tax_rate": 0.0, "finance.inflation_per_year": 0.0}


def worked(scenario, data, instances, changes):
    host, rent = HELD[changes.pop("held")]
    spill = {"kind": "spill", "name": "mixed", "self_hosted": host, "instances": instances}
    asked = changed(scenario, MONEY | {"self_hosted.0.rent": rent, "hybrids": [spill]} | changes)
    return evaluate(asked, data)


@FEW
@given(
    asked=st.fixed_dictionaries(
        {
            "held": st.sampled_from(sorted(HELD)),
            "workload.requests_per_month": st.floats(6.5, 8.7).map(lambda power: 10**power),
            "workload.profile": st.sampled_from(["flat", WEEK]),
            "workload.growth_per_month": st.floats(0.02, 0.15),
            "finance.horizon_months": st.integers(2, 12),
            "finance.discount_rate": st.floats(0.0, 0.2),
            "finance.gpu_price_change_per_year": st.floats(-0.5, 0.2),
            "finance.api_price_change_per_year": st.floats(0.0, 0.2),
        }
    )
)
def test_a_chosen_base_fleet_is_worth_no_less_than_its_first_machines_kept_as_they_are(
    asked, plain_scenario, plain_data
):
    """Load and API prices rise, so what pays when it is taken pays until the horizon ends."""
    grows = worked(plain_scenario, plain_data, None, dict(asked))
    machines = grows.alternative(KEY).serving.instances
    stays = worked(plain_scenario, plain_data, machines, dict(asked))
    gained, kept = (each.appraisal(KEY).npv_usd for each in (grows, stays))
    assert gained >= kept - 1e-9 * abs(kept) - 1e-6


def test_no_term_of_three_years_is_taken_for_the_last_month(plain_scenario, plain_data):
    """It is owed for 36 months; given back in proportion, it would pay."""
    asked = {
        "held": "for three years",
        "workload.requests_per_month": 90e6,
        "workload.growth_per_month": 0.1,
        "workload.profile": WEEK,
        "finance.horizon_months": 5,
    }
    given_back = {"self_hosted.0.unfinished_term": "handed-back"}
    for terms, machines in ({}, [1, 1, 1, 1, 1]), (given_back, [1, 2, 2, 2, 2]):
        evaluation = worked(plain_scenario, plain_data, None, asked | terms)
        assert evaluation.worked[KEY].growth.instances.ravel().tolist() == machines
