"""House rules, as tests."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from annotated_types import BaseMetadata
from hypothesis import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from pricing.units import Unit
from tco.question import options, scenario, terms, traffic
from tco.question.terms import Costs

ROOT = Path(__file__).parents[2]
CI = (ROOT / ".ci" / "run").read_text()
PACKAGES = ["pricing", "hardware_profiles", "tco", "calibrate"]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
PYTEST = SETTINGS["tool"]["pytest"]["ini_options"]
OTHER_SUITES = {
    "atheris",
    "kubernetes_validate",
    "pyspark",
    "sky",
    "tokenizers",
    "torch",
    "transformers",
    "vllm",
}
"""What a program of a heavy suite imports, in the environment that suite keeps for itself."""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_claims_our_import_names(package):
    assert set(packages_distributions().get(package, ["gpt-or-llama-planner"])) == {
        "gpt-or-llama-planner"
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").exists()


def test_the_page_starts_from_two_lines():
    assert len((ROOT / "app.py").read_text().splitlines()) == 2


def test_every_pin_is_a_name_and_a_version():
    pins = (ROOT / "constraints.txt").read_text().split()
    assert pins
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+", pin) for pin in pins)


def _tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.splitlines()]


def test_no_file_names_a_registry_or_a_place_on_a_machine():
    registries = ("py" + "pi.org", "python" + "hosted", "registry.npm" + "js")
    places = re.compile(r"(?<![\w./-])/(?:work|root|home)/")
    for path in _tracked():
        if path.suffix in {".png", ".webp", ".gz"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        assert not any(registry in text for registry in registries), path
        assert not places.search(text), path


@pytest.mark.parametrize("package", PACKAGES)
def test_no_refusal_is_written_without_a_way_out(package):
    bare = []
    for path in sorted((ROOT / package).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Problem":
                given = [*call.args, *(word.value for word in call.keywords)]
                if isinstance(given[-1], ast.Constant) and not given[-1].value:
                    bare.append(f"{path.name}:{call.lineno}")
    assert bare == []


def recipe(target):
    """Lines that make runs for a target."""
    found = re.search(
        rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    return found.group(1)


def test_ci_runs_the_command_the_readme_gives():
    assert "make test" in (ROOT / "README.md").read_text()
    assert "\nrun check make check\n" in CI
    assert "$(MAKE) test" in recipe("check")


def test_what_is_cheap_to_check_is_checked_first():
    lines = recipe("check").splitlines()
    order = ("ruff format", "ruff check", "mypy", "lint-imports", "$(MAKE) test")
    assert len(lines) == len(order)
    assert all(part in line for part, line in zip(order, lines, strict=True))


def test_every_extra_the_readme_may_name_exists():
    assert {"app", "calibrate", "tokens", "dev"} <= set(PROJECT["optional-dependencies"])
    assert PROJECT["scripts"].keys() == {"tco", "tco-calibrate"}


SUITES = re.search(r"^HEAVY := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1)


@pytest.mark.parametrize("suite", SUITES.split(" or "))
def test_a_heavy_suite_runs_every_test_that_bears_its_mark_and_ci_runs_it(suite):
    (said,) = re.findall(rf"pytest -m {suite} (.+)", recipe(f"test-{suite}"))
    folders = [ROOT / name for name in said.split()]
    marked = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(rf"pytest\.mark\.{suite}\b", path.read_text(encoding="utf-8"))
    ]
    assert marked
    for path in marked:
        assert any(folder in path.parents for folder in folders), path
    assert re.search(rf"^(begin|run) .*make test-{suite}\b", CI, re.MULTILINE)
    assert f"{suite}: " in "\n".join(PYTEST["markers"])
    assert f"not {suite} " in f"{PYTEST['addopts']} ".replace("'", " ")


def test_how_often_a_law_is_tried_is_the_affair_of_the_profile():
    assert settings.get_profile("push").max_examples == 100
    assert settings.get_profile("long").max_examples == 1_000
    by_hand = [
        f"{path.relative_to(ROOT)}:{node.value.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        if path.name != "conftest.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "max_examples"
        if isinstance(node.value, ast.Constant)
    ]
    assert by_hand == []


def asked_for(extra):
    """Distributions that the planner with an extra names itself."""
    found = set()
    for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]):
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:
            found |= {name for inner in requirement.extras for name in asked_for(inner)}
        else:
            found.add(canonicalize_name(requirement.name))
    return found


def imported_under(folder):
    """First names of what the Python files of a folder import, at any depth of their code."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield node.module.split(".")[0]


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_the_dev_extra_names_everything_the_tests_import(folder):
    programs = {path.stem for part in ("tests", "bench") for path in (ROOT / part).rglob("*.py")}
    own = programs | {*PACKAGES, "tests"}
    homes = packages_distributions()
    needed = {
        canonicalize_name(home)
        for name in set(imported_under(folder)) - own - sys.stdlib_module_names - OTHER_SUITES
        for home in homes.get(name, [name])
    }
    assert needed - asked_for("dev") == set()


def _records():
    return [
        value
        for module in (scenario, traffic, options, terms)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.model_fields
    ]


def _bare_numbers(annotation, metadata=()):
    """Places in an annotation that hold a number without a unit."""
    inner = getattr(annotation, "__args__", ())
    known = [m for m in (*metadata, *getattr(annotation, "__metadata__", ()))]
    if any(isinstance(m, Unit) for m in known):
        return
    if annotation in {int, float}:
        yield annotation
    for argument in inner:
        if not isinstance(argument, BaseMetadata):
            yield from _bare_numbers(argument, known)


@pytest.mark.parametrize("record", _records(), ids=lambda record: record.__name__)
def test_every_number_of_a_scenario_has_a_unit(record):
    for name, field in record.model_fields.items():
        if name == "profile":  # hourly weights, relative to each other
            continue
        assert list(_bare_numbers(field.annotation, tuple(field.metadata))) == [], name


def test_every_cost_can_be_overridden_and_every_override_has_a_default():
    from hardware_profiles.library import Library

    assert set(Costs.model_fields) == set(Library.load().assumptions)


def test_no_public_name_of_the_package_is_the_name_of_a_module():
    """A module imported later would take the place of the name."""
    import tco

    modules = {path.stem for path in (ROOT / "tco").glob("*.py")}
    assert not modules & set(tco.__all__)
