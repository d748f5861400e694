"""Memory goes back once everybody has left for good, and not before."""

import asyncio

import pytest

from tco.ui.server import giving_back

TTL_S = 120
EVERY_S = giving_back.COUNTS_EVERY_S
FOR_GOOD = int(TTL_S / EVERY_S) + 1
"""Looks until a browser that left cannot come back to its session."""


@pytest.fixture
def given_back(monkeypatch):
    """At which looks memory is given back, for the visitors seen at each."""

    def _given_back(*visitors):
        looks, given = iter(visitors), []
        seen = [0]

        async def sleep(_seconds):
            seen[0] += 1

        def visitors_now():
            try:
                return next(looks)
            except StopIteration:
                raise asyncio.CancelledError from None

        monkeypatch.setattr(giving_back.asyncio, "sleep", sleep)
        monkeypatch.setattr(giving_back, "_visitors", visitors_now)
        monkeypatch.setattr(giving_back, "give_back", lambda: given.append(seen[0]))
        monkeypatch.setattr(giving_back.st, "get_option", {DISCONNECTED: TTL_S}.get)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(giving_back.give_back_when_everybody_left())
        return given

    return _given_back


DISCONNECTED = "server.disconnectedSessionTTL"


def test_it_goes_back_once_when_who_left_cannot_come_back_to_their_session(given_back):
    assert given_back(3, 1, *[0] * 40) == [2 + FOR_GOOD]


def test_nothing_is_forgotten_while_somebody_is_there_or_may_come_back(given_back):
    assert given_back(*([2] + [0] * (FOR_GOOD - 1)) * 5) == []


def test_each_time_that_everybody_left_it_goes_back(given_back):
    away = [0] * FOR_GOOD
    assert given_back(1, *away, 1, *away) == [1 + FOR_GOOD, 2 + 2 * FOR_GOOD]


def test_a_process_that_nobody_came_to_has_nothing_to_give(given_back):
    assert given_back(*[0] * 40) == []


def test_what_a_process_holds_is_what_the_system_says():
    grown = bytearray(64 * 2**20)
    grown[::4096] = b"x" * len(grown[::4096])
    before = giving_back.resident_bytes()
    assert before > len(grown)
    del grown
    assert before - giving_back.resident_bytes() > 48 * 2**20
