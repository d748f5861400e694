"""The reference of scenario files in docs/scenario-file.md, drawn from the schema.

``python -m tests.architecture.scenario_keys`` draws it anew.
"""

from pathlib import Path
from typing import Any

from tco.question.scenario import Scenario

PAGE = Path(__file__).parents[2] / "docs" / "scenario-file.md"
BEGIN = "<!-- drawn from the schema by tests/architecture/scenario_keys.py -->"
END = "<!-- end of keys -->"


def tables(schema: dict[str, Any]) -> dict[str, list[str]]:
    """Places at which each table of the schema may stand, the scenario itself first."""
    found: dict[str, list[str]] = {"": [""]}
    waiting = [("", schema)]
    while waiting:
        place, table = waiting.pop(0)
        for key, value in table["properties"].items():
            for name, listed in _tables_in(value):
                at = f"{place}.{key}".lstrip(".") + ("[]" if listed else "")
                if at in found.setdefault(name, []):
                    continue
                if not found[name]:
                    waiting.append((at, schema["$defs"][name]))
                found[name].append(at)
    return found


def undescribed(schema: dict[str, Any]) -> list[str]:
    """Keys without a description, and tables without one."""
    missing = []
    for name in tables(schema):
        table = schema["$defs"][name] if name else schema
        keys = {f"{name}.{key}": value for key, value in table["properties"].items()}
        missing += [key for key, value in keys.items() if not value.get("description")]
        missing += [] if table.get("description") else [name]
    return missing


def drawn() -> str:
    """The reference, table by table."""
    schema = Scenario.model_json_schema()
    parts = [BEGIN]
    for name, places in tables(schema).items():
        table = schema["$defs"][name] if name else schema
        parts += ["", f"## {_heading(name, table, places)}", "", _line(table["description"]), ""]
        parts += ["| key | takes | when left out | |", "|---|---|---|---|"]
        needed = table.get("required", [])
        for key, value in table["properties"].items():
            left_out = "needed" if key in needed else _default(value)
            said = f"{_takes(value, schema)} | {left_out} | {_line(value['description'])}"
            parts.append(f"| `{key}` | {said} |")
    return "\n".join([*parts, "", END])


def _heading(name: str, table: dict[str, Any], places: list[str]) -> str:
    if not name:
        return "The scenario"
    shown = ", ".join(f"`{place}`" for place in places)
    kind = table["properties"].get("kind", {}).get("const")
    return f'{shown}, kind "{kind}"' if kind else shown


def _tables_in(value: dict[str, Any]) -> list[tuple[str, bool]]:
    """Tables that a key may hold, and whether it holds a list of them."""
    if "$ref" in value:
        return [(value["$ref"].rpartition("/")[2], False)]
    if "items" in value:
        return [(name, True) for name, _ in _tables_in(value["items"])]
    options = [*value.get("anyOf", ()), *value.get("oneOf", ()), *value.get("allOf", ())]
    return [found for option in options for found in _tables_in(option)]


def _takes(value: dict[str, Any], schema: dict[str, Any]) -> str:
    if inside := _tables_in(value):
        return "tables" if inside[0][1] else "a table"
    options = [*value.get("anyOf", ()), *value.get("oneOf", ())]
    if options:
        told = [_takes(o, schema) for o in options if o.get("type") != "null"]
        return " or ".join(dict.fromkeys(told))
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{option}`" for option in value["enum"])
    if value.get("type") == "array":
        return "a list"
    if value.get("type") in {"number", "integer"}:
        kind = "whole number" if value["type"] == "integer" else "number"
        low = value.get("minimum", value.get("exclusiveMinimum"))
        high = value.get("maximum", value.get("exclusiveMaximum"))
        ends = [f"from {_number(low)}" if low is not None else ""]
        ends += [f"to {_number(high)}" if high is not None else ""]
        return " ".join([kind, *filter(None, ends)])
    kinds = {"string": "text", "boolean": "true or false", "object": "values by name"}
    return "a day" if value.get("format") == "date" else kinds[value["type"]]


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default in (None, "", [], ()) and not isinstance(default, bool):
        return "nothing"
    if isinstance(default, dict):
        return "its defaults"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")


def _line(text: str) -> str:
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{drawn()}{after}", encoding="utf-8")
