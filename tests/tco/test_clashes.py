"""Values that do not go together are refused at a key, with its value, the limit and what to do."""

import pytest

from pricing.errors import InputError
from tco.question.files import changed

LOAN = {"months": 24, "rate_per_year": 0.06}
LEASE = {"months": 36, "rate_per_year": 0.1}
STEPS = {"moved": [{"from_month": 2, "share": 1.0}]}
SPILL = {"kind": "spill", "name": "base", "self_hosted": "rented"}
MEASURED = {"model": "gpt-5.4", "acceptance_rate": 0.9}
RENTED, OWNED = "self_hosted.0", "self_hosted.1"


def macrs(years):
    return {"finance.depreciation": "macrs", "finance.depreciation_years": years}


@pytest.mark.parametrize(
    ("changes", "field", "value", "limit", "remedy"),
    [
        (macrs(4.0), "finance.depreciation_years", "4.0", "3, 5, 7, 10", "for 5 years"),
        (macrs(5.5), "finance.depreciation_years", "5.5", "3, 5, 7, 10", "straight-line"),
        (
            {"finance.gpu_price_steps": [{"from_month": 3, "factor": 0.5}] * 2},
            "finance.gpu_price_steps.1.from_month", "3", "no step before it", "Leave one",
        ),
        (
            {
                "finance.api_price_steps": [{"from_month": 3, "factor": 0.5}],
                "finance.api_price_change_per_year": -0.2,
            },
            "finance.api_price_change_per_year", "-0.2", "api_price_steps", "one of them",
        ),
        (
            {f"{OWNED}.loan": LOAN, f"{OWNED}.lease": LEASE},
            f"{OWNED}.loan", '"months":24', "these are leased", "an option of its own",
        ),
        ({f"{RENTED}.loan": LOAN}, f"{RENTED}.loan", '"months":24', "not about a rent", "(own)"),
        ({f"{RENTED}.own": "lenovo/8x-h100"}, f"{RENTED}.own", "8x-h100", "not both", "one offer"),
        ({f"{RENTED}.rent": None}, f"{RENTED}.own", "", "rental offer (rent)", "one offer"),
        (
            {f"{OWNED}.usd_per_gpu_hour": 2.0},
            f"{OWNED}.usd_per_gpu_hour", "2.0", "is about rents", "rental offer",
        ),
        (
            {f"{OWNED}.unfinished_term": "handed-back"},
            f"{OWNED}.unfinished_term", "handed-back", "is about rents", "Leave it out",
        ),
        (
            {f"{OWNED}.lease": LEASE | {"usd_per_server_month": 9_000.0}},
            f"{OWNED}.lease.usd_per_server_month", "9000.0", "not both", "as it is offered",
        ),
        (
            {f"{RENTED}.rollout": STEPS, "finance.horizon_months": 1},
            f"{RENTED}.rollout.moved.0.from_month", "2", "within 1 month", "an earlier month",
        ),
        (
            {f"{RENTED}.rollout": {"moved": STEPS["moved"] * 2}},
            f"{RENTED}.rollout.moved.1.from_month", "2", "must be later", "a later one",
        ),
        (
            {f"{RENTED}.rollout": STEPS, "hybrids": [SPILL]},
            "hybrids.0.self_hosted", "'rented'", "has a rollout", "an option of its own",
        ),
        (
            {f"{OWNED}.name": "rented"},
            f"{OWNED}.name", "'rented'", "that of self_hosted.0 too", "its own",
        ),
        ({"hybrids": [SPILL, SPILL]}, "hybrids.1.name", "'base'", "of hybrids.0 too", "its own"),
        (
            {"qualities": [MEASURED, MEASURED | {"model": "gpt 5.4"}]},
            "qualities.1.model", "'gpt 5.4'", "that of qualities.0 too", "its own",
        ),
        (
            {"apis": [{"provider": "openai", "model": "gpt-5.4-mini"}] * 2},
            "apis.1", "'openai/gpt-5.4-mini'", "stands twice", "Leave one",
        ),
        ({"currency.per_usd": 0.9}, "currency.per_usd", "0.9", "must be 1", "(code)"),
        ({"currency.code": "EUR"}, "currency.as_of", "", "is required", "2026-11-20"),
        (
            {"fleet.own_cache_hits": 0.5, "fleet.own_cache": {"reuse_minutes": 2.0}},
            "fleet.own_cache_hits", "0.5", "own_cache", "one of them",
        ),
    ],
)  # fmt: skip
def test_a_clash_names_a_key_its_value_the_limit_and_what_to_do(
    plain_scenario, changes, field, value, limit, remedy
):
    with pytest.raises(InputError) as refused:
        changed(plain_scenario, changes)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert bool(problem.value) == bool(value)
    assert value in problem.value
    assert limit in problem.limit.replace("\xa0", " ")
    assert remedy in problem.remedy
