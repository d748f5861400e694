"""What is installed is what was pinned, under licences that were looked at, with nothing known."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.architecture import supply

HASHES = supply.HASHES.read_text(encoding="utf-8")
PROJECT = tomllib.loads((supply.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_pin_has_hashes_and_nothing_else_has():
    hashed = supply.hashes(HASHES)
    assert {name: version for name, (version, _) in hashed.items() if name in supply.pins()} == (
        supply.pins()
    )
    assert hashed.keys() - supply.pins().keys() == supply.ELSEWHERE
    assert all(found for _, found in hashed.values())


def test_the_file_of_hashes_names_packages_versions_and_digests_and_no_address():
    for line in HASHES.splitlines():
        assert re.fullmatch(
            r"    --hash=sha256:[0-9a-f]{64}( \\)?|[a-zA-Z0-9._-]+==[\w.+]+( ;.+)? \\", line
        ), line


def test_pip_installs_nothing_beside_the_product_without_its_hash():
    made = (supply.ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes --no-deps --requirement requirements.txt" in made
    assert "--no-deps --editable ." in made


def test_the_image_installs_what_the_page_needs_and_all_of_it_by_hash():
    assert supply.IMAGE_HASHES.read_text(encoding="utf-8") == supply.image_hashes()
    made = (supply.ROOT / "Containerfile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install ([^&\n]+)", made)
    assert [sorted(words.split()[1:3]) for words in installs] == [
        ["--no-deps", "--require-hashes"],
        ["--no-build-isolation", "--no-deps"],
    ]
    named = supply.hashes(supply.image_hashes())
    assert {"streamlit", "psycopg", "authlib", "quicktok-v1", "hatchling"} <= named.keys()
    assert not {"pytest", "mypy", "playwright", "hypothesis"} & named.keys()


def test_the_page_of_licences_is_current():
    assert supply.PAGE.read_text(encoding="utf-8") == supply.page()


def test_no_licence_is_a_surprise():
    assert list(supply.surprises(supply.licences())) == []


@pytest.mark.parametrize("licence", ["", "GPL-3.0-only", "MIT AND AGPL-3.0", "LGPL-3.0-only"])
def test_a_licence_that_nobody_looked_at_is_a_surprise(licence):
    assert list(supply.surprises({"numpy": licence})) != []


def test_every_package_beyond_a_notice_is_used_and_is_what_it_was():
    assert {n: found for n, found in supply.licences().items() if n in supply.WEAK} == supply.WEAK


def audited(**more):
    found = [{"name": n, "version": v, "vulns": []} for n, v in supply.pins().items()]
    return {"dependencies": [{**one, **more.get(one["name"], {})} for one in found]}


def test_pins_that_were_all_audited_and_have_nothing_against_them_pass():
    assert list(supply.against(audited(), supply.pins())) == []


@pytest.mark.parametrize(
    ("numpy", "said"),
    [
        ({"vulns": [{"id": "PYSEC-1", "fix_versions": ["9"]}]}, "PYSEC-1, mended in"),
        ({"version": "0.1"}, "not audited"),
        ({"skip_reason": "not found"}, "not audited"),
        ({"name": "another"}, "not audited"),
    ],
)
def test_what_is_known_against_a_pin_or_was_not_looked_at_fails(numpy, said):
    (problem,) = supply.against(audited(numpy=numpy), supply.pins())
    assert problem.startswith("numpy ")
    assert said in problem


def test_an_audit_that_reached_nobody_is_no_audit(capsys, tmp_path):
    nothing = tmp_path / "audit.json"
    nothing.write_text('{"dependencies": []}')
    assert supply.audit(nothing) == supply.FAILED
    assert f"{len(supply.pins())} problems" in capsys.readouterr().out


def test_an_engine_that_changes_with_every_version_has_an_upper_bound():
    (vllm,) = (Requirement(r) for r in PROJECT["optional-dependencies"]["calibrate"])
    assert vllm.name == "vllm"
    assert "0.32.0" in vllm.specifier
    assert "0.34.0" not in vllm.specifier


def test_the_base_install_is_light():
    named = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert not named & {"torch", "vllm", "streamlit", "plotly", "pyarrow", "pip-audit"}
