"""The surrounding costs of a scenario: yours where you gave one, the library's otherwise."""

from dataclasses import dataclass
from typing import Final

from hardware_profiles.assumption import Assumption as LibraryAssumption
from hardware_profiles.assumption import TeamAssumption
from hardware_profiles.library import Library
from pricing.provenance import Source
from tco.question.terms import Costs
from tco.results.answer import Assumption
from tco.results.bill import Basis

YOURS: Final = Basis("your scenario", "as given", "high")


def basis_of(source: Source) -> Basis:
    """Carry a source from the data to the answer."""
    return Basis(source.name, source.as_of, source.confidence, source.url, source.note)


@dataclass(frozen=True, slots=True)
class CostFacts:
    """The surrounding costs of a scenario, each with where it is from."""

    costs: Costs
    library: Library
    team: str | None = None
    """Kind of team whose figures come before the library's."""

    def value(self, key: str) -> float | None:
        """Your figure, else your kind of team's, else the library's; None = not estimated."""
        yours: float | None = getattr(self.costs, key)
        if yours is not None:
            return yours
        team = self._of_team(key)
        return self.library.assumption(key).value if team is None else team.value

    def known(self, key: str) -> float:
        """Value of a key that the library always holds."""
        value = self.value(key)
        if value is None:
            msg = f"assumption {key} has no value"
            raise LookupError(msg)
        return value

    def basis(self, key: str) -> Basis:
        """Where the value is from."""
        if getattr(self.costs, key) is not None:
            return YOURS
        team = self._of_team(key)
        return basis_of((team or self.library.assumption(key)).source)

    def _of_team(self, key: str) -> TeamAssumption | None:
        return self.library.teams.get(f"{self.team}/{key}") if self.team else None

    def table(self) -> tuple[Assumption, ...]:
        """All of them, for the assumptions table."""
        return tuple(self._row(self.library.assumption(key)) for key in Costs.model_fields)

    def _row(self, fact: LibraryAssumption) -> Assumption:
        return Assumption(
            field=f"costs.{fact.key}",
            label=fact.label,
            value=self.value(fact.key),
            unit=fact.unit,
            low=fact.low,
            high=fact.high,
            basis=self.basis(fact.key),
            yours=getattr(self.costs, fact.key) is not None,
        )
