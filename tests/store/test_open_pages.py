"""The question of an open page is kept for its own session and its own visitor."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pricing.errors import StorageError
from tco.store.open_pages import KEPT_DAYS, OpenPages
from tco.store.tables import OpenPageRow


def test_the_last_question_of_a_page_is_given_back(engine):
    pages = OpenPages(engine, "ada")
    pages.keep("first", "one")
    pages.keep("second", "one")
    pages.keep("other", "two")
    assert (pages.question_of("one"), pages.question_of("two")) == ("second", "other")
    assert pages.question_of("three") is None


def test_a_question_is_kept_for_every_id_that_its_page_may_come_back_with(engine):
    day = datetime(2026, 11, 1, tzinfo=UTC)
    OpenPages(engine, "ada", clock=lambda: day).keep("first", "one")
    later = day + timedelta(days=KEPT_DAYS + 1)  # so late that one of both would be forgotten
    pages = OpenPages(engine, "ada", clock=lambda: later)
    pages.keep("second", "one", "draft")
    assert pages.question_of("one") == pages.question_of("draft") == "second"
    pages.keep("third", "draft")
    assert (pages.question_of("one"), pages.question_of("draft")) == ("second", "third")


def test_nobody_takes_up_the_page_of_another(engine):
    OpenPages(engine, "ada").keep("hers", "one")
    assert OpenPages(engine, "bob").question_of("one") is None


def test_the_store_does_not_hold_what_would_open_a_session(engine):
    OpenPages(engine, "ada").keep("hers", "a-secret-session")
    with Session(engine) as session:
        (row,) = session.scalars(select(OpenPageRow))
    assert "a-secret-session" not in f"{row.session}{row.question}{row.owner}"


def test_a_page_that_nobody_used_for_long_is_forgotten_when_another_opens(engine):
    day = datetime(2026, 11, 1, tzinfo=UTC)
    OpenPages(engine, "ada", clock=lambda: day).keep("q", "old")
    for later, expected in ((KEPT_DAYS, "q"), (KEPT_DAYS + 1, None)):
        now = day + timedelta(days=later)
        OpenPages(engine, "bob", clock=lambda now=now: now).keep("q", f"new {later}")
        assert OpenPages(engine, "ada").question_of("old") == expected


def test_a_store_that_went_away_is_said_to_be_away(tmp_path):
    from tco.store.connect import open_store

    engine = open_store(f"sqlite:///{tmp_path / 'kept' / 's.sqlite'}")
    engine.dispose()
    (tmp_path / "kept" / "s.sqlite").unlink()
    (tmp_path / "kept").rmdir()
    with pytest.raises(StorageError):
        OpenPages(engine, "ada").keep("q", "one")
    engine.dispose()
