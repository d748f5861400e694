"""What pydantic finds wrong in a fact, in the planner's words: where, what, and what to do."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pricing.clashes import ClashError
from pricing.errors import Problem, did_you_mean
from pricing.figures import grouped

MOST_SHOWN: Final = 80
"""Characters of a refused value."""
_SHOULD: Final = re.compile(r"^[A-Z][a-z]+( input)? should ")
_LENGTHS: Final = {"too_short": "at least {min_length}", "too_long": "at most {max_length}"}
_QUOTED: Final = re.compile(r"'([^']*)'")
_INNER: Final = {"date", "datetime", "[key]", "function-after"}
"""Words of pydantic in the place of a fault that are no keys of a document."""


def causes(details: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what only follows from a fault further in: a list emptied by its bad items."""
    told = list(details)
    places = [detail["loc"] for detail in told]
    return [
        detail
        for detail in told
        if detail["type"] != "too_short"
        or not any(
            place != detail["loc"] and place[: len(detail["loc"])] == detail["loc"]
            for place in places
        )
    ]


def clash_of(detail: ErrorDetails) -> ClashError | None:
    """Value of several that do not go together, where a fault is one of them."""
    clash = detail.get("ctx", {}).get("error")
    return clash if isinstance(clash, ClashError) else None


def limit_of(detail: ErrorDetails) -> str:
    """What holds and the value does not keep to, as the rest of a sentence."""
    kind, told = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not a known key"
    if kind in _LENGTHS:
        counted = _LENGTHS[kind].format(**told)
        return f"must hold {counted}, and holds {grouped(told['actual_length'])}"
    limit = _SHOULD.sub("must ", detail["msg"].removeprefix("Value error, "))
    return limit[:1].lower() + limit[1:]


def shown_value(given: object, kind: str) -> str:
    """Value as it was given; none of an object whose keys do not go together."""
    if kind in ("missing", "extra_forbidden") or kind in _LENGTHS:
        return ""
    if isinstance(given, str | int | float | bool):
        return repr(given)[:MOST_SHOWN]
    if kind == "value_error" and isinstance(given, Mapping):
        return ""
    if isinstance(given, BaseModel):
        return given.model_dump_json(exclude_unset=True)[:MOST_SHOWN]
    return json.dumps(given, default=str)[:MOST_SHOWN]


def problems_in(
    error: ValidationError,
    where: str,
    remedy: str,
    known: Callable[[Sequence[int | str]], Iterable[str]] | None = None,
) -> Iterator[Problem]:
    """Say every fault of a fact.

    Parameters
    ----------
    where
        File or entry that the fact stands in; it comes before the keys inside the fact.
    remedy
        What to do where the fault itself does not say.
    known
        Keys that there are at a place, for the nearest to one that is not known; left out for a
        file that nobody writes by hand, where a key that is missing is not to be added.
    """
    for detail in causes(error.errors(include_url=False)):
        path = ".".join(str(part) for part in detail["loc"] if part not in _INNER)
        if clash := clash_of(detail):
            inside = f"{path}.{clash.key}" if path else clash.key
            value = "" if clash.value is None else shown_value(clash.value, "clash")
            yield Problem(_field(where, inside), value, clash.limit, clash.remedy)
            continue
        value = shown_value(detail["input"], detail["type"]) if path else ""
        todo = _nearest(detail, known) or remedy
        yield Problem(_field(where, path), value, limit_of(detail), todo)


def _field(where: str, keys: str) -> str:
    return f"{where}: {keys}" if where and keys else where or keys


def _nearest(
    detail: ErrorDetails, known: Callable[[Sequence[int | str]], Iterable[str]] | None
) -> str:
    if known is not None:
        if detail["type"] == "missing":
            return "Add it."
        keys = [*known(detail["loc"][:-1])]
        if detail["type"] == "extra_forbidden" and keys:
            return did_you_mean(str(detail["loc"][-1]), keys)
    if detail["type"] in ("literal_error", "enum"):
        return did_you_mean(str(detail["input"]), quoted(detail["ctx"]["expected"]))
    return ""


def quoted(text: Any) -> list[str]:  # noqa: ANN401 - whatever pydantic tells
    """Words in quotes, such as the values that it expected."""
    return _QUOTED.findall(str(text))
