"""Rules of the house, for the package `pricing`: each holds for every module, also new ones."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pricing

ROOT = Path(pricing.__file__).parent
MODULES = sorted(ROOT.glob("*.py"))


def trees():
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in MODULES}


def imports(tree):
    """Modules of the package that a module imports, those for the type checker alone included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pricing":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pricing."):
            yield node.module.split(".")[1]


def formats(tree):
    """Numbers turned into text by a format of their own; dates and times aside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)
            if not re.search(r"%[YmdHM]", spec):
                yield node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"format", "round"}:
            yield node.lineno


def circle(found):
    try:
        TopologicalSorter({name: set(imports(tree)) for name, tree in found.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_module_imports_itself_by_a_detour():
    assert circle(trees()) is None


@pytest.mark.parametrize("module", [path.stem for path in MODULES if path.stem != "figures"])
def test_numbers_become_text_in_one_module(module):
    assert list(formats(trees()[module])) == []


def test_a_rule_that_is_broken_is_seen():
    planted = trees()
    planted["catalogue"] = ast.parse("from pricing.refresh import refresh\n")
    assert circle(planted)
    assert list(formats(ast.parse("f'{x:,.2f}'"))) == [1]
