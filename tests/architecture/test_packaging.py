"""The wheel works away from the source tree."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = place.glob("*.whl")
    site = place / "site"
    with zipfile.ZipFile(wheel) as archive:
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


def test_the_wheel_carries_licences_and_no_tests(installed):
    names = [str(path.relative_to(installed)) for path in installed.rglob("*")]
    assert any("LICENSE" in name for name in names)
    assert all(f"{package}/py.typed" in names for package in ("pricing", "tco", "calibrate"))
    assert not any(name.startswith(("tests", "app.py")) for name in names)


def test_planning_needs_neither_a_gpu_nor_the_page(installed, tmp_path):
    done = run(
        installed,
        "import tco.answer.evaluation; "
        "heavy = {'torch', 'vllm', 'streamlit', 'plotly', 'pandas', 'genai_prices'}; "
        "print(sorted(heavy & set(sys.modules)))",
        tmp_path,
    )
    assert done.stdout.strip() == "[]", done.stderr
