"""Cross-validation of a whole table: one score per group, one over all, as text and JSON."""

from dataclasses import dataclass
from typing import Final

from calibrate.fitting.crossval import HeldOut, Score, hold_out, score
from calibrate.fitting.library_names import make_ready
from calibrate.fitting.points import Group, by_group, parse_points
from hardware_profiles import Library
from pricing.errors import InputError, Problem

SCHEMA: Final = "calibrate.crossval/1"


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Score of one group of points."""

    group: Group
    kind: str
    """``dense`` or ``moe``; ``unknown`` for a model that the library does not hold."""
    score: Score
    cached_prompts: bool
    left_out: int


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Scores of a table."""

    folds: int
    seed: int
    groups: tuple[GroupScore, ...]
    by_kind: dict[str, Score]
    overall: Score
    skipped: tuple[tuple[Group, int], ...]
    """Groups of fewer points than folds, and how many they have."""


def cross_validate(table: str, *, folds: int, seed: int) -> CrossValidation:
    """Hold out each part of every group once.

    Raises
    ------
    InputError
        If the table is not one of load points, or no group has as many points as folds.
    """
    library = Library.load()
    groups: list[GroupScore] = []
    skipped: list[tuple[Group, int]] = []
    results: dict[str, list[HeldOut]] = {}
    for group, rows in by_group(parse_points(table)).items():
        ready = make_ready(group, rows, library)
        if len(ready.used) < folds:
            skipped.append((group, len(ready.used)))
            continue
        held_out = hold_out(ready.points, ready.prior, ready.limits, folds=folds, seed=seed)
        kind = _kind(ready.replica is None, ready.prior.experts)
        results.setdefault(kind, []).append(held_out)
        groups.append(
            GroupScore(group, kind, score([held_out]), ready.cached_prompts, ready.left_out)
        )
    if not groups:
        raise InputError(
            Problem(
                "points",
                f"{len(skipped)} groups",
                f"no group has the {folds} different points that {folds} folds need",
                "Measure more points, or ask for fewer folds.",
            )
        )
    return CrossValidation(
        folds=folds,
        seed=seed,
        groups=tuple(groups),
        by_kind={kind: score(held_out) for kind, held_out in sorted(results.items())},
        overall=score([one for held_out in results.values() for one in held_out]),
        skipped=tuple(skipped),
    )


def document(result: CrossValidation) -> dict[str, object]:
    """Versioned JSON form."""
    return {
        "schema": SCHEMA,
        "folds": result.folds,
        "seed": result.seed,
        "groups": [
            {
                **_names(one.group),
                "kind": one.kind,
                **_figures(one.score),
                "cached_prompts": one.cached_prompts,
                "left_out": one.left_out,
            }
            for one in result.groups
        ],
        "by_kind": {kind: _figures(one) for kind, one in result.by_kind.items()},
        "overall": _figures(result.overall),
        "skipped": [{**_names(group), "n": n} for group, n in result.skipped],
    }


def text(result: CrossValidation) -> str:
    """Lines for a terminal."""
    lines = [f"{'':58}{'n':>4} {'rate':>7} {'token':>7} {'first':>7} {'covers':>7}"]
    for one in result.groups:
        group = one.group
        name = f"{group.model} {group.system} {group.precision} tp{group.tp} {group.layout}"
        lines.append(_text_line(name.strip(), one.score))
    lines.extend(_text_line(kind, one) for kind, one in result.by_kind.items())
    lines.append(_text_line("overall", result.overall))
    lines.extend(
        f"skipped, {n} points: {group.model} {group.system} tp{group.tp}"
        for group, n in result.skipped
    )
    return "\n".join(lines)


def _names(group: Group) -> dict[str, object]:
    return {
        "model": group.model,
        "system": group.system,
        "precision": group.precision,
        "tp": group.tp,
        "layout": group.layout,
    }


def _figures(one: Score) -> dict[str, object]:
    return {
        "n": one.n,
        "throughput_mape": one.throughput_mape,
        "tpot_mape": one.tpot_mape,
        "ttft_mape": one.ttft_mape,
        "coverage_90": one.coverage_90,
    }


def _text_line(name: str, one: Score) -> str:
    return (
        f"{name:58}{one.n:>4} {_percent(one.throughput_mape)} {_percent(one.tpot_mape)} "
        f"{_percent(one.ttft_mape)} {_percent(one.coverage_90)}"
    )


def _percent(share: float | None) -> str:
    return f"{'-':>7}" if share is None else f"{share * 100:5.1f} %"


def _kind(unknown: bool, experts: int) -> str:
    if unknown:
        return "unknown"
    return "moe" if experts else "dense"
