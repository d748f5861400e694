"""First month's bills of very many scenarios at once, over the inputs that arrays can follow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Question, first_month
from tco.analysis.solve import VOLUME, WORDS
from tco.analysis.sweep_grid import Grid, Points
from tco.analysis.winners import contenders
from tco.answer.choice import OWN
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
AT_ONCE: Final = 250_000
_CARRIED: Final = (
    "A replica whose load no closed form tells is simulated once, for the output as asked; what "
    "that takes off its capacity is taken off at every output alike."
)


@dataclass(frozen=True, slots=True)
class QuickSweep:
    """Bills of every point; columns are of one length."""

    columns: Mapping[str, NDArray[Any]]
    left_out: tuple[tuple[str, str], ...]
    """Alternatives that take no part, and why."""
    carried: tuple[str, ...]
    """What is taken from the question as asked, where points of their own would have it anew."""


def quick_sweep(question: Question, points: Points) -> QuickSweep:
    """Bill every point for its first month.

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
    asked = replace(question, scenario=first_month(question.scenario))
    varied = _columns(points)
    _require_one_simulation(asked.scenario, varied)
    parts = [
        _bill(asked, {key: values[start : start + AT_ONCE] for key, values in varied.items()})
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


def _bill(
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
    bills = {
        key: np.broadcast_to(worked.bills[:, 0], (count + 1,))[1:]
        for key, worked in found.worked.items()
    }
    refused = ((a.key, a.refused.message) for a in found.alternatives if a.refused is not None)
    return _answers(found, bills), tuple(refused)


def _answers(working: Working, bills: Mapping[str, FloatArray]) -> dict[str, NDArray[Any]]:
    """Columns of the answer; what has no answer is NaN or an empty name."""
    staying = bills[working.alternatives[0].key]
    hosts = [a.key for a in working.alternatives if a.kind in OWN and a.key in bills]
    own = [a.key for a in contenders(working.alternatives, "comparable") if a.key in bills]
    best, best_usd = _lowest(hosts, bills)
    cheapest, _ = _lowest(own, bills)
    none = np.isinf(best_usd) | np.isinf(staying)
    return {
        "cheapest": cheapest,
        "baseline_usd": np.where(np.isinf(staying), np.nan, staying),
        "best": best,
        "best_usd": np.where(np.isinf(best_usd), np.nan, best_usd),
        "gap_usd": np.where(
            none, np.nan, np.where(none, 0.0, best_usd) - np.where(none, 0.0, staying)
        ),
    }


def _lowest(keys: list[str], bills: Mapping[str, FloatArray]) -> tuple[NDArray[Any], FloatArray]:
    """Name and bill of the lowest at every point."""
    shape = len(next(iter(bills.values())))
    lowest, place = np.full(shape, np.inf), np.zeros(shape, dtype=np.intp)
    for number, key in enumerate(keys, start=1):
        place[bills[key] < lowest] = number
        np.minimum(lowest, bills[key], out=lowest)
    return np.array(["", *keys], dtype=object)[place], lowest
