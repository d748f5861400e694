"""Plans as they are proposed, carried out on replicas that are slower and quicker than expected."""

import numpy as np
import pytest

from calibrate.propose.loads import START_MINUTES
from hardware_profiles import Library
from pricing.errors import PlannerError
from tests.calibrate.clocked_loops import errors_of_windows
from tests.calibrate.proposed_plans import SPEEDS, Layout, carried_out, layouts, proposed

SAMPLE = {
    "dense": Layout("Llama 3.1 8B", "H100 SXM", "fp8", 1),
    "large": Layout("Llama 3.3 70B", "H100 SXM", "fp8", 4),
    "crowded": Layout("Llama 3.1 8B", "L4", "bf16", 1),
    "moe": Layout("gpt-oss-120b", "H200 SXM", "mxfp4", 1),
}
BEHIND_SLOW_LINKS = (
    Layout("Llama 3.1 70B", "H100 PCIe", "bf16", 8),
    Layout("Llama 3.1 8B", "L40S", "fp8", 8),
)
QUICK_START_MINUTES = 1.5
MOST_OFF = 0.06
"""Of the fitted capacity of one run whose points are off by 3 % each."""


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.mark.parametrize(
    ("name", "speed"), [("dense", 1.4), ("large", 0.7), ("crowded", 1.0), ("moe", 0.7)]
)
def test_a_proposed_plan_ends_valid_whatever_the_speed_it_meets(library, name, speed):
    run = carried_out(library, proposed(library, SAMPLE[name]), speed)
    assert run.reasons == ()
    assert abs(run.capacity_error) < MOST_OFF
    assert len(run.left_out) <= 2, run.left_out


@pytest.mark.parametrize(("name", "speed"), [("dense", 0.7), ("large", 1.0), ("moe", 1.4)])
def test_a_plan_for_ten_minutes_ends_valid_too(library, name, speed):
    run = carried_out(library, proposed(library, SAMPLE[name], within_minutes=10.0), speed)
    assert run.reasons == ()
    assert abs(run.capacity_error) < MOST_OFF
    assert run.minutes < 10


@pytest.mark.parametrize("layout", BEHIND_SLOW_LINKS, ids=lambda layout: layout.accelerator)
def test_capacity_is_recovered_where_prompts_are_slow(library, layout):
    """Points without noise: what is left is the error of the fit and of the choice of points."""
    for within_minutes in (None, 10.0):
        made = proposed(library, layout, within_minutes=within_minutes)
        run = carried_out(library, made, 1.0, noise=0.0)
        assert abs(run.capacity_error) < 0.03


def test_a_time_without_room_for_ones_own_load_saturated_is_refused(library):
    """Carried there from another shape, capacity was 37 % too high."""
    slow = Layout("Llama 3.1 405B", "RTX PRO 6000 Blackwell Server", "int4", 4)
    with pytest.raises(PlannerError, match="your own load saturated") as refusal:
        proposed(library, slow, within_minutes=10.0)
    minutes = float(refusal.value.problems[0].remedy.split()[2].strip(","))
    assert 10 < minutes < 20
    made = proposed(library, slow, within_minutes=minutes)
    assert carried_out(library, made, 1.0).reasons == ()


def test_a_window_tells_rate_and_time_per_token_without_bias(library):
    """Against answers counted by the clock in a loop that has settled, with other prompts."""
    made = proposed(library, SAMPLE["dense"], within_minutes=10.0)
    errors = errors_of_windows(made.plan, made.truth(1.0), made.kv_tokens)
    assert np.all(np.abs(errors.mean(axis=0)) < 0.01), errors


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_windows_of_random_plans_are_without_bias(library):
    every = list(layouts(library))
    errors = []
    for number in np.random.default_rng(15).choice(len(every), 128, replace=False):
        speed, within_minutes = SPEEDS[number % len(SPEEDS)], (None, 10.0)[number % 2]
        try:
            made = proposed(library, every[number], within_minutes=within_minutes)
        except PlannerError:
            continue
        errors.append(errors_of_windows(made.plan, made.truth(speed), made.kv_tokens))
    assert len(errors) > 64
    assert np.all(np.abs(np.concatenate(errors).mean(axis=0)) < 0.01)


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("within_minutes", [None, 10.0])
@pytest.mark.parametrize("speed", SPEEDS)
def test_every_proposed_plan_ends_valid(library, speed, within_minutes):
    """Whatever fits, at a multiple of the speed expected, every point off by its own 3 %.

    The server of a plan for ten minutes is up in a minute and a half; where its start takes the
    four that the plan counts, a replica slower than expected has time for what it needs alone.
    """
    start_minutes = QUICK_START_MINUTES if within_minutes else START_MINUTES
    runs, refused = [], []
    for number, layout in enumerate(layouts(library)):
        try:
            made = proposed(library, layout, within_minutes=within_minutes, seed=number)
        except PlannerError as error:
            refused.append(str(error))
            continue
        runs.append(carried_out(library, made, speed, start_minutes=start_minutes))
    # No data sheet has a figure for some precisions; slow machines need longer than ten minutes.
    allowed = ["data sheet", *(["minutes"] if within_minutes else [])]
    assert all(any(words in text for words in allowed) for text in refused), refused
    valid = [run for run in runs if not run.reasons]
    errors = np.array([run.capacity_error for run in valid])
    assert len(valid) >= 0.95 * len(runs)
    assert np.mean(np.abs(errors)) < 0.03
    assert abs(np.mean(errors)) < 0.01
    stated = np.array([run.expected_error for run in valid])
    assert np.mean(np.abs(errors) < stated) > 0.92
    assert np.quantile(np.abs(errors), 0.95) < (0.05 if within_minutes else 0.032)
    # A plan for ten minutes is checked by one point, which is off by its own 3 %.
    validated = np.mean([run.grade == "validated" for run in valid])
    assert validated > (0.8 if within_minutes else 0.9)
    assert np.mean(np.abs(errors) < 0.03) > (0.75 if within_minutes else 0.92)
