"""First month's bills of very many scenarios at once, over the inputs that arrays can follow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import SELF_HOSTED, Question, first_month
from tco.analysis.drawn_world import highest_outputs
from tco.analysis.pieces import Pieces, pieces_of
from tco.analysis.solve import WORDS
from tco.analysis.sweep_grid import Grid, Points
from tco.analysis.winners import contenders
from tco.analysis.workload_factors import mean_tokens_of
from tco.analysis.worlds import reproduced
from tco.kernel.draws import (
    Drawn,
    drawn_capacity,
    drawn_mix,
    fleet_instances,
    host_bills,
    token_bills,
)
from tco.kernel.speed import FloatArray

KEYS: Final = ("workload.requests_per_month", "workload.output_tokens", "api_price", "gpu_price")
"""Inputs that may vary, as `tco.analysis.factors` counts them."""
HIGHEST: Final = 1e12
AT_ONCE: Final = 250_000


@dataclass(frozen=True, slots=True)
class QuickSweep:
    """Bills of every point; columns are of one length."""

    columns: Mapping[str, NDArray[Any]]
    left_out: tuple[tuple[str, str], ...]
    """Alternatives that take no part, and why."""


def quick_sweep(question: Question, points: Points) -> QuickSweep:
    """Bill every point for its first month.

    Parameters
    ----------
    points
        Over volume [request/month], mean output [token], and prices over list [1].

    Raises
    ------
    InputError
        If another input varies, or a value is no positive number.
    """
    asked = replace(question, scenario=first_month(question.scenario))
    pieces = reproduced(asked, pieces_of(asked))
    varied = _columns(points)
    parts = [
        _bill(
            asked, pieces, {key: values[start : start + AT_ONCE] for key, values in varied.items()}
        )
        for start in range(0, len(points), AT_ONCE)
    ]
    answers = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    numbers = np.arange(len(points))
    return QuickSweep({"point": numbers, **varied, **answers}, tuple(pieces.left_out.items()))


def _columns(points: Points) -> dict[str, FloatArray]:
    """Values of every path that varies, a column each."""
    keys = [WORDS.get(path, path) for path in points.paths]
    problems = [
        Problem("vary", path, "is followed by a quick sweep", did_you_mean(path, KEYS))
        for path, key in zip(points.paths, keys, strict=True)
        if key not in KEYS
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
            limit = f"holds numbers above 0 and up to {HIGHEST:g}"
            problems.append(Problem("vary", path, limit, "Choose another range."))
    if problems:
        raise InputError(*problems)
    grids = np.meshgrid(*values, indexing="ij")
    return {key: column.ravel() for key, column in zip(keys, grids, strict=True)}


def _bill(
    question: Question, pieces: Pieces, varied: Mapping[str, FloatArray]
) -> dict[str, NDArray[Any]]:
    scenario = question.scenario
    ones = np.ones(len(next(iter(varied.values()))))
    mean = mean_tokens_of(scenario.workload.classes, "output")
    drawn = Drawn(
        requests=varied.get(KEYS[0], ones * scenario.workload.requests_per_month),
        api_change=0 * ones,
        gpu_price=varied.get("gpu_price", ones),
        output=varied[KEYS[1]] / mean if KEYS[1] in varied else ones,
        staff=ones,
    )
    requests, prices = drawn.requests[:, None], varied.get("api_price", ones)[:, None]
    bills = {
        key: token_bills(costs, requests, prices, drawn.output)[:, 0]
        for key, costs in pieces.tokens.items()
    }
    capacities = _capacities(question, pieces, drawn.output)
    for key, host in pieces.hosts.items():
        fleet = fleet_instances(host, capacities[pieces.calibrations[key]], requests)
        bills[key] = host_bills(host, drawn, fleet, requests)[:, 0]
    for key, most in highest_outputs(question, pieces, float(drawn.output.max())).items():
        bills[key][drawn.output > most] = np.inf
    return _answers(pieces, bills)


def _capacities(question: Question, pieces: Pieces, output: FloatArray) -> dict[str, FloatArray]:
    """Capacity of a replica at every point, worked out once for each output [request/s]."""
    lengths, where = np.unique(output, return_inverse=True)
    objective, mix = question.scenario.objective, drawn_mix(pieces.classes, lengths)
    return {
        name: drawn_capacity(
            calibrated.replica,
            mix,
            mean_tpot_ms=objective.mean_tpot_ms,
            mean_ttft_ms=objective.mean_ttft_ms,
        )[where]
        for name, calibrated in pieces.replicas.items()
    }


def _answers(pieces: Pieces, bills: Mapping[str, FloatArray]) -> dict[str, NDArray[Any]]:
    """Columns of the answer; what has no answer is NaN or an empty name."""
    evaluation = pieces.evaluation
    staying = bills[evaluation.alternatives[0].key]
    hosts = [a.key for a in evaluation.alternatives if a.kind in SELF_HOSTED and a.key in bills]
    own = [a.key for a in contenders(evaluation, "comparable") if a.key in bills]
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
