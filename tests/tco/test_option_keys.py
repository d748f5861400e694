"""Options that differ in anything are alternatives of their own, and move no other one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.facts.resolve import api_key
from tco.question.files import changed, document_of
from tco.question.options import ApiOption

OPTIONAL = {
    "tier": st.sampled_from(["batch", "flex"]),
    "residency": st.sampled_from(["eu", "us"]),
    "contract_discount": st.floats(0.01, 0.99),
    "cache_lifetime": st.sampled_from(["5m", "1h"]),
    "usage_tier": st.sampled_from(["1", "2"]),
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
    "quality": st.fixed_dictionaries(
        {
            "acceptance_rate": st.floats(0.1, 1.0),
            "retries": st.integers(0, 3),
            "usd_per_unaccepted": st.floats(0.0, 1.0),
        }
    ),
}
GIVEN = st.fixed_dictionaries({}, optional=OPTIONAL)
GPT = {"provider": "openai", "model": "gpt-5.4"}


def test_the_law_of_keys_gives_every_field_of_an_option():
    assert set(OPTIONAL) | set(GPT) == set(ApiOption.model_fields)


@given(GIVEN, GIVEN)
def test_two_options_share_a_key_only_where_they_are_one(one, other):
    options = [ApiOption(**GPT, **given) for given in (one, other)]
    assert (api_key(options[0]) == api_key(options[1])) == (options[0] == options[1])


def figures(evaluation):
    return {
        a.key: (a.label, a.monthly_usd, evaluation.appraisal(a.key))
        for a in evaluation.alternatives
    }


@pytest.mark.parametrize(
    "added",
    [
        {"contract_discount": 0.5},
        {"successors": [{"provider": "openai", "model": "gpt-5.4-mini"}]},
        {"quality": {"acceptance_rate": 0.5, "retries": 1, "usd_per_unaccepted": 0.1}},
        {"quality": {"acceptance_rate": 0.5, "retries": 1}, "contract_discount": 0.25},
        {"tier": "batch", "contract_discount": 0.5},
    ],
    ids=lambda added: "+".join(added),
)
def test_adding_a_row_moves_no_other_row(default, added):
    """The baseline's own model again, at other terms: only the new row is new."""
    hybrid = {"name": "mixed", "kind": "spill", "self_hosted": default.self_hosted[0].name}
    asked = changed(default, {"hybrids": [hybrid], "workload.requests_per_month": 6e7})
    more = changed(asked, {"apis": [*document_of(asked)["apis"], GPT | added]})
    before, after = figures(evaluate(asked)), figures(evaluate(more))
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1
    assert len({label for label, _, _ in after.values()}) == len(after)
