"""Who sends when: the load is built up spread out, kept full, and ends when the window is full."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.load.pace import ClosedLoopPace, SchedulePace
from calibrate.plan.plan import Load, Rules
from tests.calibrate.plans import load


def pace_of(clients, requests=1, **rules):
    return ClosedLoopPace(Load(**load("A", clients, requests)), Rules(**rules), seed=1)


@pytest.mark.parametrize("clients", [1, 4, 16, 33, 200])
def test_clients_start_a_few_at_a_time_and_each_once(clients):
    pace, started, shares = pace_of(clients), 0, []
    while started < clients:
        now = pace.to_start()
        assert 1 <= now <= -(-clients // 16)
        for _ in range(now):
            number, share = pace.start()
            shares.append(share)
            assert number == started
            started += 1
            pace.spoke(number)
    assert pace.to_start() == 0
    places = sorted(shares)
    assert places == pytest.approx([(k + 0.5) / clients for k in range(clients)])


def test_nobody_starts_while_others_wait_for_their_first_token():
    pace = pace_of(32)
    assert [pace.start()[0] for _ in range(pace.to_start())] == [0, 1]
    assert pace.to_start() == 0
    pace.spoke(0)
    assert pace.to_start() == 1
    pace.finished(1, 1.0)  # one that failed waits no longer either
    assert pace.to_start() == 2


@given(clients=st.integers(1, 40), second=st.floats(0.01, 20.0))
def test_a_window_is_full_by_the_rules_that_will_judge_it(clients, second):
    """Answered in turn, one a `second`: full at five each, or at two each after half a minute."""
    pace, rules = pace_of(clients), Rules()
    inside = []
    while len(inside) < clients:
        inside += [pace.start()[0] for _ in range(pace.to_start())]
        for number in inside:
            pace.spoke(number)
    now, opened, counted = 0.0, 0.0, 0
    while not pace.is_full:
        now += second
        number = inside.pop(0)
        pace.finished(number, now)
        if number < clients:
            opened = now
        elif number >= clients + (clients - 1):  # sent after the last first answer
            counted += 1
        if not pace.is_full:
            inside.append(pace.send())
        assert now < 1e4
    assert rules.fills_window(counted, clients, now - opened)
    assert not rules.fills_window(counted - 1, clients, now - opened - second)


def test_at_least_as_many_are_sent_as_the_plan_says():
    pace, now = pace_of(1, requests=50), 0.0
    number, _ = pace.start()
    sent = 1
    while True:
        now += 1.0
        pace.finished(number, now)
        if pace.is_full:
            break
        number = pace.send()
        sent += 1
    assert sent == 50


def test_a_schedule_ends_when_all_that_counts_is_answered():
    pace = SchedulePace(Load(**load("O", requests=3, requests_per_second=1.0)))
    for number in (0, 7, 2):
        pace.finished(number)
        assert not pace.is_full
    pace.finished(1)
    assert pace.is_full
