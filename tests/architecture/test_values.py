"""Nothing that is worked out is changed afterwards, frozen or not."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("answer", "bill", "facts", "kernel", "months", "question", "results", "serving")
"""Rooms of the answer; the values they hand on are plain where thousands of them are built."""


def changed_in(source):
    """What a module assigns to, or deletes, of an object other than its own."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=owner, ctx=ast.Store() | ast.Del()):
                if ast.unparse(owner) not in {"self", "cls"}:
                    yield ast.unparse(node)


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_assigns_to_a_value_of_the_answer(room):
    modules = list((ROOT / "tco" / room).rglob("*.py"))
    assert modules
    changes = {path.name: list(changed_in(path.read_text(encoding="utf-8"))) for path in modules}
    assert {name: found for name, found in changes.items() if found} == {}


def test_an_assignment_would_be_seen():
    source = "bill.lines = ()\ndel bill.fleet\nself.seen = 1\n"
    assert list(changed_in(source)) == ["bill.lines", "bill.fleet"]
