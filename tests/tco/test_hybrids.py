"""Hybrids through the whole engine: limits, break-even, refusals."""

import math
import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.answer.documents import break_even_document, csv_text, document
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.question.hybrids import Hybrid
from tests.tco.hybrid_cases import CASES, KINDS, WEEK
from tests.tco.plain_by_hand import API_PEOPLE_USD

FEW = settings(max_examples=settings.default.max_examples // 5)
HYBRIDS = [name for name, (key, _) in CASES.items() if key.startswith("hybrid/")]
SPILL = {"kind": "spill", "name": "mixed", "self_hosted": "rented"}


def answer(scenario, data, changes):
    evaluation = evaluate(changed(scenario, changes), data)
    return evaluation, evaluation.alternative("hybrid/mixed")


def hybrid(kind, **values):
    return {"hybrids": [{"kind": kind, "name": "mixed", "self_hosted": "rented", **values}]}


def without_people(alternative):
    return sum(
        line.cost_usd
        for line in alternative.lines
        if line.cost_usd is not None and "engineering" not in line.key
    )


def test_every_kind_has_a_case_and_a_row_on_its_page_and_there_is_no_other():
    page = (Path(__file__).parents[2] / "docs" / "hybrids.md").read_text(encoding="utf-8")
    kinds = {each.model_fields["kind"].default for each in get_args(get_args(Hybrid)[0])}
    assert {kind["kind"] for kind in KINDS} == kinds
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == kinds


@pytest.mark.parametrize("name", HYBRIDS)
def test_every_hybrid_has_a_break_even_in_three_coordinates_or_its_reason(
    name, plain_scenario, plain_data
):
    evaluation, mixed = answer(plain_scenario, plain_data, CASES[name][1])
    found = evaluation.break_even(mixed.key)
    assert mixed.kind == "hybrid"
    assert found.utilisation.value is not None or found.utilisation.reason
    assert found.volume.cheaper_for_good_from is not None or found.volume.reason
    assert found.month.discounted_payback is not None or found.month.reason
    assert found in evaluation.hybrid_break_evens
    assert mixed.key in {o["alternative"] for o in break_even_document(evaluation)["options"]}
    assert mixed.key in {a["key"] for a in document(plain_scenario, evaluation)["alternatives"]}
    assert mixed.key in csv_text(plain_scenario, evaluation)
    assert evaluation.verdict.best_own != mixed.key


def test_everything_local_costs_what_self_hosting_costs_and_the_people_of_the_api(
    plain_scenario, plain_data
):
    for kind, values in (
        ("private-first", {"sensitive_share": 1.0}),
        ("cost-tier", {"cheap_share": 1.0, "misrouted_share": 0.0}),
        ("specialist", {"acceptance_rate": 1.0, "refresh_usd": 0.0}),
        ("fallback", {"first": "self-hosted", "outage_share": 0.0}),
        ("spill", {"instances": 1}),
    ):
        evaluation, mixed = answer(plain_scenario, plain_data, hybrid(kind, **values))
        own = evaluation.alternative("self-hosted/rented")
        assert mixed.monthly_usd == pytest.approx(own.monthly_usd + API_PEOPLE_USD), kind
        assert mixed.serving.utilisation == pytest.approx(own.serving.utilisation), kind


def test_a_hybrid_s_utilisation_makes_both_bills_equal(plain_scenario, plain_data):
    for name in ("private-first", "cost-tier", "specialist"):
        evaluation, mixed = answer(plain_scenario, plain_data, CASES[name][1])
        u = float(evaluation.worked[mixed.key].threshold[0])
        level = u / mixed.serving.utilisation
        stay = evaluation.alternatives[0]
        parts = {
            a.key: (
                sum(x.cost_usd or 0 for x in a.lines if x.driver != "request"),
                sum(x.cost_usd or 0 for x in a.lines if x.driver == "request"),
            )
            for a in (stay, mixed)
        }
        (fixed, growing), (mixed_fixed, mixed_growing) = parts[stay.key], parts[mixed.key]
        assert fixed + level * growing == pytest.approx(mixed_fixed + level * mixed_growing)


def test_where_a_spill_hybrid_starts_to_pay_its_bill_equals_staying(plain_scenario, plain_data):
    changes = {"workload.profile": WEEK, "hybrids": [SPILL], "workload.requests_per_month": 2e8}
    evaluation, mixed = answer(plain_scenario, plain_data, changes)
    at = evaluation.break_even(mixed.key).volume.cheaper_for_good_from
    for volume, cheaper in ((at * 0.99, False), (at * 1.01, True), (at * 7.3, True)):
        changes["workload.requests_per_month"] = volume
        evaluation, mixed = answer(plain_scenario, plain_data, changes)
        assert (mixed.monthly_usd < evaluation.alternatives[0].monthly_usd) == cheaper
    changes["workload.requests_per_month"] = at
    evaluation, mixed = answer(plain_scenario, plain_data, changes)
    assert mixed.monthly_usd == pytest.approx(evaluation.alternatives[0].monthly_usd)


def test_the_verdict_chooses_a_mixture_that_undercuts_both_sides(plain_scenario, plain_data):
    changes = {
        "apis": [],
        "workload.profile": [1.0] * 167 + [40.0],
        "workload.requests_per_month": 1e8,
        "hybrids": [SPILL],
    }
    evaluation, mixed = answer(plain_scenario, plain_data, changes)
    assert mixed.monthly_usd < evaluation.alternative("self-hosted/owned").monthly_usd
    assert evaluation.verdict.chosen == mixed.key
    small, mixed = answer(plain_scenario, plain_data, {"apis": [], "hybrids": [SPILL]})
    assert small.verdict.chosen != mixed.key


def test_the_chosen_base_fleet_costs_no_more_than_any_other(plain_scenario, plain_data):
    for volume in (2e7, 1e8, 4e8):
        changes = {"workload.profile": WEEK, "workload.requests_per_month": volume}
        chosen = answer(plain_scenario, plain_data, changes | {"hybrids": [SPILL]})[1]
        for instances in range(1, 9):
            given = {"hybrids": [SPILL | {"instances": instances}]}
            other = answer(plain_scenario, plain_data, changes | given)[1]
            assert chosen.monthly_usd <= other.monthly_usd + 1e-6


def test_only_a_reserve_stands_through_quiet_hours(plain_scenario, plain_data):
    follow = {"fleet.autoscale": {}, "workload.profile": WEEK, "workload.requests_per_month": 2e8}
    for kind, values, follows in (
        ("fallback", {"outage_share": 0.01}, False),
        ("fallback", {"outage_share": 0.01, "first": "self-hosted"}, True),
        ("cost-tier", {"cheap_share": 0.9, "misrouted_share": 0.1}, True),
    ):
        mixed = answer(plain_scenario, plain_data, follow | hybrid(kind, **values))[1]
        assert (mixed.serving.mean_instances is not None) == follows, (kind, values)


def test_more_sent_to_the_dear_side_never_costs_less(plain_scenario, plain_data):
    def cost(**values):
        return answer(plain_scenario, plain_data, hybrid("cost-tier", **values))[1].monthly_usd

    by_error = [cost(cheap_share=0.5, misrouted_share=m) for m in (0.0, 0.1, 0.5, 1.0)]
    assert all(a < b for a, b in pairwise(by_error))


def test_a_reserve_and_a_comparison_say_why_they_have_no_utilisation(plain_scenario, plain_data):
    for name, words in (("fallback", "idle by design"), ("evaluation", "saves nothing")):
        evaluation, mixed = answer(plain_scenario, plain_data, CASES[name][1])
        assert words in str(evaluation.break_even(mixed.key).utilisation.reason)
        assert evaluation.break_even(mixed.key).volume.cheaper_for_good_from is None


def test_spilling_to_another_api_than_today_s_compares_bills_only(plain_scenario, plain_data):
    other = {"hybrids": [SPILL | {"api": "openai/gpt-5.4-mini/standard"}]}
    evaluation, mixed = answer(plain_scenario, plain_data, other)
    assert "not the one you use today" in str(evaluation.break_even(mixed.key).volume.reason)
    assert any(line.key == "api-switch" for line in mixed.one_off)


def test_a_price_nobody_gave_is_not_estimated(plain_scenario, plain_data):
    changes = hybrid("specialist", acceptance_rate=0.9)
    mixed = answer(plain_scenario, plain_data, changes)[1]
    unknown = {line.key for line in (*mixed.lines, *mixed.one_off) if line.cost_usd is None}
    assert {"refresh", "fine-tune"} <= unknown


def test_a_hybrid_of_a_refused_option_is_refused_with_the_same_reason(plain_scenario, plain_data):
    changes = CASES["cost-tier"][1] | {"objective.mean_tpot_ms": 10.0}
    evaluation, mixed = answer(plain_scenario, plain_data, changes)
    assert mixed.refused == evaluation.alternative("self-hosted/rented").refused
    assert mixed.monthly_usd is None
    assert evaluation.break_even(mixed.key) is None


def test_a_hybrid_without_local_requests_has_no_fleet(plain_scenario, plain_data):
    changes = hybrid("private-first", sensitive_share=0.0)
    assert answer(plain_scenario, plain_data, changes)[1].refused.code == "no-local"


@FEW
@given(st.integers(1, 6), st.integers(0, 24), st.sampled_from(["rented", "owned"]))
def test_a_base_fleet_of_spares_alone_is_refused_and_says_how_many_machines_it_takes(
    plain_scenario, plain_data, instances, spares, held
):
    """Four replicas to an instance; one at least must be left to work."""
    fleet = {"instances": instances, "spare_replicas": spares, "self_hosted": held}
    found, mixed = answer(plain_scenario, plain_data, hybrid("spill", **fleet))
    assert (mixed.refused is not None) is (4 * instances <= spares)
    if mixed.refused is None:
        assert math.isfinite(mixed.monthly_usd)
        assert found.break_even(mixed.key) is not None
        return
    assert "none is left to work" in mixed.refused.message
    least = int(re.search(r"at least (\d+) instance", mixed.refused.remedy)[1])
    assert 4 * (least - 1) <= spares < 4 * least


def test_names_a_hybrid_does_not_find_are_refused_together(plain_scenario, plain_data):
    wrong = changed(plain_scenario, {"hybrids": [SPILL | {"self_hosted": "rentd", "api": "gpt"}]})
    with pytest.raises(InputError) as refused:
        evaluate(wrong, plain_data)
    assert [problem.field for problem in refused.value.problems] == [
        "hybrids.0.api",
        "hybrids.0.self_hosted",
    ]
    assert "rented" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hybrids": [SPILL, SPILL]}, "that of hybrids.0 too"),
        ({"hybrids": [SPILL | {"machines": 2}]}, "not a known key"),
        ({"hybrids": [{"kind": "cost-tier", "name": "x", "self_hosted": "rented"}]}, "required"),
        ({"self_hosted.1.interruption": {"lost_share": 0.1}}, "about rents"),
        ({"self_hosted.0.interruption": {"lost_share": 1.0}}, "less than"),
        ({"finance.api_price_steps": [{"from_month": 2, "factor": 0.5}],
          "finance.api_price_change_per_year": -0.1}, "Give one"),
        ({"currency.code": "EUR", "currency.per_usd": 0.9}, "as_of"),
        ({"currency.per_usd": 0.9}, "a dollar is one dollar"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(plain_scenario, changes, words):
    with pytest.raises(InputError, match=words):
        changed(plain_scenario, changes)
