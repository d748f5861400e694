"""Bills worked by hand, on a replica simple enough for it."""

import math

import pytest

from pricing.errors import InputError, PriceError
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.question.traffic import RequestClass
from tco.words.figures import count, share
from tests.tco.plain_by_hand import (
    API_PEOPLE_USD,
    AROUND_API_USD,
    AROUND_RENTED_USD,
    EGRESS_USD,
    EGRESS_USD_PER_REQUEST,
    MOVE_OWNED_USD,
    MOVE_RENTED_USD,
    OWN_PEOPLE_USD,
    PLATFORM_USD,
    STAYING_USD,
    TOKENS_USD,
)

CENT = 0.005
SECONDS = 730 * 3_600


@pytest.fixture(scope="module")
def plain(plain_scenario, plain_data):
    return evaluate(plain_scenario, plain_data)


def costs(evaluation, key):
    return {line.key: line.cost_usd for line in evaluation.alternative(key).lines}


def test_the_gpt_bill_is_worked_by_hand(plain):
    bill = costs(plain, "openai/gpt-5.4/standard")
    assert bill["input-0"] == pytest.approx(10_000 * 2.5, abs=CENT)  # 10,000 Mtok
    assert bill["output-0"] == pytest.approx(1_010 * 15, abs=CENT)  # 1,010 Mtok
    assert bill["engineering"] == pytest.approx(API_PEOPLE_USD, abs=CENT)
    assert bill["evaluation"] is None
    assert plain.alternatives[0].monthly_usd == pytest.approx(STAYING_USD, abs=CENT)


def test_batch_uses_its_published_cells_and_is_no_answer_for_people_who_wait(plain):
    batch = plain.alternative("openai/gpt-5.4/batch")
    tokens = 10_000 * 1.25 + 1_010 * 7.5
    assert batch.monthly_usd == pytest.approx(tokens + AROUND_API_USD, abs=CENT)
    assert not batch.interactive
    assert any(f.code == "late" for f in batch.findings)


def test_the_rented_fleet_is_worked_by_hand(plain):
    rented = plain.alternative("self-hosted/rented")
    serving = rented.serving
    # 64 requests at once, each (101 - 1) × 20 ms = 2 s in decode: 32 a second
    assert serving.capacity_per_replica_rps == pytest.approx(32, rel=1e-6)
    assert serving.bound_by == "span"
    # a replica may carry 32 × 730 h × 0.8 / 2 = 33.6 M: one works, one is spare, four fit
    assert (serving.replicas, serving.instances, serving.gpus) == (4, 1, 8)
    assert serving.utilisation == pytest.approx(1e7 / (4 * 32 * SECONDS), rel=1e-6)
    assert math.prod(f for _, f in serving.utilisation_causes) == pytest.approx(serving.utilisation)
    bill = costs(plain, "self-hosted/rented")
    assert bill["rent"] == pytest.approx(730 * 55.04, abs=CENT)
    assert bill["egress"] == pytest.approx(EGRESS_USD, abs=CENT)
    assert bill["platform"] == PLATFORM_USD
    assert bill["engineering"] == pytest.approx(OWN_PEOPLE_USD)
    assert bill["storage"] is None
    assert rented.one_off_usd == MOVE_RENTED_USD


def test_the_owned_server_is_worked_by_hand(plain):
    bill = costs(plain, "self-hosted/owned")
    month = 1.08 ** (1 / 12) - 1
    gone = (1 + month) ** -36
    level = (250_142 - 0.15 ** (36 / 48) * 250_142 * gone) * month / (1 - gone)
    assert bill["capital"] == pytest.approx(level, abs=CENT)
    assert bill["support"] == pytest.approx(0.10 * 250_142 / 12, abs=CENT)
    assert bill["electricity"] == pytest.approx(10.2 * 0.69 * 1.54 * 730 * 0.0977, abs=CENT)
    assert bill["colocation"] == pytest.approx(10.2 * 195.94, abs=CENT)
    assert bill["install"] is None


def test_break_even_utilisation_makes_both_bills_equal(plain):
    for answer in plain.break_evens:
        hosted = plain.alternative(answer.alternative)
        fixed = sum(x.cost_usd or 0 for x in hosted.lines if x.driver != "request")
        variable = costs(plain, answer.alternative)["egress"] / 1e7
        requests = answer.utilisation.value * hosted.serving.requests_per_month_capacity
        stay = AROUND_API_USD + requests * (1_000 * 2.5 + 101 * 15) / 1e6
        assert fixed + variable * requests == pytest.approx(stay, rel=1e-9)


def test_curve_and_level_line_meet_at_break_even(plain):
    lines, curves = dict(plain.level_lines), dict(plain.curves)
    level = lines["openai/gpt-5.4/standard"]
    assert level == pytest.approx((1_000 * 2.5 + 101 * 15) / 1_101)
    for answer in plain.break_evens:
        for point in curves[answer.alternative]:
            dearer = point.usd_per_mtok > level
            assert dearer == (point.utilisation < answer.utilisation.value)


def test_the_crossing_volume_makes_both_bills_equal(plain):
    answer = plain.break_even("self-hosted/rented")
    first = answer.volume.crossings[0]
    per_request = TOKENS_USD / 1e7 - EGRESS_USD_PER_REQUEST
    fixed = 730 * 55.04 + AROUND_RENTED_USD - AROUND_API_USD
    assert first.requests_per_month == pytest.approx(fixed / per_request, rel=1e-9)
    assert first.direction == "self-hosting"
    assert answer.volume.cheaper_for_good_from == first.requests_per_month


def test_the_month_is_worked_by_hand(plain_scenario, plain_data):
    """No growth, no discount: the move paid back at the saving of a smaller GPU price."""
    cheap = changed(
        plain_scenario,
        {"finance.discount_rate": 0.0, "self_hosted.0.usd_per_gpu_hour": 3.0},
    )
    answer = evaluate(cheap, plain_data).break_even("self-hosted/rented").month
    saving = STAYING_USD - (8 * 3.0 * 730 + AROUND_RENTED_USD + EGRESS_USD)
    assert answer.monthly_saving_usd[0] == pytest.approx(saving, abs=CENT)
    assert answer.bill_from == 1
    assert answer.discounted_payback == math.floor(MOVE_RENTED_USD / saving) + 1
    assert answer.npv_usd == pytest.approx(36 * saving - MOVE_RENTED_USD, abs=1)


def test_an_owned_server_over_its_whole_life_costs_its_purchase_less_its_residual(
    plain_scenario, plain_data
):
    life = changed(plain_scenario, {"finance.discount_rate": 0.0, "finance.horizon_months": 48})
    evaluation = evaluate(life, plain_data)
    answer = evaluation.break_even("self-hosted/owned").month
    bill = costs(evaluation, "self-hosted/owned")
    running = sum(v for k, v in bill.items() if v is not None and k != "capital")
    outlay = 250_142 * 0.85 + MOVE_OWNED_USD
    assert answer.npv_usd == pytest.approx(48 * (STAYING_USD - running) - outlay, abs=1)


def test_growth_moves_the_month_and_not_the_first_bill(plain_scenario, plain_data, plain):
    growing = evaluate(changed(plain_scenario, {"workload.growth_per_month": 0.05}), plain_data)
    assert growing.alternatives[0].monthly_usd == plain.alternatives[0].monthly_usd
    before = plain.break_even("self-hosted/rented").month
    after = growing.break_even("self-hosted/rented").month
    assert before.bill_from is None
    assert before.reason.kind == "horizon"
    assert after.bill_from is not None


def test_cheaper_api_prices_every_year_never_bring_break_even_nearer(plain_scenario, plain_data):
    falling = changed(
        plain_scenario,
        {"finance.api_price_change_per_year": -0.3, "workload.growth_per_month": 0.02},
    )
    flat = changed(plain_scenario, {"workload.growth_per_month": 0.02})
    assert (
        evaluate(falling, plain_data).break_even("self-hosted/rented").month.npv_usd
        < evaluate(flat, plain_data).break_even("self-hosted/rented").month.npv_usd
    )


def test_a_cached_prompt_is_cheaper_on_the_api_and_flagged_where_it_cannot_be(
    plain_scenario, plain_data
):
    cached = changed(plain_scenario, {"workload.classes.0.cached_share": 0.5})
    bill = costs(evaluate(cached, plain_data), "openai/gpt-5.4/standard")
    assert bill["input-0"] == pytest.approx(5_000 * 2.5, abs=CENT)
    assert bill["cached-0"] == pytest.approx(5_000 * 0.25, abs=CENT)
    baseline = evaluate(cached, plain_data).alternatives[0]
    assert any(f.code == "short-prompts" for f in baseline.findings)  # prompts of 1,000 tokens


def test_one_token_over_the_edge_rerates_the_whole_request(plain_scenario, plain_data):
    def tokens_usd(prompt):
        question = changed(
            plain_scenario,
            {
                "workload.classes.0.input.tokens": prompt,
                "workload.requests_per_month": 1.0,
                "workload.classes.0.output.tokens": 1_000.0,
                "self_hosted": [],
                "apis": [],
            },
        )
        lines = evaluate(question, plain_data).alternatives[0].lines
        return sum(line.cost_usd for line in lines if line.group == "tokens")

    assert tokens_usd(272_000.0) == pytest.approx(0.695)
    assert tokens_usd(272_001.0) == pytest.approx(1.382505)


def test_an_objective_no_replica_meets_refuses_the_option_with_its_reason(
    plain_scenario, plain_data
):
    strict = changed(plain_scenario, {"objective.mean_tpot_ms": 10.0})
    evaluation = evaluate(strict, plain_data)
    refused = evaluation.alternative("self-hosted/rented").refused
    assert "20.0\xa0ms per output token" in refused.message
    assert evaluation.break_even("self-hosted/rented") is None
    assert evaluation.verdict.best_own is None
    assert "No number of replicas" in evaluation.verdict.own


def test_prompts_beyond_the_window_refuse_an_alternative_and_the_baseline(
    plain_scenario, plain_data
):
    long = changed(plain_scenario, {"workload.classes.0.input.tokens": 300_000.0})
    evaluation = evaluate(long, plain_data)
    assert "272,000" in evaluation.alternative("openai/gpt-5.4-mini/standard").refused.message
    assert evaluation.alternative("self-hosted/rented").refused.code == "window"
    with pytest.raises(PriceError, match="longer than"):
        evaluate(
            changed(plain_scenario, {"workload.classes.0.input.tokens": 1_000_000.0}), plain_data
        )


def test_lengths_far_from_what_was_measured_are_refused_not_extrapolated(
    plain_scenario, plain_data
):
    far = changed(plain_scenario, {"workload.classes.0.input.tokens": 20_000.0})
    refused = evaluate(far, plain_data).alternative("self-hosted/rented").refused
    assert refused.code == "span"


def test_more_users_than_a_licence_allows_refuse_its_model(plain_scenario, plain_data):
    many = changed(plain_scenario, {"company.monthly_active_users": 800_000_000})
    refused = evaluate(many, plain_data).alternative("self-hosted/rented").refused
    assert refused.code == "licence-users"


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"baseline.model": "gpt-5.5-ultra"}, PriceError, "baseline"),
        ({"baseline.tier": "ultrafast"}, PriceError, "not offered"),
        ({"prices_on": "2026-01-01"}, PriceError, "released on 2026-03-05"),
        ({"self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/ondemand"}, InputError, "mean"),
        ({"self_hosted.0.rent": "aws/p5en.48xlarge/us-east-1/on-demand"}, InputError, "H200"),
        ({"self_hosted.0.rent": "runpod/secure-h100-sxm/global/on-demand"}, InputError, "larger"),
        ({"self_hosted.0.model": "Llama 3.1 405B"}, InputError, "405B"),
        ({"self_hosted.0.calibration": "plane"}, InputError, "plain"),
        ({"workload.profile": "busyness-hours"}, InputError, "business-hours"),
    ],
)
def test_names_that_do_not_exist_or_do_not_go_together_are_refused(
    plain_scenario, plain_data, changes, error, words
):
    with pytest.raises(error, match=words) as refused:
        evaluate(changed(plain_scenario, changes), plain_data)
    assert all(problem.field and problem.limit for problem in refused.value.problems)


def test_a_model_too_large_for_its_gpus_is_refused_with_both_sizes(plain_scenario, plain_data):
    with pytest.raises(InputError, match="410 GB for weights"):
        evaluate(changed(plain_scenario, {"self_hosted.0.model": "Llama 3.1 405B"}), plain_data)


def test_every_unknown_name_is_reported_at_once(plain_scenario, plain_data):
    with pytest.raises(InputError) as refused:
        evaluate(
            changed(
                plain_scenario,
                {
                    "baseline.model": "gpt-9",
                    "apis.0.tier": "slow",
                    "self_hosted.0.calibration": "plane",
                    "self_hosted.1.own": "lenovo/9x-h100",
                    "workload.profile": "never",
                },
            ),
            plain_data,
        )
    assert len(refused.value.problems) == 5


def test_every_line_and_assumption_says_where_it_is_from(plain):
    for alternative in plain.alternatives:
        assert all(line.basis.source and line.basis.as_of for line in alternative.lines)
    assert all(row.basis.source for row in plain.assumptions)


def test_every_number_of_a_kind_of_request_but_its_share_is_an_assumption(plain):
    told = {row.field.rpartition(".")[2] for row in plain.assumptions if ".classes.0." in row.field}
    assert told == set(RequestClass.model_fields) - {"name", "share", "source", "cache", "today"}


def test_the_second_sentence_names_threshold_own_utilisation_and_band(plain):
    said = plain.verdict
    at = plain.break_even(said.best_own).utilisation
    assert said.action == "api"  # GPT-5.4 mini costs less than Llama, hosted or not
    assert f"from {share(at.value)} on ({share(at.p10)} to {share(at.p90)})" in said.own
    assert f"{count(10_000_000)} requests" in said.own
    assert at.p10 < at.value < at.p90
