"""Whose each value of the ledger is: five words that mean five things."""

from collections.abc import Callable, Hashable, Mapping
from typing import Final

from pandas import DataFrame

from tco.answer.ledger import ASSUMED
from tco.answer.ledger_choices import DEFAULT
from tco.facts.cost_facts import YOURS
from tco.question.files import document_of, flatten
from tco.question.scenario import Scenario

PRESET: Final = "preset"
TYPED: Final = "typed"
FROM_LOG: Final = "from your log"
FROM_LIBRARY: Final = "from the library"
ESTIMATED: Final = "estimate"
_OPTIONS: Final = ("apis.", "self_hosted.", "hybrids.")
"""Lists whose places move when an alternative is added or removed."""


def with_whose(
    table: DataFrame, scenario: Scenario, began: Scenario | None, log_tells: Callable[[str], bool]
) -> DataFrame:
    """Add to the ledger whose each value is; a preset's own is not called yours.

    Parameters
    ----------
    began
        Worked scenario that the page started from; None where it was a file, a link or a saved
        one, all of whose values are the visitor's.
    log_tells
        Whether a log told the value at a path.
    """
    typed = set() if began is None else _changed(began, scenario)
    held = set() if began is None else set(flatten(began.model_dump(exclude_unset=True)))
    table = table.copy()
    defaults = (table["Source"] == DEFAULT.source).to_list()
    words = [
        _whose(row, began, typed, log_tells)
        if row["Field"] in held or not default
        else _whose_default(row, typed, log_tells)
        for row, default in zip(table.to_dict("records"), defaults, strict=True)
    ]
    given = [default and word != ESTIMATED for default, word in zip(defaults, words, strict=True)]
    for column, text in (("Source", YOURS.source), ("As of", YOURS.as_of), ("Note", "")):
        table.loc[given, column] = text
    table.loc[given, "Confidence"] = YOURS.confidence
    table.insert(list(table.columns).index("Unit") + 1, "Whose", words)
    of_preset = [word == PRESET for word in words]
    table["Source"] = [
        f"{PRESET}: {began.name}" if own and began is not None else _source(word, source)
        for own, word, source in zip(of_preset, words, table["Source"], strict=True)
    ]
    table["Confidence"] = [
        "" if own else each for own, each in zip(of_preset, table["Confidence"], strict=True)
    ]
    return table.drop(columns="Yours")


def _whose(
    row: Mapping[Hashable, object],
    began: Scenario | None,
    typed: set[str],
    log_tells: Callable[[str], bool],
) -> str:
    field, source = str(row["Field"]), str(row["Source"])
    if _is_within(field, typed) or source.startswith("yours"):
        return TYPED
    if source == ASSUMED.source or str(row["Value"]).startswith(ESTIMATED):
        return ESTIMATED
    if row["Yours"] or source == DEFAULT.source or field.startswith("workload.classes."):
        if log_tells(field):
            return FROM_LOG
        return TYPED if began is None else PRESET
    return FROM_LIBRARY


def _whose_default(
    row: Mapping[Hashable, object], typed: set[str], log_tells: Callable[[str], bool]
) -> str:
    """Whose a value is that nobody need have given, for it stands at the planner's default."""
    if _is_within(str(row["Field"]), typed):
        return TYPED
    return FROM_LOG if log_tells(str(row["Field"])) else ESTIMATED


def _is_within(field: str, paths: set[str]) -> bool:
    return any(path == field or path.startswith(f"{field}.") for path in paths)


def _source(word: str, source: str) -> str:
    """A typed mean keeps the spread of the lengths it replaced, and says so."""
    if word != TYPED or source.startswith("your"):
        return source
    return f"typed; spread as in: {source}"


def _changed(began: Scenario, now: Scenario) -> set[str]:
    """Paths whose value is another than where the page started, alternatives left out."""
    before, after = flatten(document_of(began)), flatten(document_of(now))
    return {
        path
        for path in {*before, *after}
        if before.get(path) != after.get(path) and not path.startswith(_OPTIONS)
    }
