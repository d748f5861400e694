"""The page of exit codes lists every code that a refusal or a command has, and no other."""

import ast
import re
from pathlib import Path

from pricing.errors import PlannerError

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "command-line.md"
PACKAGES = ("pricing", "hardware_profiles", "tco", "calibrate")
SHELLS_OWN = 130


def refusals(kind=PlannerError):
    yield kind.exit_code
    for further in kind.__subclasses__():
        yield from refusals(further)


def constants():
    """Values of every constant whose name says that a command ends with it."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case (
                        ast.Assign(targets=[ast.Name(name)], value=ast.Constant(int() as code))
                        | ast.AnnAssign(target=ast.Name(name), value=ast.Constant(int() as code))
                    ) if re.search(r"exit_code$|EXIT_CODE$|CHECK_FAILED$", name):
                        yield code


def test_the_page_lists_the_codes_there_are():
    import calibrate.cli
    import tco.store.errors  # noqa: F401 - their refusals count too

    assert calibrate.cli.app
    listed = set(map(int, re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)))
    assert listed == {0, *refusals(), *constants()}
