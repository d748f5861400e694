"""What differs between two scenarios, in words: labels for keys, names for lists and tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from tco.analysis.compare import Contribution
from tco.analysis.scenario_diff import Change
from tco.words.figures import NBSP, as_entered, plural, significant, with_unit
from tco.words.markdown import cut

LONGEST_SAID: Final = 80
MOST_ENTRIES: Final = 3
FLOAT_DIGITS: Final = 15
"""All that a number from a file has."""
NOT_GIVEN: Final = "not given"
_PARTS: Final = {
    "apis": "APIs",
    "self_hosted": "Own servers",
    "team": "Kind of team",
    "workload.classes": "Kinds of requests",
}
_NAMED_BY: Final = (("name",), ("provider", "model", "tier"), ("model",))
"""Fields that name an entry of a list, the first that it has."""


def step_name(contribution: Contribution, labels: Mapping[str, str]) -> str:
    """Name one step by what it changes."""
    return " and ".join(labels.get(c.path) or words_of(c.path) for c in contribution.changes)


def words_of(path: str) -> str:
    """Name what stands at a path of a scenario, where no ledger names it.

    Examples
    --------
    >>> words_of("self_hosted"), words_of("objective.percentile"), words_of("team")
    ('Own servers', 'Objective: percentile', 'Kind of team')
    """
    part, _, rest = path.partition(".")
    if path in _PARTS or not rest:
        return _PARTS.get(path, path.replace("_", " ").capitalize())
    return f"{_PARTS.get(part, part.capitalize())}: {rest.replace('_', ' ').replace('.', ', ')}"


def before_and_after(change: Change, unit: str = "") -> tuple[str, str]:
    r"""Both values of a change; of two lists what stands in one alone.

    Examples
    --------
    >>> before_and_after(Change("apis", [{"name": "a"}, {"name": "b"}], [{"name": "b"}]))
    ('a', 'none')
    >>> before_and_after(Change("apis", [{"name": "a", "x": 1}], [{"name": "a", "x": 2}]))
    ('a', 'a, changed within')
    >>> before_and_after(Change("finance.horizon_months", 36, 24), "month")
    ('36\xa0months', '24\xa0months')
    >>> before_and_after(Change("workload.growth_per_month", 0.03, 0.07), "1/month")
    ('3\xa0% a month', '7\xa0% a month')
    """
    before, after = change.before, change.after
    if _are_tables(before) and _are_tables(after):
        before, after = _only_in(before, after), _only_in(after, before)
    words, others = (_measured(value, unit) for value in (before, after))
    return words, others if others != words else f"{others}, changed within"


def _measured(value: object, unit: str) -> str:
    """A number as it was entered, with its unit; anything else in words."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not unit:
        return said(value)
    of_one, _, per = unit.partition("/")
    if of_one != "1":
        return with_unit(said(value), unit)
    if not per and abs(value) > 1:
        return f"{said(value)}{NBSP}×"
    return f"{said(significant(100 * value, FLOAT_DIGITS))}{NBSP}%{f' a {per}' if per else ''}"


def _only_in(entries: Sequence[Any], others: Sequence[Any]) -> Sequence[Any]:
    """Entries whose names do not stand in the other list; where all do, those that differ."""
    names = {_entry(entry) for entry in others}
    apart = [entry for entry in entries if _entry(entry) not in names]
    if apart or {_entry(entry) for entry in entries} != names:
        return apart
    return [entry for entry in entries if entry not in others]


def said(value: Any) -> str:  # noqa: ANN401 - any plain value of a scenario
    """Any plain value of a scenario in words.

    Examples
    --------
    >>> said(6e6), said([{"name": "chat", "share": 1.0}]), said({"kind": "fixed", "tokens": 900})
    ('6,000,000', 'chat', 'fixed, tokens 900')
    >>> said([0.5] * 168), said([]), said(True)
    ('168 values', 'none', 'yes')
    """
    words = _words(value)
    whole = words[:LONGEST_SAID].rpartition(" ")[0] if len(words) > LONGEST_SAID else ""
    return f"{whole.rstrip(',;')}…" if whole else cut(words, LONGEST_SAID)


def _words(value: Any) -> str:  # noqa: ANN401 - as above
    if value is None:
        return NOT_GIVEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return as_entered(value)
    if isinstance(value, Mapping):
        return ", ".join(
            _words(part) if key == "kind" else f"{key.replace('_', ' ')} {_words(part)}"
            for key, part in value.items()
        )
    if isinstance(value, list | tuple):
        return _entries(value)
    return str(value)


def _are_tables(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple) and all(isinstance(entry, Mapping) for entry in value)


def _entries(entries: Sequence[Any]) -> str:
    if not entries:
        return "none"
    if not _are_tables(entries):
        return plural(len(entries), "value")
    more = len(entries) - MOST_ENTRIES
    named = "; ".join(map(_entry, entries[:MOST_ENTRIES]))
    return f"{named}; {more} more" if more > 0 else named


def _entry(entry: Mapping[str, Any]) -> str:
    for fields in _NAMED_BY:
        if fields[0] in entry:
            return "/".join(str(entry[field]) for field in fields if field in entry)
    return _words(entry)
