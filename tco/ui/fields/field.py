"""One input of the page: how it is shown, and what an edit of it stores."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

FieldKind = Literal[
    "amount", "whole", "percent", "slider", "mean", "switch", "choice", "text", "date", "table"
]
Entered = Callable[[str, Any], Any]
"""What a widget holds, by path; the second argument where it was not drawn yet."""
PER_CENT: Final = 100.0
OFF: Final = ""
ON: Final = "on"
EXACT_DIGITS: Final = 12  # 3.1 % is 0.031, not 0.031000000000000003


@dataclass(frozen=True, slots=True)
class Field:
    """One input: where it stands in the scenario, and how it is asked for.

    Label and help are Markdown-safe; the titles of options are plain text.
    """

    path: str
    label: str
    kind: FieldKind
    value: Any
    """Value in the scenario, in the scenario's unit; None = the library's default."""
    help: str = ""
    placeholder: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Values and their titles, for a choice; kinds and theirs, for a table."""
    tables: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """What each kind of a table starts as; the empty kind is no table at all."""
    stands_as: str = ON
    """Kind of a table that does not say its own."""

    @property
    def shown(self) -> Any:  # noqa: ANN401 - as plain as the scenario's values
        """Value as the widget shows it."""
        if self.value is None:
            return {"table": OFF, "choice": OFF, "text": ""}.get(self.kind)
        if self.kind == "mean":
            return round(self.value.distribution().mean, 1)
        if self.kind == "percent":
            return round(self.value * PER_CENT, EXACT_DIGITS)
        if self.kind == "table":
            return getattr(self.value, "kind", self.stands_as)
        return self.value

    def stored(self, entered: Any) -> Any:  # noqa: ANN401 - as above
        """Value as the scenario keeps it, from what the widget holds."""
        if entered is None:
            return None
        if self.kind == "mean":  # the shape stays, its mean moves
            return [tokens * entered / self.shown for tokens in self.value.tokens]
        if self.kind == "percent":
            return round(entered / PER_CENT, EXACT_DIGITS)
        if self.kind == "table":
            return dict(self.tables[entered]) if entered != OFF else None
        if isinstance(entered, date):
            return entered.isoformat()
        if self.kind == "text":
            return entered.strip() or None
        if self.kind == "choice":
            return entered or None
        return entered


def changes(fields: Iterable[Field], entered: Mapping[str, Any]) -> dict[str, Any]:
    """Paths whose widget holds something else than the scenario, with the value to store."""
    return {
        field.path: field.stored(entered[field.path])
        for field in fields
        if field.path in entered and entered[field.path] != field.shown
    }
