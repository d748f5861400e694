"""What a run tells while it goes on, in single lines."""

from collections.abc import Sequence

from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan, Load
from calibrate.run.journal import Entry
from calibrate.run.point import MeasuredPoint


def described(load: Load) -> str:
    """A load in a few words."""
    how = (
        f"{load.concurrency} clients"
        if load.concurrency is not None
        else f"{load.requests_per_second:g} requests/s"
    )
    return f"{load.input_tokens}/{load.output_tokens} tokens, {how}"


def told(point: MeasuredPoint) -> str:
    """What came of a point."""
    found = point.judged.figures
    if found is None or point.judged.verdict == "INVALID":
        return f"{point.id}: {point.judged.verdict} {point.reasons_text}"
    return (
        f"{point.id}: VALID {found.output_tokens_per_second:,.0f} tokens/s, "
        f"{found.mean_tpot_ms:.1f} ms/token, first after {found.mean_ttft_ms:,.0f} ms"
    )


def time_left(plan: CalibrationPlan, entries: Sequence[Entry], points: int) -> str:
    """Time for as many points as are missing, by those measured or else by the plan."""
    took = [float(str(entry["seconds"])) for entry in entries if entry["kind"] == "point"]
    if took:
        minutes = points * sum(took) / len(took) / SECONDS_PER_MINUTE
    elif plan.expected_minutes is not None:
        minutes = plan.expected_minutes * points / len(plan.points)
    else:
        return "unknown time"
    return f"about {minutes:.0f} min" if minutes >= 1 else "less than a minute"
