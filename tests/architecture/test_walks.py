"""The walks in docs/architecture.md: every file is there, and hands on what the page says."""

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\d+\. `([\w./-]+)`: .*?(?:\*\*(calls|gives|is read by) `(\w+)`\*\*)?\.?$")
MOST_FILES = 6


@dataclass(frozen=True)
class Step:
    """One file of a walk, and how the next one comes in."""

    file: str
    how: str | None
    name: str | None


def walks(page=PAGE):
    """Steps of each walk, by its title."""
    _, part = page.split("\n## Three walks\n")
    found = {}
    for section in part.split("\n### ")[1:]:
        title, *lines = section.splitlines()
        steps = [STEP.match(line) for line in joined(lines) if line[:1].isdigit()]
        assert all(steps), f"{title}: a step has another shape"
        found[title] = [Step(*step.groups()) for step in steps]
    return found


def joined(lines):
    """Lines, each continuation put behind the line it continues."""
    whole = []
    for line in lines:
        if line.startswith("   ") and whole:
            whole[-1] += f" {line.strip()}"
        else:
            whole.append(line)
    return whole


def tree_of(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def module_of(file):
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def defined(file):
    """Names that a module defines at its top."""
    return {
        name
        for node in tree_of(file).body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [
                target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)
            ]
        )
    }


def words_of(annotation):
    """Names in an annotation, also where it stands in quotes."""
    text = ast.unparse(annotation) if annotation is not None else ""
    return set(re.findall(r"\w+", text))


def functions(file):
    return [n for n in ast.walk(tree_of(file)) if isinstance(n, ast.FunctionDef)]


def makes(file, name):
    """Whether a module defines a type, or has a function that returns it."""
    return name in defined(file) or any(name in words_of(f.returns) for f in functions(file))


def takes(file, name):
    """Whether a function of a module takes a value of a type."""
    return any(
        name in words_of(argument.annotation)
        for function in functions(file)
        for argument in (*function.args.args, *function.args.kwonlyargs)
    )


def calls(file, name, home):
    """Whether a module imports something from another, or that module, and uses it."""
    room, _, module = module_of(home).rpartition(".")
    nodes = list(ast.walk(tree_of(file)))
    taken = {
        (node.module, alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    named = any(isinstance(node, ast.Name) and node.id == name for node in nodes)
    through = any(
        isinstance(node, ast.Attribute) and ast.unparse(node) == f"{module}.{name}"
        for node in nodes
    )
    return ((f"{room}.{module}", name) in taken and named) or ((room, module) in taken and through)


def names_file(file, data):
    """Whether a module names a data file or its folder, or takes any file of its ending."""
    text = (ROOT / file).read_text(encoding="utf-8")
    path = Path(data)
    return path.name in text or path.parent.name in text or path.suffix in text


def hands_on(step, following):
    """Whether a step goes on as it says."""
    match step.how:
        case "calls":
            home = following.file
            return step.name in defined(home) and calls(step.file, step.name, home)
        case "gives":
            return makes(step.file, step.name) and takes(following.file, step.name)
        case "is read by":
            return step.name in defined(following.file) and names_file(following.file, step.file)
    return False


@pytest.mark.parametrize("title", walks())
def test_a_walk_is_short_and_each_of_its_files_hands_on_what_it_says(title):
    steps = walks()[title]
    assert 2 <= len(steps) <= MOST_FILES
    for step in steps:
        assert (ROOT / step.file).is_file(), step.file
    for step, following in pairwise(steps):
        assert hands_on(step, following), f"{step.file} to {following.file}"
    assert steps[-1].how is None


def test_the_three_walks_are_there():
    assert list(walks()) == [
        "From a scenario to a price line",
        "From a measured point to a verdict",
        "From a field of the form to a sentence",
    ]


@pytest.mark.parametrize("title", walks())
def test_a_wrong_name_and_a_wrong_file_are_noticed(title):
    for step, following in pairwise(walks()[title]):
        assert not hands_on(Step(step.file, step.how, "no_such_name"), following)
        assert not hands_on(step, Step("tco/kernel/finance.py", None, None))
