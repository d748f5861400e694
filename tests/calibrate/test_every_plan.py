"""Plans as they are proposed, carried out on replicas that are slower and quicker than expected."""

import numpy as np
import pytest

from hardware_profiles import Library
from pricing.errors import PlannerError
from tests.calibrate.proposed_plans import SPEEDS, Layout, carried_out, layouts

SAMPLE = {
    "dense": Layout("Llama 3.1 8B", "H100 SXM", "fp8", 1),
    "large": Layout("Llama 3.3 70B", "H100 SXM", "fp8", 4),
    "crowded": Layout("Llama 3.1 8B", "L4", "bf16", 1),
    "moe": Layout("gpt-oss-120b", "H200 SXM", "mxfp4", 1),
}


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.mark.parametrize(
    ("name", "speed"), [("dense", 1.4), ("large", 0.7), ("crowded", 1.0), ("moe", 0.7)]
)
def test_a_proposed_plan_ends_valid_whatever_the_speed_it_meets(library, name, speed):
    run = carried_out(library, SAMPLE[name], speed)
    assert run.reasons == ()
    assert abs(run.capacity_error) < 0.09
    assert len(run.left_out) <= 2, run.left_out


@pytest.mark.parametrize(("name", "speed"), [("dense", 0.7), ("large", 1.0), ("crowded", 1.4)])
def test_a_plan_for_ten_minutes_ends_valid_too(library, name, speed):
    run = carried_out(library, SAMPLE[name], speed, within_minutes=10.0)
    assert run.reasons == ()
    assert abs(run.capacity_error) < 0.15
    assert run.minutes < 10


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("within_minutes", [None, 10.0])
def test_every_proposed_plan_ends_valid(library, within_minutes):
    """At 0.7, 1 and 1.4 times the speed expected, every point off by its own 3 %."""
    runs, refused = [], []
    for number, layout in enumerate(layouts(library)):
        speed = SPEEDS[number % len(SPEEDS)]
        try:
            runs.append(
                carried_out(library, layout, speed, within_minutes=within_minutes, seed=number)
            )
        except PlannerError as error:
            refused.append(str(error))
    # No data sheet has a figure for some precisions; slow machines need longer than ten minutes.
    allowed = ["data sheet", *(["minutes"] if within_minutes else [])]
    assert all(any(words in text for words in allowed) for text in refused), refused
    valid = [run for run in runs if not run.reasons]
    errors = np.abs([run.capacity_error for run in valid])
    assert len(valid) >= 0.95 * len(runs)
    # Each point is off by 3 % itself: that much is left of it in a fit, more of a shorter one.
    assert np.mean(errors) < (0.035 if within_minutes is None else 0.05)
    assert np.quantile(errors, 0.95) < (0.09 if within_minutes is None else 0.15)
