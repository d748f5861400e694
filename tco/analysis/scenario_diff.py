"""What differs between two scenarios, in pieces that can be changed one at a time."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tco.question.files import Document

UNSAID: Final = frozenset({"name", "note", "format"})
"""Keys that no figure depends on."""
_WHOLE: Final = frozenset({"input", "output", "cache", "profile", "baseline"})
"""Values that make sense only as one."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs."""

    path: str
    """Dotted; items of a list are numbered from 0."""
    before: Any
    """Plain value; None where the first scenario leaves it out."""
    after: Any


def changes_between(first: Document, second: Document) -> tuple[Change, ...]:
    """List what differs, in the order of the scenario's keys.

    Lists of the same items, by name, are compared item by item; others are one change. The shares
    of all classes are one change too, for they add up to 1 only together.
    """
    return tuple(_between("", _without(first), _without(second)))


def apply_changes(document: Document, changes: Sequence[Change]) -> Document:
    """Copy a scenario's plain values, some places changed."""
    result = copy.deepcopy(document)
    for change in changes:
        if change.path == "workload.classes.*.share":
            for item, share in zip(result["workload"]["classes"], change.after, strict=True):
                item["share"] = share
            continue
        *parents, last = change.path.split(".")
        place: Any = result
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
        if isinstance(place, list):
            place[int(last)] = change.after
        elif change.after is None:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(change.after)
    return result


def _without(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if key not in UNSAID}


def _between(path: str, first: Any, second: Any) -> Iterator[Change]:  # noqa: ANN401 - plain values
    if first == second:
        return
    last = path.rsplit(".", 1)[-1]
    if isinstance(first, dict) and isinstance(second, dict) and last not in _WHOLE:
        if _names_another_machine(path, first, second):
            yield Change(path, first, second)
            return
        for key in dict.fromkeys([*first, *second]):
            yield from _between(_join(path, key), first.get(key), second.get(key))
    elif isinstance(first, list) and isinstance(second, list) and _same_items(first, second):
        yield from _items(path, first, second)
    else:
        yield Change(path, first, second)


def _items(path: str, first: list[Any], second: list[Any]) -> Iterator[Change]:
    shares = [[item.get("share") for item in items] for items in (first, second)]
    split = path == "workload.classes" and shares[0] != shares[1]
    if split:
        yield Change(f"{path}.*.share", shares[0], shares[1])
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        same = {**one, "share": other["share"]} if split else one
        yield from _between(_join(path, str(index)), same, other)


def _same_items(first: list[Any], second: list[Any]) -> bool:
    """Whether two lists hold tables of the same names in the same order."""
    tables = all(isinstance(item, dict) and "name" in item for item in (*first, *second))
    return tables and [i["name"] for i in first] == [i["name"] for i in second]


def _names_another_machine(path: str, first: Document, second: Document) -> bool:
    """Whether a self-hosted option stands for another model, speed or machine altogether."""
    names = ("model", "calibration", "rent", "own")
    return path.startswith("self_hosted.") and any(
        first.get(name) != second.get(name) for name in names
    )


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
