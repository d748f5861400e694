"""The rooms: their order is held by contracts that break, and the map shows them as they are."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture import rooms

ROOT = rooms.ROOT
PAGE = rooms.PAGE.read_text(encoding="utf-8")
LINT = Path(sys.executable).with_name("lint-imports")
STREAMLIT = "Only the page imports streamlit"
LAUNCHER = "The launcher looks for streamlit and leaves its import to the page"
LAUNCHERS = ("tco.begin", "tco.cli")
ORDERED = [package for package in rooms.packages() if rooms.floors(package)]


@dataclass(frozen=True)
class Verdict:
    """What the contracts said of a tree."""

    returncode: int
    text: str

    def broken(self, contract):
        return f"{contract} BROKEN" in self.text

    def accused(self, contract):
        """What is said of one broken contract."""
        parts = re.split(r"^(.+)\n-{3,}$", self.text, flags=re.MULTILINE)
        return parts[parts.index(contract) + 1]


def copied(folder):
    """A copy of the packages and their contracts."""
    for package in rooms.packages():
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "data")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def linted(tree):
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Verdict(done.returncode, done.stdout + done.stderr)


def planted(tree, names, line):
    """Write a line at the end of what each room or module says of itself."""
    for name in names:
        with rooms.source_of(name, tree).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")


@pytest.fixture(scope="module")
def room_names():
    return [one.name for one in rooms.everywhere()]


def test_streamlit_in_any_room_but_the_page_breaks_a_contract(tmp_path, room_names):
    kept_out = [name for name in room_names if name not in {"tco.ui", *LAUNCHERS}]
    assert len(kept_out) > 20
    tree = copied(tmp_path)
    planted(tree, kept_out, "import streamlit")
    said = linted(tree).accused(STREAMLIT)
    accused = set(re.findall(r"^-? +([\w.]+) -> streamlit \(l\.\d+\)$", said, re.MULTILINE))
    assert accused >= set(kept_out)


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_streamlit_in_the_launcher_breaks_a_contract(tmp_path, launcher):
    tree = copied(tmp_path)
    planted(tree, [launcher], "import streamlit")
    found = linted(tree)
    assert found.broken(LAUNCHER)
    assert not found.broken(STREAMLIT)


def test_a_room_without_a_floor_and_an_import_upwards_break_the_order(tmp_path):
    tree = copied(tmp_path)
    upwards = {}
    for package in ORDERED:
        (tree / package / "attic.py").write_text('"""A room that no contract knows."""\n')
        top, bottom = rooms.floors(package)[0][0], rooms.floors(package)[-1][0]
        planted(tree, [f"{package}.{bottom}"], f"import {package}.{top}")
        upwards[package] = f"{package}.{bottom} -> {package}.{top}"
    said = linted(tree).text
    for package in ORDERED:
        assert f"{package}.attic" in said
        assert upwards[package] in said


def test_every_package_that_has_rooms_orders_all_of_them():
    for package in ("tco", "calibrate"):
        (contract,) = (c for c in rooms.contracts() if c.get("containers") == [package])
        assert contract["type"] == "layers"
        assert contract["exhaustive"] is True
        assert "ignore_imports" not in contract


def test_the_map_is_drawn_from_the_contracts_and_the_rooms():
    assert rooms.redrawn(PAGE) == PAGE, "python -m tests.architecture.rooms draws it anew"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pyproject.toml", '  "months",\n  "bill",\n', '  "bill",\n  "months",\n'),
        ("tco/months/__init__.py", "The horizon", "The future"),
        ("pyproject.toml", 'forbidden_modules = ["plotly"]', 'forbidden_modules = ["kaleido"]'),
    ],
)
def test_a_map_that_differs_is_noticed(tmp_path, file, old, new):
    tree = copied(tmp_path)
    text = (tree / file).read_text(encoding="utf-8")
    assert old in text
    (tree / file).write_text(text.replace(old, new), encoding="utf-8")
    assert rooms.redrawn(PAGE, tree) != PAGE


@pytest.mark.parametrize("package", ORDERED)
def test_every_room_says_what_lives_there_and_what_may_enter(package):
    for one in rooms.rooms(package):
        assert one.lives, one.name
        assert one.enters or rooms.source_of(one.name).name != "__init__.py", one.name
