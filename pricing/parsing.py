"""Text into plain values: JSON and TOML, within limits that are checked before anything is parsed.

A parser's work may grow with the square of what it is given: nested tables, dotted keys, keys that
repeat. Here the depth and the number of parts are counted first, in one pass over the text, and a
key that stands twice is an error: of two values nobody can say which one was meant.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

MOST_DEPTH: Final = 40
"""Deepest nesting of lists and tables; a scenario needs six."""
MOST_KEY_PARTS: Final = 12
"""Most parts of a dotted TOML key; a scenario needs four."""
MOST_DIGITS: Final = 400
"""Most characters of a TOML integer; hexadecimal ones have no limit of Python's own."""
_JSON_MARKS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_TOML_MARKS: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""'
    r"|'''.*?'''"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'"
    r"|\#[^\n]*+"
    r"|[A-Za-z0-9_+:-]++"
    r"|[.\[\]{}]"
    r"|[\n,=]",
    re.DOTALL,
)


def parse_json(content: str | bytes) -> Any:  # noqa: ANN401 - a parsed document is any plain value
    """Parse JSON, each key of a table once.

    Raises
    ------
    ValueError
        If it is no JSON, nested too deeply, no UTF-8, holds a number that is not finite, or names
        a key twice.

    Examples
    --------
    >>> parse_json('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    _check_depth(_JSON_MARKS.finditer(text))
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_refuse_constant)
    except RecursionError as error:
        msg = "is nested too deeply"
        raise ValueError(msg) from error


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML.

    Raises
    ------
    ValueError
        If it is no TOML, is nested too deeply, or has a dotted key of too many parts or a number
        of too many digits.

    Examples
    --------
    >>> parse_toml("a.b = 1")
    {'a': {'b': 1}}
    """
    depth = parts = 0
    for mark in _TOML_MARKS.finditer(text):
        found = mark.group()
        depth = _deeper(depth, found)
        if found == ".":
            parts += 1
        elif len(found) == 1 and found in "[]{}\n,=":
            parts = 0
        elif len(found) > MOST_DIGITS and found.lstrip("+-")[:1].isdigit():
            msg = f"a number has more than {MOST_DIGITS} digits"
            raise ValueError(msg)
        if parts >= MOST_KEY_PARTS:
            msg = f"a key has more than {MOST_KEY_PARTS} parts"
            raise ValueError(msg)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        msg = "is nested too deeply"
        raise ValueError(msg) from error


def _check_depth(marks: Iterable[re.Match[str]]) -> None:
    depth = 0
    for mark in marks:
        depth = _deeper(depth, mark.group())


def _deeper(depth: int, mark: str) -> int:
    depth += (mark in ("[", "{")) - (mark in ("]", "}"))
    if depth > MOST_DEPTH:
        msg = f"lists and tables are nested more than {MOST_DEPTH} deep"
        raise ValueError(msg)
    return depth


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        (name, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        msg = f"the key {name[:80]!r} stands twice"
        raise ValueError(msg)
    return table


def _refuse_constant(name: str) -> float:
    msg = f"{name} is not a number"
    raise ValueError(msg)
