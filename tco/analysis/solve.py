"""The question turned round: the value of one input at which own GPUs and staying cost alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Decision, Question, decide, once_simulated, own_alone
from tco.analysis.factor import Factor, decide_at, simulated_anew
from tco.analysis.factors import factor_of, factors
from tco.analysis.fleet_steps import fleet_steps
from tco.analysis.flips import Flip, Flips, find_flips, flip_between, scan
from tco.answer.choice import worth_usd
from tco.answer.comparison import utilisation_answer
from tco.answer.worked import Worked
from tco.answer.working import Working, look_up, work_out
from tco.kernel.cases import Cases
from tco.kernel.simulate_capacity import CLOSE
from tco.question.keys import own_key
from tco.words.figures import count

UTILISATION: Final = "utilisation"
VOLUME: Final = "workload.requests_per_month"
WORDS: Final = {
    "gpu-price": "gpu_price",
    "volume": VOLUME,
    "payroll": "costs.engineer_usd_per_month",
    "cached-share": "workload.cached_share",
    "api-price": "api_price",
    "output": "workload.output_tokens",
}
"""Short names for what is asked most."""
EXACT: Final = 1e-12
SOLVE_POINTS: Final = 49
VOLUME_POINTS: Final = 20_001
"""Volumes tried beside the steps of the fleet: neighbours are a seventh of a per cent apart."""
BELOW, ABOVE = 1 - 1e-10, 1 + 1e-10
"""Volumes tried at each step of the fleet, over that of the step [1]."""
VOLUMES_AT_ONCE: Final = 8_000


@dataclass(frozen=True, slots=True)
class Solution:
    """Value of an input at which both present values are equal, or why there is none."""

    key: str
    label: str
    unit: str
    alternative: str
    given: float
    value: float | None
    """The one nearest to the value as given."""
    usd_per_gpu_hour: float | None
    """A GPU price in money, where that is what was asked [USD/GPU-h]."""
    found: tuple[Flip, ...]
    """All of them, and who is cheaper just above each."""
    reason: str


def solve(question: Question, what: str, *, alternative: str | None = None) -> Solution:
    """Find the value of one input at which staying and self-hosting cost the same.

    Present values over the horizon are compared, as in the verdict; a utilisation is that of one
    month's bills.

    Parameters
    ----------
    what
        Key of an input, one of `WORDS`, or ``utilisation``: of the fleet as planned, however its
        load is spread.
    alternative
        Key or name of a self-hosted option; the best one when left out.

    Raises
    ------
    InputError
        If the input or the option does not exist.
    """
    question = once_simulated(question)
    option = _option(question, alternative)
    alone = _with_only(question, option)
    key = WORDS.get(what, what)
    if key == UTILISATION:
        return _utilisation(alone, option)
    factor = factor_of(factors(alone), key)

    @cache
    def answer(value: float) -> Decision:
        return decide_at(alone, factor, value, "own")

    if key == VOLUME:
        flips = _volumes(alone, factor, option, answer)
    else:
        flips = find_flips(
            answer,
            factor.limits,
            through=factor.value,
            tolerance=CLOSE if simulated_anew(alone, factor) else EXACT,
            points=SOLVE_POINTS,
            money=alone.scenario.currency.money,
        )
    nearest = flips.nearest(factor.value)
    return _solution(alone, factor, option, nearest, flips.found, flips.reason)


def _option(question: Question, alternative: str | None) -> str:
    """Name of the option to solve for."""
    names = [option.name for option in question.scenario.self_hosted]
    if alternative is None:
        best = decide(question, "own")
        if best.best is None:
            raise InputError(
                Problem("self_hosted", "", best.reason, "Name an option that can be priced.")
            )
        return best.best.removeprefix("self-hosted/")
    name = alternative.removeprefix("self-hosted/")
    if name not in names:
        limit = "is not a self-hosted option of the scenario"
        raise InputError(Problem("alternative", name, limit, did_you_mean(name, names)))
    return name


def _with_only(question: Question, name: str) -> Question:
    kept = tuple(o for o in question.scenario.self_hosted if o.name == name)
    until = {option.rollout.meanwhile for option in kept if option.rollout is not None}
    if any(own_key(option) in until for option in question.scenario.self_hosted):
        limit = "starts on other servers of your own, and one option is solved for at a time"
        raise InputError(Problem("alternative", name, limit, "Leave its rollout out."))
    scenario = question.scenario.model_copy(update={"self_hosted": kept})
    return replace(question, scenario=own_alone(scenario))


def _solution(
    question: Question,
    factor: Factor,
    option: str,
    nearest: Flip | None,
    found: tuple[Flip, ...],
    reason: str,
) -> Solution:
    value = None if nearest is None else nearest.value
    return Solution(
        key=factor.key,
        label=factor.label,
        unit=factor.unit,
        alternative=f"self-hosted/{option}",
        given=factor.value,
        value=value,
        usd_per_gpu_hour=_usd_per_gpu_hour(question, value) if factor.key == "gpu_price" else None,
        found=found,
        reason=reason,
    )


def _usd_per_gpu_hour(question: Question, multiple: float | None) -> float | None:
    """Rent that a multiple of the list price stands for [USD/GPU-h]; None for owned machines."""
    option = question.scenario.self_hosted[0]
    if multiple is None or option.rent is None:
        return None
    listed = question.data.library.offer(option.rent).usd_per_gpu_hour
    return multiple * (listed if option.usd_per_gpu_hour is None else option.usd_per_gpu_hour)


def _volumes(
    question: Question, factor: Factor, option: str, answer: Callable[[float], Decision]
) -> Flips:
    """Find the volumes at which the winner changes: at a step of the fleet, or between two."""
    first, _ = _worked(question, option)
    assert first.fleet is not None
    steps, reach = fleet_steps(first.fleet.first_rule, question.scenario, factor.limits)
    beside = [volume for step in steps.tolist() for volume in (step * BELOW, step * ABOVE)]
    volumes = sorted({*scan(factor.limits, VOLUME_POINTS, factor.value), *beside})
    moves = np.concatenate(
        [
            _moves(question, option, volumes[at : at + VOLUMES_AT_ONCE])
            for at in range(0, len(volumes), VOLUMES_AT_ONCE)
        ]
    )
    found = tuple(
        flip_between(
            answer,
            (volumes[place], volumes[place + 1]),
            moves_above=bool(moves[place + 1]),
            tolerance=EXACT,
        )
        for place in np.flatnonzero(moves[1:] != moves[:-1]).tolist()
    )
    if found:
        return Flips(found, "")
    winner, (_, high) = "moving" if moves[0] else "staying", factor.limits
    tried = f" up to {count(reach)} requests a month, and at every one tried above"
    return Flips((), f"{winner} costs less at every volume{tried if reach < high else ''}")


def _moves(question: Question, option: str, volumes: Sequence[float]) -> NDArray[np.bool_]:
    """Whether moving costs less at each volume."""
    asked = question.scenario.workload.requests_per_month
    column = np.array([asked, *volumes])[:, None] / asked
    own, working = _worked(question, option, replace(question.cases, requests=column))
    staying = next(iter(working.worked.values()))
    return worth_usd(staying, own)[1:] > 0


def _utilisation(question: Question, option: str) -> Solution:
    comparison = _worked(question, option)[0].against_staying
    at = utilisation_answer(comparison, question.scenario.currency.money)
    found = () if at.value is None else (Flip(at.value, "moving"),)
    return Solution(
        key=UTILISATION,
        label="Utilisation of the planned fleet, by a month's bills",
        unit="1",
        alternative=f"self-hosted/{option}",
        given=at.own,
        value=at.value,
        usd_per_gpu_hour=None,
        found=found,
        reason=str(at.reason or ""),
    )


def _worked(question: Question, option: str, cases: Cases | None = None) -> tuple[Worked, Working]:
    asked = look_up(question.scenario, question.data, cases or question.cases)
    working, key = work_out(asked), f"self-hosted/{option}"
    if key not in working.worked:
        (refused,) = (a.refused for a in working.alternatives if a.key == key)
        why, remedy = (refused.message, refused.remedy) if refused else ("is refused", "")
        raise InputError(Problem("alternative", option, why, remedy or "Solve for another."))
    return working.worked[key], working
