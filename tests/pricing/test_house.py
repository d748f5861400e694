"""Rules of the house, for the package `pricing`: each holds for every module, also new ones."""

import ast
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pricing

ROOT = Path(pricing.__file__).parent
MODULES = sorted(ROOT.glob("*.py"))


def trees():
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in MODULES}


def public_names(tree):
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


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


def doubles(found):
    places = defaultdict(set)
    for module, tree in found.items():
        for name in public_names(tree):
            places[name].add(module)
    return {name: sorted(where) for name, where in places.items() if len(where) > 1}


def circle(found):
    try:
        TopologicalSorter({name: set(imports(tree)) for name, tree in found.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_public_name_means_two_things():
    assert doubles(trees()) == {}


def test_no_module_imports_itself_by_a_detour():
    assert circle(trees()) is None


@pytest.mark.parametrize("module", [path.stem for path in MODULES if path.stem != "figures"])
def test_numbers_become_text_in_one_module(module):
    assert list(formats(trees()[module])) == []


def test_a_rule_that_is_broken_is_seen():
    planted = trees()
    planted["catalogue"] = ast.parse("class Offer: ...\nfrom pricing.refresh import refresh\n")
    assert doubles(planted)["Offer"] == ["catalogue", "offer"]
    assert circle(planted)
    assert list(formats(ast.parse("f'{x:,.2f}'"))) == [1]
