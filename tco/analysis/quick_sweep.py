"""The choice of very many scenarios at once, over the inputs that arrays can follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Question
from tco.analysis.solve import VOLUME, WORDS
from tco.analysis.sweep_grid import Grid, Points
from tco.answer.choice import OWN, compared_usd, first_of_least, may_be_chosen
from tco.answer.working import Working, look_up, work_out
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import Cases
from tco.question.scenario import Scenario
from tco.question.traffic import mean_tokens
from tco.words.figures import whole

OUTPUT: Final = "workload.output_tokens"
FIELDS: Final = {
    VOLUME: "requests",
    OUTPUT: "output",
    "api_price": "api_price",
    "gpu_price": "gpu_price",
}
"""Inputs that may vary, as `tco.analysis.factors` counts them, and the field of a case each is."""
HIGHEST: Final = 1e12
AT_ONCE: Final = 8_000
_CARRIED: Final = (
    "A replica whose load no closed form tells is simulated once, for the output as asked; what "
    "that takes off its capacity is taken off at every output alike."
)


@dataclass(frozen=True, slots=True)
class QuickSweep:
    """Present values at every point; columns are of one length."""

    columns: Mapping[str, NDArray[Any]]
    left_out: tuple[tuple[str, str], ...]
    """Alternatives that take no part, and why."""
    carried: tuple[str, ...]
    """What is taken from the question as asked, where points of their own would have it anew."""


def quick_sweep(question: Question, points: Points) -> QuickSweep:
    """Answer every point over the horizon, without draws.

    Parameters
    ----------
    points
        Over volume [request/month], mean output [token], and prices over list [1].

    Raises
    ------
    InputError
        If another input varies, a value is no positive number, or percentiles would have to be
        simulated anew at every point.
    """
    varied = _columns(points)
    _require_one_simulation(question.scenario, varied)
    parts = [
        _answer(question, {key: values[start : start + AT_ONCE] for key, values in varied.items()})
        for start in range(0, len(points), AT_ONCE)
    ]
    answers = {name: np.concatenate([part[name] for part, _ in parts]) for name in parts[0][0]}
    numbers = np.arange(len(points))
    carried = (_CARRIED,) if OUTPUT in varied else ()
    return QuickSweep({"point": numbers, **varied, **answers}, parts[0][1], carried)


def _require_one_simulation(scenario: Scenario, varied: Mapping[str, FloatArray]) -> None:
    """Refuse other lengths under percentiles: each would have to be simulated."""
    objective = scenario.objective
    if OUTPUT in varied and (objective.p95_ttft_ms or objective.p95_tpot_ms):
        limit = "would have to be simulated at every point, as percentiles are objectives"
        raise InputError(Problem("vary", OUTPUT, limit, "Leave out --quick."))


def _columns(points: Points) -> dict[str, FloatArray]:
    """Values of every path that varies, a column each."""
    keys = [WORDS.get(path, path) for path in points.paths]
    problems = [
        Problem("vary", path, "is followed by a quick sweep", did_you_mean(path, FIELDS))
        for path, key in zip(points.paths, keys, strict=True)
        if key not in FIELDS
    ]
    if problems:
        raise InputError(*problems)
    if not isinstance(points, Grid):
        limit = "takes a grid"
        raise InputError(Problem("quick", "", limit, "Leave out --quick for a list."))
    try:
        values = [np.asarray(column, dtype=float) for column in points.values]
    except (TypeError, ValueError) as error:
        limit = "varies numbers"
        raise InputError(Problem("quick", "", limit, "Write path=low:high:count.")) from error
    for path, column in zip(points.paths, values, strict=True):
        if not np.all((column > 0) & (column <= HIGHEST)):
            limit = f"holds numbers above 0 and up to {whole(HIGHEST)}"
            problems.append(Problem("vary", path, limit, "Choose another range."))
    if problems:
        raise InputError(*problems)
    grids = np.meshgrid(*values, indexing="ij")
    return {key: column.ravel() for key, column in zip(keys, grids, strict=True)}


def _answer(
    question: Question, varied: Mapping[str, FloatArray]
) -> tuple[dict[str, NDArray[Any]], tuple[tuple[str, str], ...]]:
    """Answer some points at once, the question as asked before them."""
    workload = question.scenario.workload
    over = {
        VOLUME: workload.requests_per_month,
        OUTPUT: mean_tokens(workload.classes, "output"),
    }
    columns: dict[str, Any] = {
        FIELDS[key]: np.concatenate([[1.0], values / over.get(key, 1.0)])[:, None]
        for key, values in varied.items()
    }
    found = work_out(look_up(question.scenario, question.data, Cases(**columns)))
    count = len(next(iter(varied.values())))
    staying = next(iter(found.worked.values()))
    costs = {
        key: np.broadcast_to(compared_usd(staying, found.worked[key]), (count + 1,))[1:]
        for key in may_be_chosen(found.alternatives)
    }
    out = ((a.key, a.why_not[0].message) for a in found.alternatives if not a.eligible)
    return _columns_of(found, costs), tuple(out)


def _columns_of(working: Working, costs: Mapping[str, FloatArray]) -> dict[str, NDArray[Any]]:
    """Columns of the answer; what has no answer is NaN or an empty name."""
    stay = costs[working.alternatives[0].key]
    hosts = [a.key for a in working.alternatives if a.kind in OWN and a.key in costs]
    chosen, chosen_usd = _lowest(list(costs), costs)
    best, best_usd = _lowest(hosts, costs)
    return {
        "chosen": chosen,
        "staying_present_usd": _known(stay),
        "chosen_present_usd": _known(chosen_usd),
        "worth_usd": _known(stay) - _known(chosen_usd),
        "best_own": best,
        "best_own_present_usd": _known(best_usd),
        "own_worth_usd": _known(stay) - _known(best_usd),
    }


def _known(usd: FloatArray) -> FloatArray:
    return np.where(np.isinf(usd), np.nan, usd)


def _lowest(keys: list[str], costs: Mapping[str, FloatArray]) -> tuple[NDArray[Any], FloatArray]:
    """Name and cost of the lowest at every point."""
    points = len(next(iter(costs.values())))
    each = np.stack([np.full(points, np.inf), *(costs[key] for key in keys)])
    place = first_of_least(each)
    return np.array(["", *keys], dtype=object)[place], each[place, np.arange(points)]
