"""Every plan that is proposed, carried out in simulated time on a replica of known speed."""

from dataclasses import dataclass, replace

import numpy as np

from calibrate.fitting.priors import roofline
from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan
from calibrate.propose.candidates import step_of
from calibrate.propose.loads import START_MINUTES
from calibrate.propose.propose import Wanted, propose
from calibrate.result.assemble import assemble
from calibrate.run.point import points_of
from hardware_profiles.memory import require_fit
from pricing.errors import PlannerError
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime
from tests.calibrate.simulated_runs import simulated_run

OWN = (1500, 300)
PRECISIONS = ("bf16", "fp8", "int4", "mxfp4")
GPUS = (1, 2, 4, 8)
SPEEDS = (0.7, 1.0, 1.4)
NOISE = 0.03


@dataclass(frozen=True)
class Layout:
    """What a plan is asked for."""

    model: str
    accelerator: str
    precision: str
    gpus: int


def layouts(library):
    """Every combination for which a plan can be proposed at all."""
    for model in library.models:
        for accelerator in library.accelerators:
            for precision in PRECISIONS:
                for gpus in GPUS:
                    layout = Layout(model, accelerator, precision, gpus)
                    try:
                        limits_of_layout(library, layout)
                    except PlannerError:
                        continue
                    yield layout


def limits_of_layout(library, layout, context=16_384.0):
    """What the engine of a layout would admit."""
    fit = require_fit(
        library.model(layout.model),
        layout.precision,
        library.accelerator(layout.accelerator),
        layout.gpus,
        context_tokens=context,
    )
    return EngineLimits(1024, 8192, fit.kv_tokens)


@dataclass(frozen=True)
class Recovered:
    """What came of a run, against the truth."""

    reasons: tuple[str, ...]
    left_out: tuple[str, ...]
    grade: str
    capacity_error: float
    """Fitted over true rate of the saturated load, less 1; NaN where nothing was fitted."""
    minutes: float
    """The server's start included."""
    points: int
    expected_error: float
    """Of the capacity, as the plan says that 19 of 20 runs stay below it."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposed:
    """A proposed plan, and the replica that it expects."""

    plan: CalibrationPlan
    expected: StepTime
    limits: EngineLimits

    def truth(self, speed):
        """The replica at a multiple of the speed expected."""
        return self.expected.scaled(1 / speed)

    @property
    def kv_tokens(self):
        return int(self.limits.kv_tokens)


def proposed(library, layout, *, within_minutes=None, seed=0):
    """The plan for a layout."""
    plan = propose(
        library, Wanted(own=OWN, within_minutes=within_minutes, seed=seed, **vars(layout))
    )
    prior = roofline(
        library.model(layout.model),
        layout.precision,
        library.accelerator(layout.accelerator),
        layout.gpus,
    )
    expected = step_of(prior, np.log(prior.centre))
    return Proposed(
        plan, expected, limits_of_layout(library, layout, float(plan.server.max_model_len))
    )


def carried_out(library, made, speed, *, noise=NOISE, start_minutes=START_MINUTES):
    """The run of a proposed plan on a replica at `speed` times the prior's.

    Every point is off by its own `noise`, another at every speed.
    """
    plan, truth, kv_tokens = made.plan, made.truth(speed), made.kv_tokens
    outcome = simulated_run(
        plan,
        truth=truth,
        kv_tokens=kv_tokens,
        noise=noise,
        session=str(speed),
        keeps_rows=False,
        start_s=start_minutes * SECONDS_PER_MINUTE,
    )
    found = None if outcome.reasons else assemble(outcome, library)
    expected = plan.expected_capacity_error
    points_s = sum(e["seconds"] for e in outcome.entries if e["kind"] == "point")
    minutes = start_minutes + points_s / SECONDS_PER_MINUTE
    points = len(points_of(outcome.entries))
    if found is None or isinstance(found, tuple):
        reasons = [*outcome.reasons, *(found or ())]
        texts = tuple(f"{one.code}: {one.said}" for one in reasons)
        return Recovered(texts, (), "", np.nan, minutes, points, expected)
    (busiest,) = (x for x in plan.points if x.concurrency and "saturated" in x.purpose)
    assert (busiest.input_tokens, busiest.output_tokens) == OWN
    mix = RequestMix.of_lengths(*map(float, OWN), 0.0)
    clients = float(busiest.concurrency)
    said = float(closed_loop(found.fit.step, found.fit.limits, mix, clients)[1])
    true = float(closed_loop(truth, replace(made.limits, kv_tokens=kv_tokens), mix, clients)[1])
    texts = tuple(f"{one.code}: {one.said}" for one in found.reasons)
    error = said / true - 1
    return Recovered(
        texts, found.notes, found.grade, error, minutes, points, expected, found.remarks
    )
