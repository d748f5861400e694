"""How much time a run has left, and whether another point fits it."""

from collections.abc import Sequence

from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan, Load
from calibrate.run.journal import Entry
from calibrate.run.point import points_of


def missing_points(
    plan: CalibrationPlan, entries: Sequence[Entry], *, again: bool = False
) -> tuple[Load, ...]:
    """Points that a run needs and no entry finishes, in the plan's order.

    Parameters
    ----------
    again
        Count points that came out INVALID as missing, spare ones too.
    """
    points = points_of(entries)
    done = {i for i, p in points.items() if not again or p.judged.verdict == "VALID"}
    wanted = (load for load in plan.points if not load.spare or load.id in points)
    return tuple(load for load in wanted if load.id not in done)


def points_to_measure(
    plan: CalibrationPlan, entries: Sequence[Entry], *, again: bool = False
) -> tuple[Load, ...]:
    """The same, and spare points where the run had not come to its end."""
    missing = missing_points(plan, entries, again=again)
    if not missing_points(plan, entries):
        return missing
    points = points_of(entries)
    return tuple(
        load for load in plan.points if load in missing or (load.spare and load.id not in points)
    )


def is_time_up(plan: CalibrationPlan, minutes: float) -> bool:
    """Whether the time that a plan was made for is over."""
    return plan.within_minutes is not None and minutes > plan.within_minutes


def still_fits(plan: CalibrationPlan, load: Load, entries: Sequence[Entry], minutes: float) -> bool:
    """Whether a point may be begun so many minutes after the run.

    A spare one should end in time too, if it takes as much longer than expected as the slowest
    point so far.
    """
    if plan.within_minutes is None or not load.spare:
        return True
    seconds = (load.expected_s or 0.0) * _slowest(entries)
    return minutes + seconds / SECONDS_PER_MINUTE <= plan.within_minutes


def _slowest(entries: Sequence[Entry]) -> float:
    """Seconds that a point took over those expected, at most [1]; 1 where none was measured."""
    taken = [
        point.seconds / point.sent.expected_s
        for point in points_of(entries).values()
        if point.sent.expected_s is not None
    ]
    return max(taken, default=1.0)


def time_left(
    plan: CalibrationPlan, entries: Sequence[Entry], points: int, minutes: float = 0.0
) -> str:
    """Time for as many points as are missing, by those measured or else by the plan.

    Parameters
    ----------
    minutes
        Since the run began; it takes no longer than the plan was made for.
    """
    took = [float(str(entry["seconds"])) for entry in entries if entry["kind"] == "point"]
    if took:
        left = points * sum(took) / len(took) / SECONDS_PER_MINUTE
    elif plan.expected_minutes is not None:
        left = plan.expected_minutes * points / len(plan.points)
    else:
        return "unknown time"
    if plan.within_minutes is not None:
        left = min(left, plan.within_minutes - minutes)
    return f"about {left:.0f} min" if left >= 1 else "less than a minute"
