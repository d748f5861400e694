"""The question turned round: the value of one input at which both bills are equal."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Decision, Metric, Question, decide, once_simulated
from tco.analysis.factor import Factor, decide_at
from tco.analysis.factors import factor_of, factors
from tco.analysis.flips import Flip, find_flips
from tco.answer.comparison import utilisation_answer
from tco.answer.volumes import volume_of
from tco.answer.worked import Worked
from tco.answer.working import look_up, work_out

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


@dataclass(frozen=True, slots=True)
class Solution:
    """Value of an input at which both bills are equal, or the reason why there is none."""

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


def solve(
    question: Question, what: str, *, alternative: str | None = None, by: Metric = "month"
) -> Solution:
    """Find the value of one input at which staying and self-hosting cost the same.

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
    option = _option(question, alternative, by)
    alone = _with_only(question, option)
    key = WORDS.get(what, what)
    if key == UTILISATION:
        return _utilisation(alone, option)
    factor = factor_of(factors(alone), key)
    if key == VOLUME and by == "month":
        return _volume(alone, factor, option)

    @cache
    def answer(value: float) -> Decision:
        return decide_at(alone, factor, value, by)

    low, high = factor.limits
    flips = find_flips(
        answer, low, high, through=factor.value, tolerance=EXACT, points=SOLVE_POINTS
    )
    nearest = flips.nearest(factor.value)
    return _solution(alone, factor, option, nearest, flips.found, flips.reason)


def _option(question: Question, alternative: str | None, by: Metric) -> str:
    """Name of the option to solve for."""
    names = [option.name for option in question.scenario.self_hosted]
    if alternative is None:
        best = decide(question, by)
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
    update = {"self_hosted": kept, "apis": (), "hybrids": ()}
    return replace(question, scenario=question.scenario.model_copy(update=update))


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


def _volume(question: Question, factor: Factor, option: str) -> Solution:
    """Crossings of the exact search, so that no step of the fleet is missed."""
    answer = volume_of(_worked(question, option), question.scenario)
    found = tuple(Flip(c.requests_per_month, c.direction) for c in answer.crossings)
    nearest = min(found, key=lambda flip: abs(flip.value - factor.value), default=None)
    reason = "" if found else str(answer.reason or "the cheaper side never changes")
    return _solution(question, factor, option, nearest, found, reason)


def _utilisation(question: Question, option: str) -> Solution:
    at = utilisation_answer(_worked(question, option).against_staying)
    found = () if at.value is None else (Flip(at.value, "self-hosting"),)
    return Solution(
        key=UTILISATION,
        label="Utilisation of the planned fleet",
        unit="1",
        alternative=f"self-hosted/{option}",
        given=at.own,
        value=at.value,
        usd_per_gpu_hour=None,
        found=found,
        reason=str(at.reason or ""),
    )


def _worked(question: Question, option: str) -> Worked:
    working, key = (
        work_out(look_up(question.scenario, question.data, question.cases)),
        f"self-hosted/{option}",
    )
    if key not in working.worked:
        (refused,) = (a.refused for a in working.alternatives if a.key == key)
        raise InputError(
            Problem("alternative", option, refused.message if refused else "refused", "")
        )
    return working.worked[key]
