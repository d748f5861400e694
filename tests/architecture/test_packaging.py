"""The wheel works away from the source tree."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.architecture.test_deploy import given

ROOT = Path(__file__).parents[2]
SHIPPED = ("pricing", "hardware_profiles", "tco", "calibrate", "scenarios")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def build(source, place):
    """The wheel built from a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = place.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked."""
    place = tmp_path_factory.mktemp("wheel")
    site = place / "site"
    with zipfile.ZipFile(build(ROOT, place)) as archive:
        archive.extractall(site)
    return site


def run(site, code, cwd):
    script = f"import sys; sys.path.insert(0, {str(site)!r}); {code}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def test_the_wheel_answers_the_default_scenario_from_its_own_data(installed, tmp_path):
    done = run(
        installed,
        "import tco, tco.question.presets, tco.answer.evaluation; "
        "paths = tco.question.presets.preset_paths(); "
        "print(tco.__file__); print(paths[0]); "
        "print(tco.evaluate(tco.load_scenario(paths[0])).verdict.headline)",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    module, preset, headline = done.stdout.strip().splitlines()
    assert module.startswith(str(installed))
    assert preset.startswith(str(installed))
    assert headline


def metadata(site):
    (file,) = site.glob("*.dist-info/METADATA")
    return Parser().parsestr(file.read_text(encoding="utf-8"))


def test_the_wheel_says_what_it_is_as_the_changelog_does(installed):
    heading = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    version, day = heading.group(1).split(" - ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert metadata(installed)["Version"] == version


def test_every_heading_of_the_changelog_is_a_version_and_its_day_newest_first():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    found = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - (\d{4}-\d\d-\d\d)", one) for one in headings]
    assert all(found), headings
    order = [(one.group(4), *map(int, one.groups()[:3])) for one in found]
    assert order == sorted(order, reverse=True)


def test_the_licence_is_named_and_its_text_travels_with_the_code(installed):
    said = metadata(installed)
    assert said["License-Expression"] == "Apache-2.0"
    (place,) = installed.glob("*.dist-info/licenses")
    for name in said.get_all("License-File"):
        assert (place / name).read_bytes() == (ROOT / name).read_bytes()
    assert "LICENSE" in said.get_all("License-File")
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text()


def test_every_text_of_a_licence_in_a_package_is_named_by_the_project():
    kept = {
        str(path.relative_to(ROOT))
        for folder in (ROOT / name for name in SHIPPED)
        for path in folder.rglob("LICEN*")
    }
    assert set(PROJECT["license-files"]) == kept | {"LICENSE"}


def test_what_the_container_copies_is_enough_to_build_the_wheel(installed, tmp_path):
    copied = tmp_path / "copied"
    copied.mkdir()
    for rest in given("COPY"):
        if "--from" in rest:
            continue
        *sources, target = rest.split()
        for source in sources:
            if (ROOT / source).is_dir():
                assert source == target
                shutil.copytree(ROOT / source, copied / target)
            else:
                shutil.copy(ROOT / source, copied)
    with zipfile.ZipFile(build(copied, tmp_path)) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    there = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} == names


def test_the_wheel_carries_every_package_and_no_tests(installed):
    names = [str(path.relative_to(installed)) for path in installed.rglob("*")]
    assert all(f"{package}/py.typed" in names for package in ("pricing", "tco", "calibrate"))
    assert not any(name.startswith(("tests", "app.py")) for name in names)


def test_planning_needs_neither_a_gpu_nor_the_page_nor_what_takes_longer_to_import_than_to_answer(
    installed, tmp_path
):
    done = run(
        installed,
        "from tco import evaluate, load_scenario; from tco.question.presets import preset_paths; "
        "answers = [evaluate(load_scenario(path)) for path in preset_paths()]; "
        "heavy = {'torch', 'vllm', 'streamlit', 'plotly', 'pandas', 'genai_prices', 'scipy', "
        "'duckdb'}; "
        "print(sorted(heavy & set(sys.modules)) if answers else 'no answer')",
        tmp_path,
    )
    assert done.stdout.strip() == "[]", done.stderr
