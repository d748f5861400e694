"""A release holds what is tagged, committed and written down, and says what is in it."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.release import FORMATS, NotReleasedError, release, version_of
from tests.architecture.supply import IMAGE_HASHES, hashes
from tests.architecture.test_packaging import PROJECT, ROOT

VERSION = PROJECT["version"]
MAKER = """
import json, re, sys
words = sys.argv[1:]
pins = re.findall(r"^(\\S+)==(\\S+)", open(words[1]).read(), re.MULTILINE)
listed = [{"name": name, "version": version} for name, version in pins][LEFT_OUT:]
json.dump({"components": listed}, open(words[words.index("-o") + 1], "w"))
"""
ENGINE = """
import sys, pathlib
if sys.argv[1] == "push":
    place = sys.argv[3].split(":")
    assert place[2:] == ["planner", "VERSION"]
    pathlib.Path(place[1]).write_text(place[0] + " of " + sys.argv[2])
else:
    assert pathlib.Path(sys.argv[sys.argv.index("--file") + 1]).name == "Containerfile"
"""


def git(folder, *words):
    mine = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "tag.gpgSign=false"]
    subprocess.run(["git", *mine, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    """What the wheel is built from, committed and tagged."""
    place = tmp_path / "checkout"
    place.mkdir()
    for name in ("pricing", "hardware_profiles", "tco", "calibrate", "scenarios"):
        (place / name).mkdir()
        (place / name / "__init__.py").touch()
    licences = PROJECT["license-files"]
    for name in ("pyproject.toml", "CHANGELOG.md", "README.md", IMAGE_HASHES.name, *licences):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes((ROOT / name).read_bytes())
    git(place, "init", "--quiet")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "All of it")
    git(place, "tag", f"v{VERSION}")
    return place


def program(folder, name, text):
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return path


def maker(folder, left_out=0):
    return program(folder, "maker", MAKER.replace("LEFT_OUT", str(left_out)))


def test_it_holds_wheel_bill_of_materials_hashes_and_the_image_in_both_formats(checkout, tmp_path):
    engine = program(tmp_path, "engine", ENGINE.replace("VERSION", VERSION))
    made = release(checkout, tmp_path / "dist", str(engine), maker(tmp_path))
    archives = [f"planner-{VERSION}-{form}.tar" for form in FORMATS]
    assert {path.name for path in made.iterdir()} == {
        f"gpt_or_llama_planner-{VERSION}-py3-none-any.whl",
        f"planner-{VERSION}.cdx.json",
        IMAGE_HASHES.name,
        "SHA256SUMS",
        *archives,
    }
    assert [(made / name).read_text() for name in archives] == [
        f"{form}-archive of planner:{VERSION}-{form}" for form in FORMATS
    ]
    with zipfile.ZipFile(next(made.glob("*.whl"))) as archive:
        assert "tco/scenarios/__init__.py" in archive.namelist()


def test_its_sums_are_those_of_its_files_and_its_bill_lists_what_the_image_pins(checkout, tmp_path):
    made = release(checkout, tmp_path / "dist", "none", maker(tmp_path))
    lines = [line.split("  ") for line in (made / "SHA256SUMS").read_text().splitlines()]
    told = {name: digest for digest, name in lines}
    assert told == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in made.iterdir()
        if path.name != "SHA256SUMS"
    }
    listed = json.loads((made / f"planner-{VERSION}.cdx.json").read_text())["components"]
    assert {one["name"] for one in listed} == set(hashes(IMAGE_HASHES.read_text("utf-8")))


def test_a_bill_of_materials_that_leaves_a_package_out_is_no_release(checkout, tmp_path):
    with pytest.raises(NotReleasedError, match="other packages"):
        release(checkout, tmp_path / "dist", "none", maker(tmp_path, left_out=1))


def test_a_release_that_fails_on_its_way_leaves_nothing_that_looks_like_one(checkout, tmp_path):
    broken = program(tmp_path, "broken", "raise SystemExit(3)")
    with pytest.raises(NotReleasedError, match="broken ended with 3"):
        release(checkout, tmp_path / "dist", str(broken), maker(tmp_path))
    assert not (tmp_path / "dist" / VERSION).exists()
    assert release(checkout, tmp_path / "dist", "none", maker(tmp_path)).name == VERSION


def write(checkout):
    (checkout / "README.md").write_text("another")


def untag(checkout):
    git(checkout, "tag", "--delete", f"v{VERSION}")


def say_nothing(checkout):
    path = checkout / "CHANGELOG.md"
    path.write_text(path.read_text().replace(f"## {VERSION} ", "## 0.0.1 ", 1))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(write, "commit them"), (untag, f"git tag v{VERSION}"), (say_nothing, "write down")],
)
def test_what_is_not_committed_tagged_and_written_down_is_not_released(checkout, wrong, told):
    assert version_of(checkout) == VERSION
    wrong(checkout)
    with pytest.raises(NotReleasedError, match=told):
        version_of(checkout)


def test_a_release_is_made_once_and_by_an_engine_that_is_there(checkout, tmp_path):
    with pytest.raises(NotReleasedError, match="podman or buildah"):
        release(checkout, tmp_path / "dist", "no-such-engine")
    assert not (tmp_path / "dist").exists()
    (tmp_path / "dist" / VERSION).mkdir(parents=True)
    with pytest.raises(NotReleasedError, match="made once"):
        release(checkout, tmp_path / "dist", "none")


def test_the_command_asks_for_an_engine_of_that_kind():
    made = (Path(ROOT) / "Makefile").read_text(encoding="utf-8")
    assert "-m tests.architecture.release dist $(ENGINE)" in made
    assert "ENGINE ?= podman" in made
