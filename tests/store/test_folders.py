"""A shared folder is read, changed and opened to others by those who may, and by nobody else."""

import pytest
from sqlalchemy import select, text

from pricing.errors import InputError, StorageError
from tco.question.files import changed
from tco.store.connect import open_store
from tco.store.folders import folders, let_in, owner_of
from tco.store.keeping import copy
from tco.store.scenario_store import ScenarioStore
from tco.store.tables import ChangeRow
from tco.store.transaction import transaction
from tests.tco.command import tco

FINANCE = owner_of("Finance")
ROLES = {"ann": "owner", "eve": "editor", "rob": "reader", "zoe": None}


@pytest.fixture
def finance(engine):
    """A folder with one of each role; Zoe was let in once, and out again."""
    let_in(engine, "Finance", "ann", "owner", by="ann")
    for person, role in (("eve", "editor"), ("rob", "reader"), ("zoe", "editor"), ("zoe", None)):
        let_in(engine, "Finance", person, role, by="ann")
    return engine


@pytest.fixture
def kept(finance, scenario, evaluation):
    return ScenarioStore(finance, FINANCE, "ann").create(scenario, evaluation, "shared")


def changes(store, kept, scenario, evaluation):
    """Every way to change what a folder holds, by name."""
    seen = {"revision": kept.revision}
    busier = changed(scenario, {"workload.requests_per_month": 7e6})
    return {
        "create": lambda: store.create(scenario, evaluation),
        "save": lambda: store.save(kept.id, busier, evaluation, **seen),
        "rename": lambda: store.rename(kept.id, "Ours", **seen),
        "duplicate": lambda: store.duplicate(kept.id),
        "note": lambda: store.note(kept.id, "costs.pue", "measured", **seen),
        "sign off": lambda: store.sign_off(kept.id, version=1, **seen),
        "remove": lambda: store.remove(kept.id, **seen),
        "move": lambda: store.move(kept.id, "Elsewhere", **seen),
    }


WAYS = ("create", "save", "rename", "duplicate", "note", "sign off", "remove", "move")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("person", ROLES)
def test_a_folder_is_changed_by_its_owners_and_editors_alone(
    finance, kept, scenario, evaluation, person, way
):
    let_in(finance, "Elsewhere", "ann", "owner", by="ann")
    let_in(finance, "Elsewhere", "eve", "editor", by="ann")
    change = changes(ScenarioStore(finance, FINANCE, person), kept, scenario, evaluation)[way]
    before = ScenarioStore(finance, FINANCE, "ann").listed()
    if ROLES[person] in {"owner", "editor"}:
        change()
        assert ScenarioStore(finance, FINANCE, "ann").listed() != before
        return
    with pytest.raises(InputError, match="folder"):
        change()
    assert ScenarioStore(finance, FINANCE, "ann").listed() == before


def test_every_change_is_one_that_the_roles_are_tried_with():
    read = {"listed", "load", "history"}
    public = {name for name in vars(ScenarioStore) if not name.startswith("_")}
    assert {way.replace(" ", "_") for way in WAYS} == public - read


@pytest.mark.parametrize("person", ROLES)
def test_a_folder_is_read_by_who_is_in_it_alone(finance, kept, person):
    store = ScenarioStore(finance, FINANCE, person)
    for read in (store.listed, lambda: store.load(kept.id), lambda: store.history(kept.id)):
        if ROLES[person]:
            assert read()
        else:
            with pytest.raises(InputError, match="none of yours"):
                read()
    assert ScenarioStore(finance, person).listed() == ()


def test_nobody_reads_a_folder_by_taking_its_name(finance, kept):
    with pytest.raises(InputError, match="none of yours"):
        ScenarioStore(finance, FINANCE).listed()


@pytest.mark.parametrize("person", ROLES)
def test_people_are_let_in_and_out_by_its_owners_alone(finance, person):
    if person == "ann":
        let_in(finance, "Finance", "zoe", "reader", by=person)
        assert folders(finance, "zoe")[0].role_of("zoe") == "reader"
        return
    with pytest.raises(InputError, match="folder"):
        let_in(finance, "Finance", person, "owner", by=person)
    assert folders(finance)[0].members == (("ann", "owner"), ("eve", "editor"), ("rob", "reader"))


@pytest.mark.parametrize("role", ["editor", "reader", None])
def test_a_folder_is_never_left_without_an_owner(finance, role):
    with pytest.raises(InputError, match="without an owner"):
        let_in(finance, "Finance", "ann", role, by="ann")
    let_in(finance, "Finance", "eve", "owner", by="ann")
    let_in(finance, "Finance", "ann", role, by="ann")
    assert folders(finance)[0].role_of("ann") == role


def test_the_log_says_who_changed_what_and_who_was_let_in(finance, kept):
    ScenarioStore(finance, FINANCE, "eve").rename(kept.id, "Ours", revision=kept.revision)
    history = ScenarioStore(finance, FINANCE, "rob").history(kept.id)
    assert [(line.who, line.what) for line in history] == [("ann", "created"), ("eve", "renamed")]
    with transaction(finance) as session:
        lines = session.scalars(select(ChangeRow).where(ChangeRow.what == "shared"))
        told = [(line.who, line.detail) for line in lines.all()]
    assert ("ann", "rob is reader") in told
    assert ("ann", "zoe is no longer in it") in told


def test_what_is_moved_into_a_folder_takes_its_history_and_signature_along(
    finance, scenario, evaluation
):
    mine = ScenarioStore(finance, "eve")
    one = mine.create(scenario, evaluation, "first")
    one = mine.sign_off(one.id, version=1, revision=one.revision, comment="agreed")
    mine.move(one.id, "Finance", revision=one.revision)
    assert mine.listed() == ()
    shared = ScenarioStore(finance, FINANCE, "rob")
    assert shared.load(one.id).version.locked
    assert [line.what for line in shared.history(one.id)] == [
        "created",
        "signed off",
        "handed over",
    ]


def test_the_keeper_moves_one_scenario_out_of_a_folder_and_into_it_again(
    finance, kept, scenario, evaluation, url
):
    other = ScenarioStore(finance, FINANCE, "ann").create(scenario, evaluation, "stays")
    where = ("--store", url)
    assert tco("store", "move", kept.id, "--to", "rob", *where).returncode == 0
    (moved,) = ScenarioStore(finance, "rob").listed()
    assert (moved.id, moved.versions) == (kept.id, kept.versions)
    (stays,) = ScenarioStore(finance, FINANCE, "ann").listed()
    assert stays.id == other.id
    assert tco("store", "move", kept.id, "--folder", "Finance", *where).returncode == 0
    shared = ScenarioStore(finance, FINANCE, "rob")
    assert [line.what for line in shared.history(kept.id)] == [
        "created",
        "handed over",
        "handed over",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--folder", "Finanze"), "Did you mean 'Finance'?"),
        (("--folder", "Finance", "--to", "rob"), "Give one of the two."),
        ((), "Give one of the two."),
    ],
)
def test_a_move_to_nowhere_is_refused(finance, kept, url, words, told):
    done = tco("store", "move", kept.id, *words, "--store", url)
    assert (done.returncode, told in done.stderr) == (2, True)
    assert tco("store", "move", "nothing", "--to", "rob", "--store", url).returncode == 2


def test_where_no_folder_is_shared_a_move_into_one_says_how_it_is_made(engine, url):
    done = tco("store", "move", "x", "--folder", "Finance", "--store", url)
    assert done.returncode == 2
    assert "of this store (got Finance). tco store share makes one." in done.stderr


def test_a_role_that_was_written_past_the_planner_opens_nothing(finance, kept):
    with finance.begin() as connection:
        connection.execute(text("UPDATE member SET role = 'owner' WHERE person = 'rob'"))
    with pytest.raises(StorageError, match="cannot be read"):
        ScenarioStore(finance, FINANCE, "rob").listed()


def test_a_copied_store_has_the_same_folders(finance, kept, tmp_path):
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    copy(finance, other)
    assert folders(other) == folders(finance)
    assert ScenarioStore(other, FINANCE, "rob").load(kept.id).kept == kept
    other.dispose()


def test_the_keeper_of_the_store_lets_people_in_and_lists_them(finance, url):
    where = ("--store", url)
    assert tco("store", "share", "Finance", "zoe", "--as", "editor", *where).returncode == 0
    listed = tco("store", "folders", *where).stdout
    assert "zoe" in listed
    refused = tco("store", "share", "Finance", "ann", "--as", "nobody", *where)
    assert refused.returncode == 2
    assert "without an owner" in refused.stderr
