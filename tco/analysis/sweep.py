"""Many scenarios answered: in parallel, resumed where it was stopped, written whole at the end.

Finished points go to a checkpoint beside the output, a line each, in the order they were asked.
A run that is cut off loses at most the points in the making; the same command goes on after them.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, SIGTERM, signal
from threading import Event, current_thread, main_thread
from typing import Any, Final

from pricing.errors import PlannerError, Problem, StorageError
from tco.analysis.decision import decision_of
from tco.analysis.sweep_checkpoint import FORMAT, finished_rows, open_checkpoint, row_line
from tco.analysis.sweep_files import Row, require_writable, write_rows
from tco.analysis.sweep_grid import Points, digest_of
from tco.answer.choice import compared_usd
from tco.answer.evaluation import stamp_of
from tco.answer.odds import DRAWS, SEED, uncertainty_of
from tco.answer.spreads import Spreads
from tco.answer.verdict import decided
from tco.answer.volumes import volume_of
from tco.answer.working import Working, look_up, work_out
from tco.facts.data import Data
from tco.kernel.cases import first
from tco.months.answer import month_answer
from tco.question.files import changed, document_of, scenario_from
from tco.question.paths import require_paths
from tco.question.scenario import Scenario

CHUNK: Final = 16
AHEAD: Final = 2
"""Chunks in hand for each worker."""
RESULTS: Final = (
    "status",
    "reason",
    "action",
    "chosen",
    "staying_present_usd",
    "chosen_present_usd",
    "worth_usd",
    "best_own",
    "best_own_present_usd",
    "own_worth_usd",
    "threshold",
    "utilisation",
    "cheaper_for_good_from",
    "bill_from_month",
    "discounted_payback_month",
)
"""Columns of an answer, after those of the point: its choice, and the best own GPUs."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SweepDone:
    """How a sweep ended."""

    points: int
    finished: int
    resumed: int
    """Points that an earlier run had finished."""
    out: Path | None
    """The file written; None when it was cut off."""
    checkpoint: Path

    @property
    def complete(self) -> bool:
        """Whether every point is answered and the file written."""
        return self.out is not None


def sweep(
    scenario: Scenario,
    points: Points,
    out: Path,
    *,
    workers: int = 1,
    replace: bool = False,
    progress: Progress | None = None,
) -> SweepDone:
    """Answer every point and write one row each; stopped by Ctrl-C it keeps what is finished.

    Parameters
    ----------
    out
        A file ending in .csv or .parquet.
    replace
        Overwrite an existing file, and start anew over a checkpoint of another sweep.
    progress
        Told the points finished and the points in all.

    Raises
    ------
    StorageError
        If a file is in the way or cannot be written.
    InputError
        If a path leads to nothing in the scenario, or the checkpoint is of another sweep.
    """
    require_paths(scenario, points.paths)
    require_writable(out, replace=replace)
    checkpoint = out.with_name(f"{out.name}.checkpoint.jsonl")
    asked = digest_of(points, _about(scenario))
    resumed = open_checkpoint(checkpoint, asked, replace=replace)
    finished = resumed
    tell = progress or (lambda _finished, _points: None)
    tell(finished, len(points))
    try:
        with _stopped_by_a_signal() as stop, checkpoint.open("a", encoding="utf-8") as file:
            for rows in _answers(scenario, points, finished, workers, stop):
                lines = (row_line(asked, finished + i, row) for i, row in enumerate(rows))
                file.write("".join(lines))
                file.flush()
                finished += len(rows)
                tell(finished, len(points))
            os.fsync(file.fileno())
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise StorageError(
            Problem(str(checkpoint), "", reason, "Make room; the same command goes on.")
        ) from error
    if finished < len(points):
        return SweepDone(len(points), finished, resumed, None, checkpoint)
    columns = ("point", *points.paths, *RESULTS)
    write_rows(out, columns, finished_rows(checkpoint, points))
    checkpoint.unlink()
    return SweepDone(len(points), finished, resumed, out, checkpoint)


def answer_point(scenario: Scenario, overrides: Mapping[str, Any], data: Data) -> Row:
    """Columns of one point; what is refused, or fails, is a row with its reason."""
    row: dict[str, Any] = dict.fromkeys(RESULTS)
    try:
        written = changed(scenario, overrides)
    except PlannerError as error:
        return {**row, "status": "refused", "reason": str(error.problems[0])}
    except (LookupError, ValueError, TypeError, AttributeError):
        return {**row, "status": "refused", "reason": f"no such path: {', '.join(overrides)}"}
    try:
        return {**row, **_answered(work_out(look_up(written, data)))}
    except PlannerError as error:
        return {**row, "status": "refused", "reason": str(error.problems[0])}
    except Exception as error:  # one broken point must not end the others
        reason = f"a fault of the planner, please report it: {type(error).__name__}: {error}"
        return {**row, "status": "failed", "reason": reason}


def _answered(working: Working) -> Row:
    """Columns of an answer, which no word and nothing that would turn it is in."""
    spreads = Spreads.of(working.asked.data.library)
    found = decided(working, uncertainty_of(working, spreads, DRAWS, SEED))
    own = decision_of(working, "own")
    choice, staying = found.choice, working.worked[working.alternatives[0].key]
    chosen = first(compared_usd(staying, working.worked[choice.chosen]))
    stay = first(compared_usd(staying, staying))
    return {
        "status": "answered",
        "reason": own.reason,
        "action": found.action,
        "chosen": choice.chosen,
        "staying_present_usd": stay,
        "chosen_present_usd": chosen,
        "worth_usd": stay - chosen,
        "best_own": own.best,
        "best_own_present_usd": own.best_usd,
        "own_worth_usd": None if own.gap_usd is None else -own.gap_usd,
        "threshold": own.threshold,
        "utilisation": own.utilisation,
        **({} if own.best is None else _break_even(working, own.best)),
    }


def _break_even(working: Working, best: str) -> Row:
    scenario = working.asked.scenario
    staying, own = next(iter(working.worked.values())), working.worked[best]
    as_many = own.alternative.as_many_accepted(staying.alternative)
    month = month_answer(staying.costs, own.costs, scenario.finance, as_many)
    return {
        "cheaper_for_good_from": volume_of(own, scenario).cheaper_for_good_from,
        "bill_from_month": month.bill_from,
        "discounted_payback_month": month.discounted_payback,
    }


def _about(scenario: Scenario) -> Mapping[str, Any]:
    data = Data.shipped()
    working = work_out(look_up(scenario, data))  # a scenario that has no answer is refused here
    stamp = stamp_of(working.asked.resolved, data.catalogue)
    return {
        "format": FORMAT,
        "scenario": document_of(scenario),
        "version": stamp.model_version,
        "catalogue": stamp.catalogue_sha256,
    }


@contextmanager
def _stopped_by_a_signal() -> Iterator[Event]:
    """Set an event at Ctrl-C or SIGTERM instead of breaking off: what is finished is kept."""
    stop = Event()
    if current_thread() is not main_thread():
        yield stop
        return
    before = {
        number: signal(number, lambda _number, _frame: stop.set()) for number in (SIGINT, SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal(number, handler)


def _answers(
    scenario: Scenario, points: Points, start: int, workers: int, stop: Event
) -> Iterator[Sequence[Row]]:
    """Rows of all points from one on, in their order, until told to stop."""
    if min(workers, (len(points) - start) / CHUNK) <= 1:  # not worth a second process
        data = Data.shipped().with_facts_of(scenario)
        for overrides in points.from_index(start):
            if stop.is_set():
                return
            yield [answer_point(scenario, overrides, data)]
        return
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_start_worker, initargs=(document_of(scenario),)
    )
    waiting: deque[Future[list[Row]]] = deque()
    try:
        for chunk in _chunks(points.from_index(start)):
            if stop.is_set():
                break
            waiting.append(pool.submit(_answer_chunk, chunk))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            future = waiting.popleft()
            if stop.is_set() and future.cancel():
                return  # chunks start in order, so none after this one has started
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(points: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while chunk := list(islice(points, CHUNK)):
        yield chunk


_worker: dict[str, Scenario] = {}


def _start_worker(document: dict[str, Any]) -> None:
    signal(SIGINT, SIG_IGN)  # Ctrl-C is for the parent, which lets chunks in the making finish
    _worker["scenario"] = scenario_from(document)


def _answer_chunk(chunk: Sequence[Mapping[str, Any]]) -> list[Row]:
    scenario = _worker["scenario"]
    data = Data.shipped().with_facts_of(scenario)
    return [answer_point(scenario, overrides, data) for overrides in chunk]
