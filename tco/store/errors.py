"""What the store refuses beyond a bad question or a failed disk."""

from pricing.errors import PlannerError


class ConflictError(PlannerError):
    """Somebody else changed the scenario in the meantime."""

    exit_code = 8
    code = "conflict"
