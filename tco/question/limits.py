"""Limits of a number in a scenario, by its dotted path, as the published schema has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tco.question.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number may be; None where there is no such limit."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    """Limit that itself is too low."""
    below: float | None = None
    """Limit that itself is too high."""

    def hold(self, value: float) -> bool:
        """Whether a value keeps them."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


@cache
def limits_at(path: str) -> Limits:
    """Limits of the number at a path; of each entry, where a list stands there.

    Examples
    --------
    >>> limits_at("finance.tax_rate")
    Limits(least=0, most=None, above=None, below=1)
    >>> limits_at("workload.classes.0.output.tokens").least
    0.001
    """
    places = [_schema()]
    for part in path.split("."):
        places = [inner for place in places for inner in _below(place, part)]
    leaves = [leaf for place in places for leaf in _numbers(place)]
    if not leaves:
        return Limits()
    leaf = leaves[0]
    least, most = leaf.get("minimum"), leaf.get("maximum")
    above, below = leaf.get("exclusiveMinimum"), leaf.get("exclusiveMaximum")
    # Only the narrower of two limits on one side is told.
    if least is not None and above is not None:
        least, above = (None, above) if above >= least else (least, None)
    if most is not None and below is not None:
        most, below = (None, below) if below <= most else (most, None)
    return Limits(least, most, above, below)


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema()


def _alternatives(place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, its reference followed and its unions taken apart."""
    if "$ref" in place:
        name = place["$ref"].rsplit("/", 1)[-1]
        yield from _alternatives(_schema()["$defs"][name])
    elif union := place.get("anyOf") or place.get("oneOf"):
        for one in union:
            yield from _alternatives(one)
    else:
        yield place


def _below(place: dict[str, Any], part: str) -> Iterator[dict[str, Any]]:
    for one in _alternatives(place):
        if part.isdecimal() and "items" in one:
            yield one["items"]
        elif part in one.get("properties", {}):
            yield one["properties"][part]


def _numbers(place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in _alternatives(place):
        if one.get("type") in {"number", "integer"}:
            yield one
        elif "items" in one:
            yield from _numbers(one["items"])
