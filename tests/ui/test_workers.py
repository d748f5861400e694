"""Long work of the page: done elsewhere, bounded, in turn, and ended when nobody waits."""

import os
import signal
import threading
import time
from functools import partial
from unittest.mock import Mock

import pytest

from pricing.errors import InputError, Problem
from tco.analysis.decision import Question
from tco.analysis.sensitivity import tornado
from tco.answer.evaluation import evaluate
from tco.answer.working import look_up
from tco.bill.self_hosted import is_simulated
from tco.question.files import changed, scenario_from
from tco.question.presets import presets
from tco.ui.server import long_work
from tco.ui.server.long_work import PageQuestion
from tco.ui.server.workers import BEGIN, BELOW_THE_PAGE, Workers
from tests.fuzz.largest import DEFAULT, largest

LOWEST_PRIORITY = 19
"""Beyond it no system lowers a process."""


@pytest.fixture
def workers():
    made = Workers(most=2, kept=1)
    yield made
    made.end()


class LeftError(BaseException):
    """What Streamlit raises in the run of a visitor who left, in spirit."""


def patient():
    """A visitor who waits."""


def refuse():
    raise InputError(Problem("volume", "7", "is odd", "Make it even."))


def count(step):
    """Work for ever."""
    total = 0
    while True:
        total += step


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_answer_from_elsewhere_is_the_answer(workers):
    asked, here = PageQuestion(DEFAULT), evaluate(DEFAULT)
    there = workers.do(partial(long_work.large_answer, asked), patient)
    assert there.alternatives == here.alternatives
    assert there.verdict == here.verdict
    found = workers.do(partial(long_work.every_input, asked, "choice"), patient)
    expected = tornado(Question.of(DEFAULT))
    assert found.given == expected.given
    for swing, same in zip(found.swings, expected.swings, strict=True):
        assert (swing.at_low, swing.at_high) == (same.at_low, same.at_high)


def test_a_refusal_from_elsewhere_is_the_refusal_and_the_next_is_answered(workers):
    with pytest.raises(InputError, match="volume: is odd"):
        workers.do(refuse, patient)
    assert workers.do(os.getpid, patient) == workers.do(os.getpid, patient) != os.getpid()


def test_a_mistake_of_ours_is_told_with_where_it_was(workers):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        workers.do(partial(divmod, 1, 0), patient)


def test_work_ends_with_the_process_that_does_it_when_its_visitor_leaves(workers):
    pid = workers.do(os.getpid, patient)
    looked = []

    def leaves():
        looked.append(running(pid))
        if len(looked) == 3:
            raise LeftError

    with pytest.raises(LeftError):
        workers.do(partial(count, 1), leaves)
    assert looked == [True] * 3
    assert not running(pid)
    assert workers.do(os.getpid, patient) != pid


def test_who_leaves_while_waiting_in_line_makes_nobody_wait(workers):
    gone, begun = threading.Event(), threading.Semaphore(0)

    def holds():
        begun.release()
        if gone.is_set():
            raise LeftError

    def work():
        with pytest.raises(LeftError):
            workers.do(partial(count, 1), holds)

    def leaves():
        raise LeftError

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
        begun.acquire()
    with pytest.raises(LeftError):
        workers.do(os.getpid, leaves)
    gone.set()
    assert workers.do(os.getpid, patient)
    for thread in threads:
        thread.join()


def test_no_more_work_at_once_than_may_and_the_first_to_come_is_the_first_served():
    workers, served, pids = Workers(most=1, kept=1), [], set()

    def ask(number):
        pids.add(workers.do(os.getpid, patient))
        served.append(number)

    hold = threading.Event()

    def holds():
        if hold.is_set():
            raise LeftError

    def first():
        with pytest.raises(LeftError):
            workers.do(partial(count, 1), holds)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    for number in range(5):
        while len(workers._line) < number or workers._busy < 1:
            time.sleep(0.01)
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
    while len(workers._line) < 5:
        time.sleep(0.01)
    hold.set()
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]
    assert len(pids) == 1
    workers.end()


def test_work_that_takes_more_than_the_page_gives_is_refused():
    workers = Workers(most=1, kept=1, most_bytes=400 * 10**6, most_cpu_s=1)
    with pytest.raises(InputError, match="more work than the 1 s"):
        workers.do(partial(count, 1), patient)
    with pytest.raises(InputError, match="more memory than the page gives"):
        workers.do(partial(bytearray, 10**9), patient)
    assert workers.do(os.getpid, patient)
    workers.end()


def test_a_worker_that_is_killed_is_a_refusal_and_the_next_question_has_another(workers):
    with pytest.raises(InputError, match="more memory"):
        workers.do(partial(signal.raise_signal, signal.SIGKILL), patient)
    with pytest.raises(RuntimeError, match="code 9"):
        workers.do(partial(os._exit, 9), patient)
    assert workers.do(os.getpid, patient)


def test_the_largest_question_is_answered_within_what_a_worker_has(workers):
    asked = PageQuestion(scenario_from(largest()))
    assert asked.is_large
    assert len(workers.do(partial(long_work.large_answer, asked), patient).alternatives) == 41


def test_what_is_simulated_is_done_elsewhere_and_what_is_not_within_the_rerun_that_asks():
    for scenario in presets().values():
        replicas = [worked.replica for worked in evaluate(scenario).worked.values()]
        assert PageQuestion(scenario).is_large == any(r and r.work for r in replicas)
    assert not PageQuestion(DEFAULT).is_large
    assert PageQuestion(changed(DEFAULT, {"objective.p95_ttft_ms": 2_000.0})).is_large
    unknown = changed(DEFAULT, {"self_hosted.0.calibration": "nobody"})
    assert not PageQuestion(unknown).is_large


@pytest.mark.parametrize("own_cache", [None, {"reuse_minutes": 30.0}])
def test_where_a_question_is_answered_is_looked_up_once_for_every_volume(monkeypatch, own_cache):
    """What memory overwrites hangs on the volume: there every question is looked up."""
    counted = Mock(side_effect=look_up)
    monkeypatch.setattr(long_work, "look_up", counted)
    long_work._simulates.cache_clear()
    volumes = (12_345.0, 6e6, 9e8)
    for scenario in presets().values():
        counted.reset_mock()
        for volume in volumes:
            of = {"workload.requests_per_month": volume, "fleet.own_cache": own_cache}
            asked = PageQuestion(changed(scenario, of))
            resolved = look_up(asked.scenario, asked.data).resolved
            with_it = (asked.scenario, resolved.profile.weights)
            assert asked.is_large == any(is_simulated(host, *with_it) for host in resolved.hosts)
        assert counted.call_count == (1 if own_cache is None else len(volumes))


def test_a_worker_gives_way_to_the_page_from_its_first_line(workers):
    assert BEGIN.startswith(f"import os; os.nice({BELOW_THE_PAGE});")
    given = min(os.nice(0) + BELOW_THE_PAGE, LOWEST_PRIORITY)
    assert workers.do(partial(os.nice, 0), patient) == given
