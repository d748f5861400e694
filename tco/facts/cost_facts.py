"""The surrounding costs of a scenario: yours where you gave one, else what is on record."""

from dataclasses import dataclass, field
from typing import Final, Self

from hardware_profiles.assumption import Assumption as LibraryAssumption
from hardware_profiles.assumption import GroupAssumption
from hardware_profiles.library import Library
from pricing.provenance import Source
from tco.question.scenario import Scenario
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
    """Kind of team whose figures come before all that is on record."""
    assume: str = ""
    """Set of assumptions that comes before the library's own."""
    _read: dict[str, tuple[float | None, Basis]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was read so far, by key: every line of every alternative asks again."""

    @classmethod
    def of(cls, scenario: Scenario, library: Library) -> Self:
        """Read what a scenario says of them."""
        return cls(scenario.costs, library, scenario.team, scenario.assume)

    def value(self, key: str) -> float | None:
        """Your figure, else your kind of team's, your set's, the library's; None = not known."""
        return self.read(key)[0]

    def known(self, key: str) -> float:
        """Value of a key that the library always holds."""
        value = self.value(key)
        if value is None:
            msg = f"assumption {key} has no value"
            raise LookupError(msg)
        return value

    def basis(self, key: str) -> Basis:
        """Where the value is from."""
        return self.read(key)[1]

    def read(self, key: str) -> tuple[float | None, Basis]:
        """Value, and where it is from."""
        if key not in self._read:
            yours: float | None = getattr(self.costs, key)
            fact = self._on_record(key)
            self._read[key] = (
                (fact.value, basis_of(fact.source)) if yours is None else (yours, YOURS)
            )
        return self._read[key]

    def _on_record(self, key: str) -> GroupAssumption | LibraryAssumption:
        of_team = self.library.teams.get(f"{self.team}/{key}")
        of_set = self.library.assumption_sets.get(f"{self.assume}/{key}")
        return of_team or of_set or self.library.assumption(key)

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
