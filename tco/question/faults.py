"""What pydantic finds wrong in a document, in the planner's words: where, what, and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pricing.errors import InputError, Problem, did_you_mean
from pricing.faults import MOST_SHOWN, causes, clash_of, limit_of, quoted, shown_value
from tco.question.paths import TAGS, keys_at, kinds_at
from tco.words.entries import read_figure
from tco.words.figures import NBSP, in_a_file, number, plural

MOST_PROBLEMS: Final = 50
"""Faults that are told of one document."""
_UNNAMED: Final = "scenario"
_MEMBERS: Final = {*TAGS, "date", "datetime", "[key]"}
"""Words of pydantic in the place of a fault that are no keys of the document."""
_REMEDIES: Final[Mapping[str, str]] = {
    "finite_number": "Give a finite number, or leave the key out.",
    "greater_than": "Write a larger number, in the unit that the key names.",
    "greater_than_equal": "Write a larger number, in the unit that the key names.",
    "less_than": "Check the unit in the name of the key.",
    "less_than_equal": "Check the unit in the name of the key.",
    "int": "Write a whole number.",
    "float": "Write a number.",
    "decimal": "Write a number.",
    "bool": "Write true or false, without quotes.",
    "string_type": "Write it as text, in quotes.",
    "string_too_short": "Write it out, or leave the key out.",
    "string_too_long": "Shorten it.",
    "string_pattern": "Write it in that form.",
    "too_short": "Add what is missing.",
    "too_long": "Leave some out.",
    "list": "Write a list, in square brackets.",
    "tuple": "Write a list, in square brackets.",
    "dict": "Write an object: keys with their values.",
    "model": "Write an object: keys with their values.",
    "date_": "Write a day, such as 2026-11-20.",
    "datetime": "Write a moment with its time zone, such as 2026-11-20T12:00:00Z.",
    "timezone": "Write a moment with its time zone, such as 2026-11-20T12:00:00Z.",
}
"""What to do about a fault, by the start of its name in pydantic; the first one holds."""


def problems_of(kind: type[BaseModel], error: ValidationError, file: str = "") -> list[Problem]:
    """Say the first faults, and how many there are beside them.

    Parameters
    ----------
    file
        What the document is called in a refusal, where it is no scenario.
    """
    found = [_problem(kind, detail, file) for detail in causes(error.errors()[:MOST_PROBLEMS])]
    beyond = error.error_count() - MOST_PROBLEMS
    if beyond > 0:
        limit = f"has {plural(beyond, 'fault')} more"
        found.append(Problem(file or _UNNAMED, "", limit, "Mend these first."))
    return found


def _problem(asked: type[BaseModel], detail: ErrorDetails, file: str) -> Problem:
    """Say one fault."""
    keys = (str(part) for part in detail["loc"] if part not in _MEMBERS)
    path = ".".join((file, *keys) if file else keys)
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = keys_at(detail["loc"][:-1], of=asked)
        remedy = did_you_mean(str(detail["loc"][-1]), known)
        return Problem(path, "", limit_of(detail), remedy)
    if kind == "json_invalid":
        limit = "holds characters that are no text"
        return Problem(file or _UNNAMED, "", limit, "Type them again.")
    if kind == "missing":
        return Problem(path, "", limit_of(detail), "Add it.")
    if kind.startswith("union_tag"):
        kinds = kinds_at(detail["loc"], of=asked)
        return _no_member(path, given, detail.get("ctx", {}), kinds)
    if clash := clash_of(detail):
        place = f"{path}.{clash.key}" if path else clash.key
        value = "" if clash.value is None else shown_value(clash.value, "clash")
        return Problem(place, value, clash.limit, clash.remedy)
    remedy = _remedy(kind, given, detail.get("ctx", {}))
    return Problem(path or _UNNAMED, shown_value(given, kind), limit_of(detail), remedy)


def _no_member(path: str, given: object, told: Mapping[str, Any], kinds: Sequence[str]) -> Problem:
    """Say that an object is of no kind that may stand here, and which kinds there are."""
    key = quoted(told["discriminator"])[0]
    if "expected_tags" not in told:
        limit = f"must be an object with the key {key}"
        remedy = f"Add {key}, one of {', '.join(map(repr, kinds))}."
        return Problem(path, shown_value(given, "union_tag"), limit, remedy)
    known = quoted(told["expected_tags"])
    value = repr(told["tag"])[:MOST_SHOWN]
    limit = f"must be one of {', '.join(known)}"
    return Problem(f"{path}.{key}", value, limit, did_you_mean(str(told["tag"]), known))


def _without_quotes(given: str) -> str:
    """Say how a figure is written in a file, of what people write such as "40M" or "5 %"."""
    try:
        is_percent = given.rstrip().endswith("%")
        value = read_figure("", given, percent=is_percent) / (100 if is_percent else 1)
    except InputError:
        return "Write the number without quotes."
    return f"Write {in_a_file(value)}, without quotes."


def _remedy(kind: str, given: object, told: Mapping[str, Any]) -> str:
    if kind in {"less_than_equal", "less_than"} and isinstance(given, int | float):
        if told.get("le", told.get("lt")) <= 1 < given <= 100:
            return f"A share is a fraction: write {number(given / 100)} for {number(given)}{NBSP}%."
        if told.get("le", told.get("lt")) == 1:
            return f"A share is a fraction: 1 is 100{NBSP}%, and no more can be."
    elif kind in {"literal_error", "enum"}:
        return did_you_mean(str(given), quoted(told["expected"]))
    elif kind.startswith(("float", "int", "decimal")) and isinstance(given, str):
        return _without_quotes(given)
    return next(
        (remedy for start, remedy in _REMEDIES.items() if kind.startswith(start)),
        "Change it so that this holds.",
    )
