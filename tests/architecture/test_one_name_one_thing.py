"""A public name of a module means one thing in all of `tco`."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tco"
OF_MANY_MIGRATIONS = {"revision", "down_revision", "branch_labels", "depends_on", "upgrade"}
"""Names that Alembic wants in each of its files."""
ROOMS = (
    "words", "question", "own_data", "store", "exports", "charts", "commands", "ui",
)  # fmt: skip


def public_names(tree):
    """Names a module defines at its top level."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def defined_twice(sources):
    """Names that two modules define, with the modules."""
    found = defaultdict(list)
    for place, text in sources:
        for name in dict.fromkeys(public_names(ast.parse(text))):
            if not name.startswith("_") and name not in OF_MANY_MIGRATIONS:
                found[name].append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_public_name_is_defined_twice():
    files = sorted(PACKAGE.rglob("*.py"))
    sources = [(str(file.relative_to(PACKAGE)), file.read_text("utf-8")) for file in files]
    twice = {
        name: places
        for name, places in defined_twice(sources).items()
        if any(place.split("/")[0].removesuffix(".py") in (*ROOMS, "cli") for place in places)
    }
    assert twice == {}


@pytest.mark.parametrize(
    "planted", ["def usd(): ...", "class usd: ...", "usd = 1", "usd: Final = 1"]
)
def test_a_name_planted_a_second_time_is_found(planted):
    assert defined_twice([("a.py", "def usd(): ..."), ("b.py", planted)]) == {
        "usd": ["a.py", "b.py"]
    }
