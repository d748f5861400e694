"""Cross-validation of a whole table: one score per group, one over all, as text and JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calibrate.fitting.carry import hold_out_layouts
from calibrate.fitting.crossval import (
    FOLDS,
    HeldOut,
    Score,
    leave_out,
    score,
)
from calibrate.fitting.library_names import Ready, ready_groups
from calibrate.fitting.points import Group, parse_points
from hardware_profiles import Library
from pricing.errors import InputError, Problem
from tco.kernel.capacity import WIDENING, Leave

SCHEMA: Final = "calibrate.crossval/3"


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Score of one group of points."""

    group: Group
    accelerator: str
    gpus: int
    kind: str
    """``dense`` or ``moe``; ``unknown`` for a model that the library does not hold."""
    score: Score
    cached_prompts: bool
    screened: Mapping[str, int]
    """Rows left out by reason."""


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Scores of a table."""

    leave: Leave
    folds: int
    seed: int
    groups: tuple[GroupScore, ...]
    by_kind: dict[str, Score]
    overall: Score
    widening: Mapping[str, float]
    """Factor on the intervals that the scores contain, by dense and mixture [1]."""
    skipped: tuple[tuple[Group, int, Mapping[str, int]], ...]
    """Groups of which nothing can be left out so: their points, and those screened by reason."""
    screened: Mapping[str, int]
    """Rows of the table left out by reason."""


def cross_validate(
    table: str, library: Library, *, leave: Leave = "fold", folds: int = FOLDS, seed: int = 0
) -> CrossValidation:
    """Leave out each part of every group once and predict it by the rest.

    Raises
    ------
    InputError
        If the table is not one of load points, or nothing can be left out in the way asked for.
    """
    ready = ready_groups(parse_points(table), library)
    found = _held_out(ready, leave, folds, seed)
    groups = tuple(_group_score(one, found[one.group]) for one in ready if one.group in found)
    if not groups:
        raise InputError(
            Problem(
                "points",
                f"{len(ready)} groups",
                f"no group has the points that --leave {leave} needs",
                "Measure more points, ask for fewer folds, or leave out something else.",
            )
        )
    kinds = sorted({one.kind for one in groups})
    screened: Counter[str] = Counter()
    for one in ready:
        screened.update(one.screened.counts)
    return CrossValidation(
        leave=leave,
        folds=folds,
        seed=seed,
        groups=groups,
        by_kind={
            kind: score([found[one.group] for one in groups if one.kind == kind]) for kind in kinds
        },
        overall=score(list(found.values())),
        widening={kind: factors[leave] for kind, factors in WIDENING.items()},
        skipped=tuple(
            (one.group, len(one.used), one.screened.counts)
            for one in ready
            if one.group not in found
        ),
        screened=dict(screened),
    )


def document(result: CrossValidation) -> dict[str, object]:
    """Versioned JSON form."""
    return {
        "schema": SCHEMA,
        "leave": result.leave,
        "folds": result.folds,
        "seed": result.seed,
        "groups": [
            {
                **_names(one.group),
                "accelerator": one.accelerator,
                "gpus": one.gpus,
                "kind": one.kind,
                **_figures(one.score),
                "cached_prompts": one.cached_prompts,
                "screened": dict(one.screened),
            }
            for one in result.groups
        ],
        "by_kind": {kind: _figures(one) for kind, one in result.by_kind.items()},
        "overall": _figures(result.overall),
        "widening": dict(result.widening),
        "skipped": [
            {**_names(group), "n": n, "screened": dict(screened)}
            for group, n, screened in result.skipped
        ],
        "screened": dict(result.screened),
    }


def text(result: CrossValidation) -> str:
    """Lines for a terminal."""
    head = f"{'':62}{'n':>4} {'rate':>7} {'bias':>7} {'token':>7} {'first':>7} {'covers':>7}"
    lines = [head, *(_text_line(str(one.group), one.score) for one in result.groups)]
    lines.extend(_text_line(kind, one) for kind, one in result.by_kind.items())
    lines.append(_text_line("overall", result.overall))
    factors = ", ".join(f"{kind} {factor:g}" for kind, factor in result.widening.items())
    shown = ", ".join(f"{kind} {one.widening_shown:.2f}" for kind, one in result.by_kind.items())
    lines.append(f"left out: {result.leave}; intervals times {factors}; {shown} would cover 90 %")
    lines.extend(f"screened, {n} rows: {reason}" for reason, n in sorted(result.screened.items()))
    lines.extend(f"skipped, {n} points: {group}" for group, n, _ in result.skipped)
    return "\n".join(lines)


def _held_out(
    ready: tuple[Ready, ...], leave: Leave, folds: int, seed: int
) -> dict[Group, HeldOut]:
    enough = [one for one in ready if len(one.used) >= folds]
    if leave == "layout":
        return hold_out_layouts(enough)
    tried = {
        one.group: leave_out(one.points, one.prior, one.limits, leave, folds=folds, seed=seed)
        for one in enough
    }
    return {group: held_out for group, held_out in tried.items() if held_out is not None}


def _group_score(ready: Ready, held_out: HeldOut) -> GroupScore:
    replica = ready.replica
    known = ready.prior.experts > 0
    return GroupScore(
        group=ready.group,
        accelerator=ready.group.system if replica is None else replica.accelerator.name,
        gpus=ready.used[0].layout.gpus,
        kind="unknown" if replica is None else "moe" if known else "dense",
        score=score([held_out]),
        cached_prompts=ready.cached_prompts,
        screened=ready.screened.counts,
    )


def _names(group: Group) -> dict[str, object]:
    return {
        "model": group.model,
        "system": group.system,
        "precision": group.precision,
        "tp": group.tp,
        "layout": group.layout,
        "engine_version": group.engine,
    }


def _figures(one: Score) -> dict[str, object]:
    return {
        "n": one.n,
        "throughput_mape": one.throughput_mape,
        "throughput_bias": one.throughput_bias,
        "tpot_mape": one.tpot_mape,
        "ttft_mape": one.ttft_mape,
        "coverage_90": one.coverage_90,
        "ttft_coverage_90": one.ttft_coverage_90,
        "widening_shown": one.widening_shown,
        "ttft_widening_shown": one.ttft_widening_shown,
    }


def _text_line(name: str, one: Score) -> str:
    return (
        f"{name:62}{one.n:>4} {_percent(one.throughput_mape)} {_percent(one.throughput_bias)} "
        f"{_percent(one.tpot_mape)} {_percent(one.ttft_mape)} {_percent(one.coverage_90)}"
    )


def _percent(share: float | None) -> str:
    return f"{'-':>7}" if share is None else f"{share * 100:5.1f} %"
