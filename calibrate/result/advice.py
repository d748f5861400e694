"""What would make a calibration better, in words."""

from collections.abc import Iterator, Mapping

from calibrate.result.assemble import Assembled
from calibrate.run.point import MeasuredPoint


def next_steps(
    found: Assembled | None, measured: Mapping[str, MeasuredPoint], *, bad: bool
) -> Iterator[str]:
    """Say what to do after a run, VALID or not."""
    if bad:
        yield "Nothing here may be used yet: remove the causes above and run again."
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
    if not bad:
        yield "Copy the record into the library's calibrations and name it in a scenario."
