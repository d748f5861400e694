"""Options that differ in anything are alternatives of their own, and move no other one."""

from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.question.files import changed, document_of
from tco.question.keys import api_key
from tco.question.options import ApiOption
from tests.tco.random_alternatives import random_alternatives

FEW = settings(max_examples=settings.default.max_examples // 5)
SEEDS = st.integers(0, 2**32 - 1)
OPTIONAL = {
    "tier": st.sampled_from(["batch", "flex"]),
    "residency": st.sampled_from(["eu", "us"]),
    "contract_discount": st.floats(0.01, 0.99),
    "cache_lifetime": st.sampled_from(["5m", "1h"]),
    "usage_tier": st.sampled_from(["Tier 1", "Tier 2"]),
    "successors": st.lists(
        st.sampled_from(
            [
                {"provider": "openai", "model": "gpt-5.4-mini"},
                {"provider": "aws", "model": "meta.llama3-3-70b-instruct-v1:0"},
            ]
        ),
        min_size=1,
        max_size=2,
    ),
    "commitment": st.fixed_dictionaries(
        {"usd_per_period": st.floats(1.0, 1e9)},
        optional={"period_months": st.integers(1, 36), "prepaid": st.booleans()},
    ),
    "provisioned": st.fixed_dictionaries(
        {
            "units": st.integers(1, 1_000),
            "usd_per_unit_hour": st.floats(0.1, 10.0),
            "input_tokens_per_minute_per_unit": st.integers(100, 10_000),
            "output_ratio": st.integers(1, 8),
        }
    ),
    "quality": st.fixed_dictionaries(
        {
            "acceptance_rate": st.floats(0.1, 1.0),
            "retries": st.integers(0, 3),
            "usd_per_unaccepted": st.floats(0.0, 1.0),
        }
    ),
}
GIVEN = st.fixed_dictionaries({}, optional=OPTIONAL).filter(
    lambda given: not {"commitment", "provisioned"} <= set(given)
)
WORDS = st.sampled_from(
    ["", "a", "a/b", "a/usage-tier=b", "b", "a%2Fb", "a/quality=1.0:0:0.0", "b="]
)
WRITTEN = st.fixed_dictionaries(
    {},
    optional={
        "cache_lifetime": WORDS,
        "usage_tier": WORDS,
        "quality": st.just({"acceptance_rate": 1.0}),
    },
)
"""Words of the user's own that look like a part of a key."""
GPT = {"provider": "openai", "model": "gpt-5.4"}


def test_the_law_of_keys_gives_every_field_of_an_option():
    assert set(OPTIONAL) | set(GPT) == set(ApiOption.model_fields)


@given(GIVEN | WRITTEN, GIVEN | WRITTEN)
def test_two_options_share_a_key_only_where_they_are_one(one, other):
    options = [ApiOption(**GPT, **given) for given in (one, other)]
    assert (api_key(options[0]) == api_key(options[1])) == (options[0] == options[1])


@pytest.mark.parametrize("field", OPTIONAL)
@given(data=st.data())
def test_options_that_differ_in_one_thing_alone_have_keys_of_their_own(field, data):
    barred = {"commitment": "provisioned", "provisioned": "commitment"}.get(field)
    rest = {name: x for name, x in data.draw(GIVEN).items() if name not in (field, barred)}
    value, another = data.draw(OPTIONAL[field]), data.draw(OPTIONAL[field])
    if isinstance(value, dict):
        part = data.draw(st.sampled_from(sorted(another)))
        another = {**value, part: another[part]}
    options = [ApiOption(**GPT, **rest, **last) for last in ({}, {field: value}, {field: another})]
    for one, other in combinations(options, 2):
        assert (api_key(one) == api_key(other)) == (one == other)


def figures(evaluation):
    return {
        a.key: (a.label, a.monthly_usd, evaluation.appraisal(a.key))
        for a in evaluation.alternatives
    }


@FEW
@given(SEEDS, GIVEN)
def test_adding_a_row_moves_no_other_row(plain_scenario, plain_data, seed, given):
    """Of any scenario: the baseline's own model again, at other terms, is the one new row."""
    asked = random_alternatives(plain_scenario, seed)
    assume(ApiOption(**GPT, **given) not in (asked.baseline, *asked.apis))
    more = changed(asked, {"apis": [*document_of(asked)["apis"], GPT | given]})
    before, after = (figures(evaluate(scenario, plain_data)) for scenario in (asked, more))
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1
    assert len({label for label, _, _ in after.values()}) == len(after)
