"""What a run left on the disk is what it wrote, a beginning of that, or it is refused."""

import json

import pytest

from calibrate.run.journal import Journal, read_journal
from pricing.errors import PlannerError
from tests.fuzz.damage import damaged

COUNTS = [600, pytest.param(30_000, marks=pytest.mark.long)]


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal"
    with Journal.open(path) as opened:
        for number in range(6):
            opened.append({"kind": "point", "id": str(number), "figures": [1.5 * number] * 20})
        opened.seal()
    return path


@pytest.mark.parametrize("count", COUNTS)
def test_a_damaged_journal_is_refused_or_is_the_same_or_a_beginning_that_says_so(journal, count):
    content, entries = journal.read_bytes(), read_journal(journal).entries
    for spoilt in damaged(content, count):
        journal.write_bytes(spoilt)
        try:
            found = read_journal(journal)
        except PlannerError:
            continue
        assert found.entries == entries[: len(found.entries)]
        assert found.sealed == (len(found.entries) == len(entries) and not found.torn_bytes)


@pytest.mark.parametrize("count", [60, pytest.param(3_000, marks=pytest.mark.long)])
def test_a_damaged_journal_that_is_gone_on_with_holds_what_it_held_and_what_is_added(
    journal, count
):
    content, entries = journal.read_bytes(), read_journal(journal).entries
    for spoilt in damaged(content, count):
        journal.write_bytes(spoilt)
        try:
            with Journal.open(journal) as opened:
                kept = opened.entries
                opened.append({"kind": "point", "id": "more"})
        except PlannerError:
            assert journal.read_bytes() == spoilt
            continue
        assert kept == entries[: len(kept)]
        assert json.loads(json.dumps(read_journal(journal).entries[-1]))["id"] == "more"
