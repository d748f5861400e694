"""What would make a calibration better, in words."""

from collections.abc import Iterator, Mapping, Sequence

from calibrate.result.assemble import Assembled
from calibrate.run.point import MeasuredPoint, Reason
from calibrate.run.verdict import remedy


def next_steps(
    found: Assembled | None,
    measured: Mapping[str, MeasuredPoint],
    reasons: Sequence[Reason] = (),
    *,
    folder: str = "RUN",
) -> Iterator[str]:
    """Say what to do after a run, VALID or not.

    Parameters
    ----------
    reasons
        What speaks against the run; none where it is VALID.
    folder
        Folder of the run, for the commands.
    """
    if reasons:
        yield from dict.fromkeys(remedy(reason) for reason in reasons)
        yield f"Then measure the bad points once more: tco-calibrate resume {folder} --again"
    if found is None:
        return
    if not found.saturated:
        yield "Add a point with more clients: none was saturated, so capacity is a guess."
    if not found.held_out:
        yield "Add held-out points, so that the error is known."
    if found.fit.prior_dominated:
        names = ", ".join(found.fit.prior_dominated)
        yield f"The points say little about {names}: add shapes with other lengths to learn them."
    if any(point.judged.saturated for point in measured.values()):
        yield "A schedule was above capacity: lower its rate to learn tails."
    if not reasons:
        yield f"Put it into the planner: tco evaluate SCENARIO --library {folder}"
