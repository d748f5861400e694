"""What a run tells while it goes on, in single lines."""

from calibrate.plan.plan import Load
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
