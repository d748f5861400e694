"""How far the priors alone, data sheet and dimensions, were off on every replica measured.

``python -m tests.calibrate.estimate_coverage`` writes the tables of docs/estimates.md anew.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from calibrate.fitting.library_names import Ready, ready_groups
from calibrate.fitting.points import parse_points
from calibrate.fitting.predict import predict
from calibrate.fitting.shipped import OPEN_LOOP_FILE, POINTS_FILE
from hardware_profiles import Library
from tco.facts.unmeasured import DENSE_SD, MIXTURE_SD, NINETY_PERCENT_SD

SPREADS = {"dense": DENSE_SD, "mixture": MIXTURE_SD}
NINETY = 0.9
NO_WIDE_KERNEL = 0.0
PAGE = Path(__file__).parents[2] / "docs" / "estimates.md"


@dataclass(frozen=True)
class Compared:
    """One group of points, and the rate that its priors say over the one measured."""

    name: str
    model: str
    kind: str
    precision: str
    vendor: str
    ratios: np.ndarray

    @property
    def off(self):
        """Size of each error, as large for half as for twice [1]."""
        return np.abs(np.log(self.ratios))


def compared(library):
    """Every group that an estimate can stand for: of a known replica, of one data-parallel rank."""
    for file in (POINTS_FILE, OPEN_LOOP_FILE):
        table = (files("calibrate") / "data" / file).read_text(encoding="utf-8")
        for ready in ready_groups(parse_points(table), library):
            if ready.replica is not None and ready.used and ready.replica.layout.ranks == 1:
                yield _compared(ready)


def _compared(ready: Ready) -> Compared:
    prior, replica = ready.prior, ready.replica
    step = prior.step(np.log(prior.centre), wide_above=NO_WIDE_KERNEL)
    said = predict(step, ready.limits, ready.points).requests_per_second
    return Compared(
        str(ready.group),
        ready.group.model,
        "mixture" if prior.experts else "dense",
        replica.precision,
        replica.accelerator.vendor,
        said / ready.points.requests_per_second,
    )


def width(groups):
    """Error that nine of ten points stay below, every group weighing the same [1].

    Points of one group are off together: a group of thirty says no more of the next than one of
    three does.
    """
    off = np.concatenate([group.off for group in groups])
    weight = np.concatenate([np.full(len(group.off), 1 / len(group.off)) for group in groups])
    order = np.argsort(off)
    reached = np.cumsum(weight[order]) / weight.sum()
    return off[order][np.searchsorted(reached, NINETY)]


def stated(group):
    """Half-width of the interval that an estimate states, in logarithms [1]."""
    return NINETY_PERCENT_SD * SPREADS[group.kind]


def inside(group):
    """Which points of a group lie in the interval that an estimate states."""
    return group.off <= stated(group)


def inside_left_out(group, groups):
    """Which points lie in the interval that all other groups of its kind would state."""
    others = [other for other in groups if other.kind == group.kind and other is not group]
    return group.off <= width(others)


def by_model(groups):
    """All of a kind, then model by model."""
    lines = [
        "| | groups | points | median error | median, too high | inside the interval "
        "| inside that of all other groups |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in SPREADS:
        mine = [group for group in groups if group.kind == kind]
        lines.append(_row(f"**{kind}**", mine, groups))
        for model in dict.fromkeys(group.model for group in mine):
            lines.append(_row(model, [group for group in mine if group.model == model], groups))
    return "\n".join(lines)


def _row(name, mine, groups):
    ratios = np.concatenate([group.ratios for group in mine])
    held = np.mean(np.concatenate([inside(group) for group in mine]))
    left_out = np.mean(np.concatenate([inside_left_out(group, groups) for group in mine]))
    return (
        f"| {name} | {len(mine)} | {len(ratios)} | {np.median(np.abs(ratios - 1)):.1%} "
        f"| {np.median(ratios) - 1:+.1%} | {held:.0%} | {left_out:.0%} |"
    )


def by_group(groups):
    """Every group of its own, those that are off most first."""
    lines = [
        "| measured replica | points | median, too high | inside the interval |",
        "|---|---:|---:|---:|",
    ]
    for group in sorted(groups, key=lambda group: -float(np.median(group.off))):
        lines.append(
            f"| {group.name} | {len(group.ratios)} | {np.median(group.ratios) - 1:+.0%} "
            f"| {np.mean(inside(group)):.0%} |"
        )
    return "\n".join(lines)


def tables(library):
    """Both tables of the page."""
    groups = tuple(compared(library))
    return by_model(groups), by_group(groups)


def with_table(page, made):
    """The page with this table in the place of the one it has."""
    head = made.split("\n", 1)[0]
    before, _, rest = page.partition(head)
    _, _, after = rest.partition("\n\n")
    return f"{before}{made}\n\n{after}"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for made in tables(Library.load()):
        page = with_table(page, made)
    PAGE.write_text(page, encoding="utf-8")
