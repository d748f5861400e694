"""What one question may simulate: each of its replicas once, until its work is used up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hardware_profiles.calibration import CalibrationRecord
from tco.kernel.request_mix import RequestMix
from tco.kernel.workload import ClassLoad
from tco.question.terms import Objective
from tco.serving.replica import ReplicaCapacity, replica_capacity
from tco.serving.simulation import MOST_WORK


@dataclass(slots=True)
class Allowance:
    """Replicas of one question so far, and the work that is left to the next."""

    left: int = MOST_WORK
    """Requests and steps."""
    _known: dict[tuple[object, ...], ReplicaCapacity] = field(default_factory=dict)

    def capacity(
        self,
        record: CalibrationRecord,
        mix: RequestMix,
        objective: Objective,
        classes: Sequence[ClassLoad],
        carried: float | None,
    ) -> ReplicaCapacity:
        """Capacity of a replica, as `replica_capacity` has it; one like an earlier one is that."""
        loads = tuple(classes)
        key = (record.id, mix, loads, carried)
        if key not in self._known:
            found = replica_capacity(record, mix, objective, loads, carried, self.left)
            self._known[key] = found
            self.left = max(0, self.left - found.work)
        return self._known[key]
