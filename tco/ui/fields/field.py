"""One input of the page: how it is shown, and what an edit of it stores."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from pricing.errors import InputError, Problem
from tco.question.limits import limits_at
from tco.words.entries import figure_entry, read_figure

FieldKind = Literal[
    "amount", "whole", "percent", "mean", "switch", "choice", "text", "date", "table"
]
Entered = Callable[[str, Any], Any]
"""What a widget holds, by path; the second argument where it was not drawn yet."""
PER_CENT: Final = 100.0
FIGURES: Final = frozenset({"amount", "whole", "percent", "mean"})
"""Kinds that are typed as a figure."""
OFF: Final = ""
ON: Final = "on"
MEAN_DECIMALS: Final = 1
LARGE: Final = 1_000
LARGE_DECIMALS: Final = 2
"""How a box writes what was worked out; the scenario keeps every digit until it is typed over."""
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
            return self.value.distribution().mean
        if self.kind == "percent":
            return round(self.value * PER_CENT, EXACT_DIGITS)
        if self.kind == "table":
            return getattr(self.value, "kind", self.stands_as)
        return self.value

    @property
    def text(self) -> str:
        """Figure as its box holds it before anything is typed."""
        shown = self.shown
        if self.kind == "mean":
            shown = round(shown, MEAN_DECIMALS)
        elif self.kind in {"amount", "percent"} and shown and abs(shown) >= LARGE:
            shown = round(shown, LARGE_DECIMALS)
        return self.written(shown)

    def written(self, value: float | None) -> str:
        """Write a figure of this field; nothing where the library's default holds."""
        return "" if value is None else figure_entry(value, percent=self.kind == "percent")

    def read(self, typed: str) -> Any:  # noqa: ANN401 - as above
        """Figure that was typed; what was not touched is as exact as the scenario has it.

        Raises
        ------
        InputError
            If it is no figure, or beyond the limits of its place in the scenario.
        """
        if typed.strip() == self.text:
            return self.shown
        if not typed.strip():
            return None
        percent = self.kind == "percent"
        value = read_figure(self.path, typed, percent=percent)
        if self.kind == "whole" and value != round(value):
            raise InputError(Problem(self.path, typed, "must be a whole number", "Round it."))
        beyond = self._beyond(value)
        if beyond:
            raise InputError(Problem(self.path, typed, beyond, "Enter a figure within that."))
        return int(value) if self.kind == "whole" else value

    def _beyond(self, value: float) -> str:
        """Say which limit a value breaks, in the unit of the field; empty where it breaks none."""
        percent = self.kind == "percent"
        limits = limits_at(self.path)
        if limits.hold(value / PER_CENT if percent else value):
            return ""
        said = (
            ("at least", limits.least), ("at most", limits.most),
            ("more than", limits.above), ("less than", limits.below),
        )  # fmt: skip
        return "must be " + " and ".join(
            f"{words} {figure_entry(bound * PER_CENT if percent else bound, percent=percent)}"
            for words, bound in said
            if bound is not None
        )

    def stored(self, entered: Any) -> Any:  # noqa: ANN401 - as above
        """Value as the scenario keeps it, from what the widget holds."""
        if entered is None:
            return None
        if self.kind == "mean":  # the shape stays, its mean moves
            return list(self.value.with_mean(entered).tokens)
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
