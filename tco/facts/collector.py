"""Look-ups of a scenario's names, so that every one that is unknown or unfit is told at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pricing.errors import InputError, PlannerError, PriceError, Problem

Fact = TypeVar("Fact")


class Collector:
    """Runs look-ups and keeps what they refuse."""

    def __init__(self) -> None:
        """Nothing was refused yet."""
        self.refused: list[tuple[type[PlannerError], Problem]] = []

    def attempt(self, place: str, look_up: Callable[[], Fact]) -> Fact | None:
        """Give what is found, or keep why it is not, by its place in the scenario."""
        try:
            return look_up()
        except PlannerError as error:
            kind = PriceError if isinstance(error, PriceError) else InputError
            self.refused.extend(
                (kind, replace(p, field=field_named(place, p.field))) for p in error.problems
            )
            return None

    def raise_if_any(self) -> None:
        """Raise one error with all problems; prices alone are a price error."""
        if not self.refused:
            return
        kinds = {kind for kind, _ in self.refused}
        kind = kinds.pop() if len(kinds) == 1 else InputError
        raise kind(*[problem for _, problem in self.refused])


def field_named(place: str, field: str) -> str:
    """Name a field as the scenario does: its options are priced on one day."""
    if field in {"on", "prices_on"}:
        return "prices_on"
    return f"{place}.{field}" if place else field
