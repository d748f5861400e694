"""Own records are found where the user keeps them, and told apart from those that ship."""

import json
import os
from pathlib import Path

import pytest

from hardware_profiles import Library
from hardware_profiles.own_records import (
    VARIABLE,
    first_named_folder,
    library_folders,
    own_records,
)
from hardware_profiles.record_digest import with_digest
from pricing.errors import InputError

SHIPPED = Library.load().calibration("llama-3.1-70b-fp8-h100-tp2")


def keep(folder, name="mine"):
    folder.mkdir(parents=True, exist_ok=True)
    document = json.loads(SHIPPED.model_dump_json(exclude={"run"})) | {"id": name}
    (folder / f"{name}.json").write_text(json.dumps(with_digest(document)), encoding="utf-8")
    return folder


def home(tmp_path, **variables):
    return {"HOME": str(tmp_path / "home"), **variables}


def test_records_come_from_the_command_the_environment_and_the_users_configuration(tmp_path):
    named, listed = keep(tmp_path / "named", "one"), keep(tmp_path / "listed", "two")
    keep(tmp_path / "home" / ".config" / "gpt-or-llama-planner" / "library", "three")
    found = own_records([named], home(tmp_path, **{VARIABLE: str(listed)}))
    assert list(found) == ["one", "two", "three"]


def test_new_records_go_to_the_first_folder_that_the_environment_names(tmp_path):
    """Several are separated as in PATH; a record in a folder named "a:b" would never be found."""
    several = {VARIABLE: os.pathsep.join(["", str(tmp_path / "a"), str(tmp_path / "b")])}
    assert first_named_folder(several) == tmp_path / "a"
    assert first_named_folder(several) in library_folders((), several)
    assert first_named_folder({}) is first_named_folder({VARIABLE: ""}) is None


def test_the_configuration_folder_is_where_the_desktop_standard_says(tmp_path):
    folders = library_folders((), home(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "xdg")))
    assert folders == (tmp_path / "xdg" / "gpt-or-llama-planner" / "library",)
    assert own_records((), home(tmp_path)) == {}


def test_whatever_lies_in_the_users_library_is_the_users_own(tmp_path):
    assert not SHIPPED.own
    assert own_records([keep(tmp_path / "mine")], home(tmp_path))["mine"].own


def test_every_fault_of_a_library_is_told_with_its_file(tmp_path):
    folder = keep(tmp_path / "mine")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "twin.json").write_text((folder / "mine.json").read_text(), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        own_records([folder, tmp_path / "gone"], home(tmp_path))
    said = [(problem.field, problem.value) for problem in refusal.value.problems]
    assert ("broken.json", "") in said
    assert ("twin.json", "mine") in said
    assert ("library", str(tmp_path / "gone")) in said


def test_the_folder_of_a_run_is_read_for_its_record_alone(tmp_path):
    folder = keep(tmp_path / "run")
    for name in ("plan.json", "run.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    assert list(own_records([folder], home(tmp_path))) == ["mine"]


def test_a_folder_named_twice_is_read_once(tmp_path):
    folder = keep(tmp_path / "mine")
    assert list(own_records([folder], home(tmp_path, **{VARIABLE: str(folder)}))) == ["mine"]
    assert isinstance(folder, Path)


def test_an_own_record_is_used_beside_those_that_ship_and_never_instead(tmp_path):
    library = Library.load()
    mine = own_records([keep(tmp_path / "mine")], home(tmp_path))
    both = library.with_own(mine)
    assert both.calibration("mine").own
    assert len(both.calibrations) == len(library.calibrations) + 1
    taken = own_records([keep(tmp_path / "taken", SHIPPED.id)], home(tmp_path))
    with pytest.raises(InputError, match="ships"):
        library.with_own(taken)


def test_an_own_record_of_an_unknown_model_or_of_impossible_speed_is_refused(tmp_path):
    library = Library.load()
    mine = own_records([keep(tmp_path / "mine")], home(tmp_path))["mine"]
    with pytest.raises(InputError, match="is not in the library"):
        library.with_own({"mine": mine.model_copy(update={"model": "Lama"})})
    quick = mine.parameters.model_copy(update={"d_ms_per_context_token": 1e-7})
    with pytest.raises(InputError, match="takes at least"):
        library.with_own({"mine": mine.model_copy(update={"parameters": quick})})
