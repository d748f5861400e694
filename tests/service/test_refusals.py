"""Every field of every request with values that are none: refused by name, and with a way out."""

import math

import pytest

from pricing.errors import InputError
from pricing.request_table import OPTIONAL, REQUIRED
from tco.question.files import record_from
from tco.service.requests import QuotedRequest
from tco.service.tools import SERVICE_TOOLS

BAD = (
    *(-1, 1.5, 1e30, math.inf, math.nan, True, None),
    *("", "x", "x" * 100_000, "\x00", "12", "2026-13-40"),
    *([], {}, ["x"], [None], {"x": 1}, {"kind": "x"}, {"kind": 1}),
)
"""None of them is right everywhere, and each is wrong in another way."""


def fields_of(schema, records, path=()):
    """Every place where a request may hold a value, as the published schema says."""
    if "$ref" in schema:
        yield from fields_of(records[schema["$ref"].rsplit("/", 1)[1]], records, path)
        return
    if path:
        yield path
    for way in ("anyOf", "oneOf"):
        for part in schema.get(way, ()):
            yield from fields_of(part, records, path)
    for name, about in schema.get("properties", {}).items():
        yield from fields_of(about, records, (*path, name))
    for part in (schema.get("items"), *schema.get("prefixItems", ())):
        if isinstance(part, dict):
            yield from fields_of(part, records, (*path, 0))


def with_value(path, value):
    """A document that holds a value at a path, and nothing else."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def problems_at(tool, path, value):
    try:
        record_from(tool.asks, with_value(path, value), strict=True)
    except InputError as refusal:
        return refusal.problems
    return ()


def places(tool):
    schema = tool.asks.model_json_schema()
    found = dict.fromkeys(fields_of(schema, schema.get("$defs", {})))
    return [path for path in found if tool.name == "evaluate" or path[0] != "scenario"]


@pytest.mark.parametrize("tool", SERVICE_TOOLS, ids=lambda tool: tool.name)
def test_every_refusal_of_a_field_says_where_what_and_what_to_do(tool):
    paths = places(tool)
    assert len(paths) >= (300 if tool.name == "evaluate" else len(tool.asks.model_fields) - 1)
    for path in paths:
        refused = 0
        for value in BAD:
            found = problems_at(tool, path, value)
            refused += bool(found)
            for problem in found:
                assert problem.field, (path, value)
                assert problem.limit, (path, value)
                assert problem.remedy, (path, value, problem)
                assert not problem.limit.startswith(("input", "string", "unable")), problem
        assert refused >= 5, path


@pytest.mark.parametrize("value", [-1, "x", [], None, True])
def test_what_is_of_another_type_is_shown_as_it_was_given(value):
    tool = next(tool for tool in SERVICE_TOOLS if tool.name == "rank")
    shown = {-1: "-1", "x": "'x'", None: "null", True: "True"}
    (problem,) = problems_at(tool, ("top",), value)
    assert (problem.field, problem.value) == ("top", "[]" if value == [] else shown[value])


def test_a_kind_that_there_is_none_of_is_answered_with_those_there_are():
    tool = next(tool for tool in SERVICE_TOOLS if tool.name == "evaluate")
    place = ("scenario", "hybrids", 0)
    for kind, remedy in (("spil", "Did you mean 'spill'?"), ("x", "Known: cost-tier, ")):
        found = {each.field: each for each in problems_at(tool, place, {"kind": kind})}
        named = found["scenario.hybrids.0.kind"]
        assert named.value == repr(kind)
        assert named.limit.startswith("must be one of spill, ")
        assert named.remedy.startswith(remedy)


def test_a_request_to_price_has_every_column_of_a_table_of_requests_and_no_other():
    assert set(QuotedRequest.model_fields) == {*REQUIRED, *OPTIONAL}
