"""Plans: which points they hold, what those tell, how long they take and what they cost."""

import numpy as np
import pytest

from calibrate.fitting.priors import roofline
from calibrate.plan.plan import Rules, parse_plan
from calibrate.propose.candidates import (
    Candidate,
    Design,
    crowding_clients,
    saturating_clients,
    step_of,
    told_by,
)
from calibrate.propose.design import choose
from calibrate.propose.propose import Wanted, plan_lines, propose
from hardware_profiles import Library
from pricing.errors import InputError
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import closed_loop
from tests.calibrate.plans import calibrate

OWN = (1500, 300)
ASKED = {
    "dense": {"model": "Llama 3.1 8B", "accelerator": "H100 SXM", "precision": "fp8", "gpus": 1},
    "large": {"model": "Llama 3.3 70B", "accelerator": "H100 SXM", "precision": "fp8", "gpus": 4},
    "moe": {"model": "gpt-oss-120b", "accelerator": "H200 SXM", "precision": "mxfp4", "gpus": 1},
    "llama 4": {
        "model": "Llama 4 Scout",
        "accelerator": "H100 SXM",
        "precision": "bf16",
        "gpus": 8,
    },
}


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def plans(library):
    return {name: propose(library, Wanted(own=OWN, **asked)) for name, asked in ASKED.items()}


def prior_and_limits(library, asked, kv_tokens=400_000):
    prior = roofline(
        library.model(asked["model"]),
        asked["precision"],
        library.accelerator(asked["accelerator"]),
        asked["gpus"],
    )
    return prior, EngineLimits(1024, 8192, kv_tokens)


@pytest.mark.parametrize("name", ASKED)
def test_a_plan_holds_nine_to_seventeen_points_to_fit_four_held_out_and_one_again(plans, name):
    plan = plans[name]
    roles = [point.role for point in plan.points]
    assert 9 <= roles.count("fit") <= 17
    assert (roles.count("held_out"), roles.count("repeat")) == (4, 1)
    first, last = plan.points[0], plan.points[-1]
    assert last.role == "repeat"
    same = {"input_tokens", "output_tokens", "concurrency", "lengths", "spread", "requests"}
    assert first.model_dump(include=same) == last.model_dump(include=same)
    assert len({point.seed for point in plan.points}) == len(plan.points)


@pytest.mark.parametrize("name", ASKED)
def test_some_points_have_a_job(plans, name):
    """One alone, one saturated, one with shared prompts; experts that are not all touched."""
    fitted = [point for point in plans[name].points if point.role == "fit"]
    assert any(point.concurrency == 1 for point in fitted)
    assert any("saturated" in point.purpose for point in fitted)
    assert any(point.cached_share == 0.75 for point in fitted)
    few = [point for point in fitted if "fewer experts" in point.purpose]
    assert len(few) == (4 if plans[name].experts else 0)
    assert any("memory" in point.purpose for point in fitted)
    held_out = [point for point in plans[name].points if point.role == "held_out"]
    assert sum(point.is_open for point in held_out) == 2
    assert not {(p.input_tokens, p.output_tokens) for p in held_out} <= {
        (p.input_tokens, p.output_tokens) for p in fitted
    }


@pytest.mark.parametrize("name", ASKED)
def test_a_plan_takes_about_half_an_hour_and_says_what_that_costs(plans, name):
    plan = plans[name]
    assert 10 < plan.expected_minutes < 40
    hourly = plan.gpus * plan.usd_per_gpu_hour
    assert plan.expected_usd == pytest.approx(hourly * plan.expected_minutes / 60)
    lines = "\n".join(plan_lines(plan))
    assert f"{plan.expected_usd:.2f} USD" in lines
    assert all(point.id in lines for point in plan.points)


@pytest.mark.parametrize("name", ASKED)
def test_a_plan_expects_to_tell_capacity_within_3_percent_and_says_so(plans, name):
    plan = plans[name]
    assert 0.02 < plan.expected_capacity_error <= 0.03
    said = f"capacity for your own load to within {plan.expected_capacity_error:.1%} in 19 of 20"
    assert any(line.startswith(said) for line in plan_lines(plan))


@pytest.mark.parametrize("name", ["dense", "large", "moe"])
def test_a_shorter_plan_expects_a_larger_error(library, plans, name):
    expected = [
        propose(library, Wanted(own=OWN, within_minutes=minutes, **ASKED[name]))
        for minutes in (10.0, 20.0)
    ]
    errors = [plan.expected_capacity_error for plan in (*expected, plans[name])]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.03


@pytest.mark.parametrize("name", ASKED)
def test_no_load_is_fitted_more_than_three_times_nor_one_of_very_short_answers(plans, name):
    """What the closed form misses of a load is the same every time."""
    fitted = [point for point in plans[name].points if point.role == "fit"]
    near = [point for point in fitted if "capacity for your own load" in point.purpose]
    assert len(near) >= 4
    assert all(point.output_tokens >= 64 for point in near)
    loads = [(p.input_tokens, p.output_tokens, p.concurrency, p.cached_share) for p in fitted]
    assert max(loads.count(load) for load in loads) <= 3


def test_every_point_fits_the_context_that_the_server_is_given(plans):
    for plan in plans.values():
        for point in plan.points:
            assert (
                point.longest_share * (point.input_tokens + point.output_tokens)
                <= plan.server.max_model_len
            )


def test_chosen_points_tell_more_than_points_drawn_at_random(library):
    prior, limits = prior_and_limits(library, ASKED["large"])
    chosen = choose(Design(prior, limits, Rules(), 16_384, OWN))
    shapes = [(128, 512), (1024, 512), (2048, 128), (8192, 64), (6144, 1024), OWN]
    pool = [Candidate(i, o, c) for i, o in shapes for c in (1, 3, 8, 20, 48, 96, 192)]
    before = np.diag(prior.log_sd**-2.0)

    def known(candidates):
        told = before + sum(told_by(prior, limits, c) for c in candidates)
        return np.linalg.slogdet(told)[1]

    chance = np.random.default_rng(0)
    drawn = [known(chance.choice(pool, len(chosen), replace=False)) for _ in range(40)]
    assert known(chosen) > np.quantile(drawn, 0.9)


def test_twice_the_saturating_clients_hardly_raise_the_rate(library):
    prior, limits = prior_and_limits(library, ASKED["dense"], kv_tokens=np.inf)
    step, mix = step_of(prior, np.log(prior.centre)), Candidate(*OWN, 1).mix
    clients = saturating_clients(step, limits, mix)
    rates = closed_loop(step, limits, mix, np.array([clients, 2.0 * clients]))[1]
    assert rates[1] / rates[0] < 1.10
    assert 8 <= clients <= 1024


def test_a_saturated_load_has_few_more_clients_than_memory_holds(library):
    """Further ones would only queue: their point takes long and tells nothing more."""
    prior, limits = prior_and_limits(library, ASKED["dense"], kv_tokens=30_000)
    step, mix = step_of(prior, np.log(prior.centre)), Candidate(*OWN, 1).mix
    held = limits.kv_tokens / mix.context_tokens
    assert held < saturating_clients(step, limits, mix) < 1.4 * held


def test_crowding_clients_need_more_than_memory_holds():
    limits = EngineLimits(1024, 8192, 100_000)
    mix = Candidate(8192, 64, 1).mix
    clients = crowding_clients(limits, mix)
    assert clients * mix.context_tokens > 1.2 * limits.kv_tokens
    assert crowding_clients(EngineLimits(1024, 8192, 1e9), mix) is None


@pytest.mark.parametrize("name", ASKED)
def test_the_points_of_a_stopped_run_are_the_best_ones(plans, name):
    """One alone and one saturated first; a fit and a check of it after five points."""
    points = plans[name].points
    assert points[0].concurrency == 1
    assert "saturated" in points[1].purpose
    assert [p.role for p in points[:5]] == ["fit"] * 4 + ["held_out"]


@pytest.mark.parametrize("minutes", [10, 20])
@pytest.mark.parametrize("name", ["dense", "large", "moe"])
def test_a_plan_keeps_to_the_time_it_is_given(library, name, minutes):
    plan = propose(library, Wanted(own=OWN, within_minutes=float(minutes), **ASKED[name]))
    assert plan.expected_minutes <= minutes
    roles = [point.role for point in plan.points]
    assert roles.count("fit") >= 4
    assert "held_out" in roles
    assert plan.points[0].concurrency == 1
    assert "saturated" in plan.points[1].purpose


def test_too_short_a_time_is_refused_with_the_one_that_would_do(library):
    with pytest.raises(InputError, match=r"take \d+ minutes") as refusal:
        propose(library, Wanted(own=OWN, within_minutes=4.5, **ASKED["large"]))
    needed = float(refusal.value.problems[0].limit.split(" take ")[1].split()[0])
    assert (
        propose(library, Wanted(own=OWN, within_minutes=needed, **ASKED["large"])).expected_minutes
        <= needed
    )


def test_schedules_follow_the_speed_that_is_met(plans):
    schedules = [point for point in plans["dense"].points if point.is_open]
    saturated = next(p for p in plans["dense"].points if "saturated" in p.purpose)
    assert [point.rate_of for point in schedules] == [saturated.id] * 2
    assert [point.rate_share for point in schedules] == [0.5, 0.75]


def test_a_plan_survives_its_file(plans, tmp_path):
    text = plans["moe"].model_dump_json()
    assert parse_plan(text.encode(), "plan.json") == plans["moe"]


def test_what_cannot_be_served_is_refused(library):
    with pytest.raises(InputError, match="Did you mean"):
        propose(library, Wanted(own=OWN, **ASKED["dense"] | {"model": "Llama 3.1 8"}))
    with pytest.raises(InputError, match="needs"):
        propose(library, Wanted(own=OWN, **ASKED["large"] | {"gpus": 1, "precision": "bf16"}))


def test_made_up_weights_are_for_dense_models_only(library):
    plan = propose(library, Wanted(own=OWN, made_up_weights=True, **ASKED["dense"]))
    assert plan.server.load_format == "dummy"
    with pytest.raises(InputError, match="a few experts"):
        propose(library, Wanted(own=OWN, made_up_weights=True, **ASKED["moe"]))


def test_the_command_writes_a_plan_and_says_what_it_costs(tmp_path):
    out = tmp_path / "plan.json"
    done = calibrate(
        *("plan", "--model", "Llama 3.1 8B", "--accelerator", "H100 SXM", "--precision", "fp8"),
        *("--usd-per-gpu-hour", "3", "--out", out),
    )
    assert done.returncode == 0, done.told
    assert "USD at 3 USD per GPU-hour as given" in done.said
    plan = parse_plan(out.read_bytes(), "plan.json")
    assert plan.usd_per_gpu_hour == 3
    assert plan.server.model == "meta-llama/Llama-3.1-8B-Instruct"
