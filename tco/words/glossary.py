"""The terms of the field in plain words: what the page shows on hover and the papers list."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pricing.provenance import Record

Sign = Literal["moving saves", "moving costs more", "paid"]
"""What a figure above zero says."""
SIGNS: Final[dict[Sign, str]] = {
    "moving saves": "Positive where moving saves money.",
    "moving costs more": "Positive where moving costs more.",
    "paid": "Costs are positive.",
}


class Term(Record):
    """One term, its symbol and unit where it has them, and what it means."""

    name: str
    meaning: str
    symbol: str = ""
    unit: str = ""
    positive: Sign | None = None
    labels: tuple[str, ...] = ()
    """Headings, columns, tiles and inputs of the page that show it."""

    @property
    def explanation(self) -> str:
        """What it means, and what its sign says."""
        return f"{self.meaning} {SIGNS[self.positive]}" if self.positive else self.meaning


@cache
def glossary() -> tuple[Term, ...]:
    """Every term, by name."""
    text = (files("tco.words") / "data" / "glossary.toml").read_text("utf-8")
    return tuple(Term.model_validate(entry) for entry in tomllib.loads(text)["term"])


def term_of(label: str) -> Term | None:
    """Term that a heading, column, tile or input of the page shows.

    Examples
    --------
    >>> term_of("Breaks even at").symbol
    'u*'
    """
    return _by_label().get(label)


@cache
def _by_label() -> dict[str, Term]:
    return {label: term for term in glossary() for label in term.labels}
