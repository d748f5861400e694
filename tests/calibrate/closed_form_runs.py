"""Runs of a plan in which the closed form is right: thousands of them in a minute."""

from dataclasses import dataclass, replace

import numpy as np

from calibrate.fitting.fit import Fit, fit_points
from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import predict
from calibrate.fitting.priors import roofline
from calibrate.result.capacity import Capacity, capacity_of
from calibrate.result.held_out import HeldOutCheck, held_out_of
from calibrate.result.steady_points import Steady
from tco.kernel.request_mix import RequestMix
from tco.kernel.speed import closed_loop
from tests.calibrate.proposed_plans import NOISE, OWN, proposed

FIRST_TOKEN_NOISE = 0.05
"""Of the time to first token beside what the whole point is off by."""


@dataclass(frozen=True)
class ClosedFormRun:
    """What comes of one run."""

    fit: Fit
    held_out: HeldOutCheck
    capacity_error: float
    capacity: Capacity | None


def closed_form_runs(library, layout, seeds, *, speed=1.0, within=None, noise=NOISE, off=0.0):
    """Runs of the plan for a layout, a point's times stretched by its own `noise`.

    Points held out are slower by the share `off`, one for all or one each.
    """
    made = proposed(library, layout, within_minutes=within)
    prior = roofline(
        library.model(layout.model),
        layout.precision,
        library.accelerator(layout.accelerator),
        layout.gpus,
    )
    truth, limits = made.truth(speed), made.limits
    (busiest,) = (p for p in made.plan.points if p.concurrency and "saturated" in p.purpose)
    fitted = [load for load in made.plan.points if load.role == "fit"]
    unseen = [load for load in made.plan.points if load.role == "held_out"]
    own = RequestMix.of_lengths(*map(float, OWN), 0.0)
    true = float(closed_loop(truth, limits, own, float(busiest.concurrency))[1])
    for seed in seeds:
        rng = np.random.default_rng(seed)
        seen = _measured(fitted, busiest, truth, limits, noise * rng.normal(size=len(fitted)), rng)
        fit = fit_points(seen, prior, limits)
        slower = off + noise * rng.normal(size=len(unseen))
        later = _measured(unseen, busiest, truth, limits, slower, rng)
        said = float(closed_loop(fit.step, limits, own, float(busiest.concurrency))[1])
        held_out = held_out_of(fit, Steady(tuple(unseen), (), np.zeros(len(unseen)), later))
        found = capacity_of(fit, Steady(tuple(fitted), (), np.zeros(len(fitted)), seen))
        yield ClosedFormRun(fit, held_out, said / true - 1, found)


def _measured(loads, busiest, truth, limits, slower, rng):
    """The points of some loads; a schedule counts as that share of the saturated clients."""
    inputs = np.array([float(load.input_tokens) for load in loads])
    outputs = np.array([float(load.output_tokens) for load in loads])
    clients = [load.concurrency or load.rate_share * busiest.concurrency for load in loads]
    nothing = np.zeros(len(loads))
    exact = PointSet(
        mix=RequestMix.of_lengths(inputs, outputs, np.array([x.cached_share for x in loads])),
        clients=np.array(clients, dtype=float),
        scheduled=np.array([load.concurrency is None for load in loads]),
        ttft_ms=nothing,
        tpot_ms=nothing,
        requests_per_second=nothing,
        bursts=np.zeros(len(loads), dtype=bool),
        burst_prompts=nothing,
        burst_steps=nothing,
    )
    said = predict(truth, limits, exact)
    return replace(
        exact,
        tpot_ms=said.tpot_ms * (1 + slower),
        ttft_ms=said.ttft_ms * (1 + slower + FIRST_TOKEN_NOISE * rng.normal(size=len(loads))),
        requests_per_second=said.requests_per_second / (1 + slower),
    )
