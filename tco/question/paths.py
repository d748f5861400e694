"""Dotted paths into a scenario: which keys there are at a place, and which a path leads to."""

from collections.abc import Iterable
from typing import Any, Final, get_args

from pydantic import BaseModel
from typing_extensions import TypeIs

from pricing.errors import InputError, Problem, did_you_mean
from tco.question.hybrids import Hybrid
from tco.question.scenario import Scenario
from tco.words.figures import whole

TAGS: Final = {"fixed", "lognormal", "quantiles"} | {
    record.model_fields["kind"].default
    for record in get_args(get_args(Hybrid)[0])  # the union inside Annotated
}
"""Words by which pydantic tells the records of a union apart; they are no keys of their own."""


def keys_at(place: Iterable[int | str], *, of: type[BaseModel] = Scenario) -> list[str]:
    """Keys that the records at a place in a scenario have; none where a plain value stands.

    Parameters
    ----------
    of
        Record that the place is in, where that is not a scenario.

    Examples
    --------
    >>> keys_at(["baseline"])[:3]
    ['provider', 'model', 'tier']
    """
    return [name for record in _records_at(place, of) for name in record.model_fields]


def kinds_at(place: Iterable[int | str], *, of: type[BaseModel]) -> list[str]:
    """Kinds of the records at a place, of which one is chosen by its `kind`.

    Examples
    --------
    >>> kinds_at(["workload", "classes", 0, "input"], of=Scenario)
    ['fixed', 'lognormal', 'quantiles']
    """
    return [str(record.model_fields["kind"].default) for record in _records_at(place, of)]


def _records_at(place: Iterable[int | str], of: type[BaseModel]) -> list[type[BaseModel]]:
    records = [of]
    for part in place:
        if part in TAGS:
            records = [r for r in records if r.model_fields["kind"].default == part]
        elif isinstance(part, str):
            fields = [r.model_fields[part] for r in records if part in r.model_fields]
            records = [record for field in fields for record in _records_in(field.annotation)]
    return records


def require_paths(scenario: Scenario, paths: Iterable[str]) -> None:
    """Refuse dotted paths that lead to nothing a scenario has, with the nearest that do.

    Raises
    ------
    InputError
        With every such path.
    """
    values = scenario.model_dump(mode="json")
    problems = [found for path in paths if (found := _astray(path, values)) is not None]
    if problems:
        raise InputError(*problems)


def _astray(path: str, values: Any) -> Problem | None:  # noqa: ANN401 - any plain value
    """Say where a path leaves the scenario; None where it does not."""
    place = values
    passed: list[int | str] = []
    for part in path.split("."):
        before = "".join(f"{step}." for step in passed)
        if isinstance(place, list):
            if not part.isdecimal() or int(part) >= len(place):
                limit = f"counts {before[:-1]} from 0, and the scenario has {whole(len(place))}"
                return Problem(path, "", limit, "Correct the number.")
            place = place[int(part)]
            passed.append(int(part))
            continue
        known = keys_at(passed)
        if part not in known:
            remedy = did_you_mean(f"{before}{part}", [f"{before}{key}" for key in known])
            return Problem(path, "", "is not a known key", remedy)
        place = place.get(part) if isinstance(place, dict) else None
        passed.append(part)
    return None


def _records_in(annotation: object) -> list[type[BaseModel]]:
    """Records inside tuples, unions and annotations."""
    if _is_record(annotation):
        return [annotation]
    return [record for argument in get_args(annotation) for record in _records_in(argument)]


def _is_record(value: object) -> TypeIs[type[BaseModel]]:
    return isinstance(value, type) and issubclass(value, BaseModel)
