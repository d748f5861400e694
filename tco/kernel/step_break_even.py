"""Monthly volumes at which a bill of any steps undercuts a line, exactly.

The stair of `break_even` has equal steps; a fleet that follows the hours of the week has steps of
many widths and heights. The rules are the same: rational arithmetic, steps closed above, and a tie
is not cheaper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tco.kernel.break_even import Crossing, LineBill, VolumeBreakEven


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of volumes over which the machines cost the same."""

    up_to: Fraction
    """Highest volume of the step [request/month]."""
    machines_usd: Fraction


def step_break_even(stay: LineBill, other: LineBill, steps: Sequence[Step]) -> VolumeBreakEven:
    """Compare staying with a line plus steps, from no volume to the end of the last step.

    Parameters
    ----------
    other
        The rest of the other bill, without its machines.
    steps
        Ascending; the last one ends where the search ends.

    Returns
    -------
    VolumeBreakEven
        `cheaper_for_good_from` is None: steps that end say nothing of what lies beyond.
    """
    slope = Fraction(stay.usd_per_request) - Fraction(other.usd_per_request)
    fixed = Fraction(stay.fixed_usd) - Fraction(other.fixed_usd)
    low, cheaper = Fraction(0), fixed > steps[0].machines_usd
    opened = low if cheaper else None
    crossings: list[Crossing] = []
    spans: list[tuple[Fraction, Fraction]] = []

    def turn(at: Fraction, *, now: bool, border: bool) -> None:
        nonlocal cheaper, opened
        if now == cheaper:
            return
        cheaper = now
        direction = "self-hosting" if now else "api"
        crossings.append(Crossing(at, direction, "step" if border else "continuous"))  # type: ignore[arg-type]
        if now:
            opened = at
        elif opened is not None:
            spans.append((opened, at))
            opened = None

    for place, step in enumerate(steps):
        gap = fixed - step.machines_usd
        at_low = gap + slope * low
        if low < step.up_to:
            turn(low, now=at_low > 0 or (at_low == 0 < slope), border=place > 0)
            if slope != 0 and low < (meet := -gap / slope) < step.up_to:
                turn(meet, now=slope > 0, border=False)
        low = max(low, step.up_to)
    turn(low, now=fixed - steps[-1].machines_usd + slope * low > 0, border=False)
    if opened is not None:
        spans.append((opened, low))
    return VolumeBreakEven(tuple(spans), tuple(crossings), None)
