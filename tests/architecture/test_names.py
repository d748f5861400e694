"""One word, one meaning: no public name is defined twice in a package."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STILL_TWICE: dict[str, set[str]] = {}
"""Names that are, by package. A name leaves when it is renamed; none may come."""


def defined(source):
    """Public names that a module defines at its top, whichever way it branches there."""
    for node in ast.parse(source).body:
        parts = [*node.body, *node.orelse] if isinstance(node, ast.If) else [node]
        for part in parts:
            match part:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    yield part.name
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name
                case ast.Assign():
                    for target in part.targets:
                        inner = target.elts if isinstance(target, ast.Tuple) else [target]
                        yield from (one.id for one in inner if isinstance(one, ast.Name))


def twice(sources):
    """Public names that more than one of the modules defines."""
    count = Counter(name for source in sources for name in set(defined(source)) if name[0] != "_")
    return {name for name, modules in count.items() if modules > 1}


def sources_of(package):
    migrations = ROOT / "tco" / "store" / "migrations"  # each names its steps as Alembic asks
    return [
        path.read_text(encoding="utf-8")
        for path in (ROOT / package).rglob("*.py")
        if migrations not in path.parents
    ]


@pytest.mark.parametrize("package", ["pricing", "hardware_profiles", "tco", "calibrate"])
def test_no_public_name_means_two_things_in_one_package(package):
    assert twice(sources_of(package)) == STILL_TWICE.get(package, set())


@pytest.mark.parametrize(
    "again",
    [
        "def load_scenario(): ...",
        "async def load_scenario(): ...",
        "class load_scenario: ...",
        "load_scenario = 1",
        "load_scenario: int = 1",
        "other, load_scenario = 1, 2",
        "if True:\n    def load_scenario(): ...",
    ],
)
def test_a_second_definition_is_noticed_however_it_is_written(again):
    sources = sources_of("tco")
    before = twice(sources)
    assert "load_scenario" not in before
    assert twice([*sources, again]) == before | {"load_scenario"}
