"""Your own defaults stand below the environment and every option, and a mistake in them is told."""

import json
import os

import pytest

from hardware_profiles import own_records
from tco.commands.defaults import VARIABLES, defaults_file, settle_defaults
from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tco.store import connect
from tests.tco.command import tco


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The folder of a user who has said nothing yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in VARIABLES.values():
        monkeypatch.setenv(name, "")  # so that what the command puts there goes again
        monkeypatch.delenv(name)
    folder = defaults_file().parent
    folder.mkdir()
    return folder


def write(folder, text):
    (folder / "config.toml").write_text(text, encoding="utf-8")


def answered(*arguments):
    done = tco("export", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["scenario"]["name"]


def test_each_key_is_a_variable_that_something_reads():
    assert VARIABLES["library"] == own_records.VARIABLE
    assert VARIABLES["store"] == connect.VARIABLE


def test_a_scenario_of_your_own_is_answered_where_none_is_named_and_only_there(settings):
    mine, other = preset_paths()[1:3]
    (settings / "mine.toml").write_bytes(mine.read_bytes())
    write(settings, 'scenario = "mine.toml"')
    assert answered() == load_scenario(mine).name
    assert answered(other) == load_scenario(other).name


def test_the_environment_comes_before_the_file(settings, monkeypatch):
    mine, other = preset_paths()[1:3]
    write(settings, f'scenario = "{mine.as_posix()}"')
    monkeypatch.setenv(VARIABLES["scenario"], str(other))
    assert answered() == load_scenario(other).name


def test_paths_start_from_the_file_and_an_address_stays_as_it_is(settings):
    (settings / "facts").mkdir()
    write(settings, 'library = "facts"\nscenario = "~/mine.toml"\nstore = "postgresql://h/n"')
    environment = {"XDG_CONFIG_HOME": str(settings.parent), "PLANNER_STORE_URL": "sqlite:///a"}
    held = settle_defaults(environment)
    assert held == {key: environment[VARIABLES[key]] for key in VARIABLES}
    assert held["library"] == str(settings / "facts")
    assert not held["scenario"].startswith("~")
    assert held["store"] == "sqlite:///a"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("sqlite:///s.db", "sqlite:///{folder}/s.db"),
        ("sqlite+pysqlite:///data/s.db", "sqlite+pysqlite:///{folder}/data/s.db"),
        ("sqlite:////srv/s.db", "sqlite:////srv/s.db"),
        ("postgresql://ada@h/n", "postgresql://ada@h/n"),
    ],
)
def test_a_store_in_a_file_starts_from_the_folder_of_the_defaults(settings, address, kept):
    write(settings, f'store = "{address}"')
    environment = {"XDG_CONFIG_HOME": str(settings.parent)}
    settle_defaults(environment)
    assert environment[VARIABLES["store"]] == kept.format(folder=settings)
    connect.connected(environment[VARIABLES["store"]]).dispose()


def test_a_home_of_nobody_stays_as_it_is(settings):
    write(settings, 'scenario = "~nobody-of-this-name/a.toml"')
    assert settle_defaults({"XDG_CONFIG_HOME": str(settings.parent)})["scenario"].endswith(
        "/~nobody-of-this-name/a.toml"
    )


def test_an_empty_variable_says_nothing(settings, monkeypatch):
    mine = preset_paths()[1]
    write(settings, f'scenario = "{mine.as_posix()}"')
    monkeypatch.setenv(VARIABLES["scenario"], "")
    assert answered() == load_scenario(mine).name


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path.with_name("gone.toml")),
        lambda path: path.symlink_to("/dev/null"),
        os.mkfifo,
    ],
    ids=["folder", "link to nothing", "device", "pipe"],
)
def test_what_is_no_file_is_refused_and_not_passed_over(settings, make):
    make(settings / "config.toml")
    done = tco("prices", "list")
    assert done.returncode == 2
    assert "config.toml: is no file. Put a text file there" in done.stderr
    looks = {each["about"]: each for each in json.loads(tco("doctor", "--json").stdout)["looks"]}
    assert looks["your defaults"]["state"] == "fault"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('store = "mysql://h/n"', "config.toml: store: is not the address of a store"),
        ('store = "s.db"', "config.toml: store: is not the address of a store"),
        ('store = "sqlite://"', "config.toml: store: is not the address of a store"),
        ('store = "sqlite:///:memory:"', "config.toml: store: is not the address of a store"),
        ('store = "postgresql://h:port/n"', "config.toml: store: is not the address of a store"),
        ('scenaro = "a.toml"', "scenaro: is not a known key. Did you mean 'scenario'?"),
        ("store = 3", "is not a text"),
        ('library = "nowhere"', "is not a folder"),
        ('library = "~nobody-of-this-name/facts"', "is not a folder"),
        ('scenario = "a\\u0000.toml"', "scenario: holds characters that are no text"),
        ('store = "sqlite:///a\\u0000"', "store: holds characters that are no text"),
        ("scenario =", "is no TOML"),
    ],
)
def test_a_mistake_is_refused_with_its_key_and_what_to_do(settings, text, told):
    write(settings, text)
    for command in (("evaluate",), ("prices", "list")):
        done = tco(*command)
        assert done.returncode == 2
        assert told in done.stderr


def test_doctor_says_what_is_set_and_what_is_wrong(settings):
    def look():
        done = tco("doctor", "--json")
        looks = {each["about"]: each for each in json.loads(done.stdout)["looks"]}
        return done.returncode, looks["your defaults"]

    assert look()[1]["state"] == "absent"
    write(settings, 'store = "sqlite:////none/here.sqlite"')
    code, found = look()
    assert found["state"] == "well"
    assert found["found"].endswith("config.toml: store")
    write(settings, 'stor = "sqlite:///a"')
    code, found = look()
    assert (code, found["state"]) == (10, "fault")
    assert "store" in found["remedy"]
