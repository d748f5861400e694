"""How far the priors alone, data sheet and dimensions, were off on every replica measured.

``python -m tests.calibrate.estimate_coverage`` writes the table of docs/estimates.md anew.
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
NO_WIDE_KERNEL = 0.0
PAGE = Path(__file__).parents[2] / "docs" / "estimates.md"


@dataclass(frozen=True)
class Compared:
    """One group of points, and the rate that its priors say over the one measured."""

    model: str
    kind: str
    precision: str
    vendor: str
    ratios: np.ndarray


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
        ready.group.model,
        "mixture" if prior.experts else "dense",
        replica.precision,
        replica.accelerator.vendor,
        said / ready.points.requests_per_second,
    )


def off(ratios):
    """Size of an error, as large for half as for twice [1]."""
    return np.abs(np.log(ratios))


def covered(ratios, kind):
    """Share of points inside the stated 90 % interval."""
    return float(np.mean(off(ratios) <= NINETY_PERCENT_SD * SPREADS[kind]))


def row(name, groups, kind):
    """One line of the table."""
    ratios = np.concatenate([group.ratios for group in groups])
    return (
        f"| {name} | {len(groups)} | {len(ratios)} | {np.median(np.abs(ratios - 1)):.1%} "
        f"| {np.median(ratios) - 1:+.1%} | {covered(ratios, kind):.0%} |"
    )


def table(library):
    """All of a kind, then model by model."""
    found = list(compared(library))
    lines = [
        "| | groups | points | median error | median, too high | inside the 90 % interval |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for kind in SPREADS:
        mine = [group for group in found if group.kind == kind]
        lines.append(row(f"**{kind}**", mine, kind))
        for model in dict.fromkeys(group.model for group in mine):
            lines.append(row(model, [group for group in mine if group.model == model], kind))
    return "\n".join(lines)


def with_table(page, made):
    """The page with this table in the place of the one it has."""
    head = made.split("\n", 1)[0]
    before, _, rest = page.partition(head)
    _, _, after = rest.partition("\n\n")
    return f"{before}{made}\n\n{after}"


if __name__ == "__main__":
    made = with_table(PAGE.read_text(encoding="utf-8"), table(Library.load()))
    PAGE.write_text(made, encoding="utf-8")
