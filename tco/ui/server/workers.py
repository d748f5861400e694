"""Processes that do the page's long work, so that a visitor waits for their own question only.

Work in the page's own process would hold its interpreter, and with it everybody else's reruns; and
a thread cannot be stopped. A process can, and the system shares the processors among them.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeVar, cast

from pricing.errors import InputError
from tco.ui.server.long_work import Outcome, Task, too_much

MOST_WORKERS: Final = 4
"""That work at once for one process of the page; who comes later waits in line."""
KEPT_IDLE: Final = 2
BELOW_THE_PAGE: Final = 10
"""Steps of priority that a worker gives way to the page by; the system shares the rest out."""
BEGIN: Final = (
    f"import os; os.nice({BELOW_THE_PAGE}); from tco.ui.server.worker import serve; serve()"
)
"""Its imports take a second of a core, and give way already."""
LOOKS_EVERY_S: Final = 0.1
MOST_WORKER_BYTES: Final = 2**30
MOST_WORKER_CPU_S: Final = 90
"""What one question may take."""

HOME: Final = Path(__file__).parents[3]
"""Folder that the page's own packages lie in."""

Found = TypeVar("Found")
Watch = Callable[[], None]
"""Called while a visitor waits; raises where nobody does any more."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One process, and the way to talk to it."""

    process: subprocess.Popen[bytes]
    line: Connection

    @classmethod
    def start(cls, most_bytes: int, most_cpu_s: int) -> "Worker":
        """Start a process; it imports the planner while the first question is on its way."""
        ours, theirs = Pipe()
        with theirs:
            words = [str(n) for n in (theirs.fileno(), most_bytes, most_cpu_s)]
            process = subprocess.Popen(
                # The code that the page runs, and -P: none of the folder it was started in.
                [sys.executable, "-P", "-c", BEGIN, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join((str(HOME), *_named_paths()))},
                pass_fds=[theirs.fileno()],
            )
        return cls(process, ours)

    def do(self, task: Task, watch: Watch) -> Outcome:
        """Hand a task over and wait for what comes of it.

        Raises
        ------
        EOFError, ConnectionError
            If the process ended meanwhile.
        """
        self.line.send(task)
        while not self.line.poll(LOOKS_EVERY_S):
            watch()
        reply = self.line.recv()
        assert isinstance(reply, Outcome)
        return reply

    def end(self) -> None:
        """Stop it in the middle of whatever it does."""
        self.line.close()
        self.process.kill()
        self.process.wait()


def _named_paths() -> list[str]:
    return [path for path in (os.environ.get("PYTHONPATH"),) if path]


class Workers:
    """As many processes as work at once, started when they are needed."""

    def __init__(
        self,
        most: int = MOST_WORKERS,
        kept: int = KEPT_IDLE,
        *,
        most_bytes: int = MOST_WORKER_BYTES,
        most_cpu_s: int = MOST_WORKER_CPU_S,
    ) -> None:
        self._most, self._kept = most, kept
        self._limits = most_bytes, most_cpu_s
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._busy = 0
        self._idle: list[Worker] = []

    def do(self, task: Callable[[], Found], watch: Watch) -> Found:
        """Do a task in another process; what `watch` raises ends the work.

        Raises
        ------
        PlannerError
            What the task raises; and if it needs more than a worker has.
        RuntimeError
            If the task, or the worker, failed by a mistake of ours.
        """
        with self._turn(watch):
            worker = self._take()
            try:
                reply = worker.do(task, watch)
            except (EOFError, ConnectionError) as error:
                code = worker.process.wait()
                worker.end()
                if code < 0:  # the system takes a process that holds too much
                    raise InputError(too_much("memory")) from None
                msg = f"a worker ended by itself, with code {code}"
                raise RuntimeError(msg) from error
            except BaseException:
                worker.end()
                raise
            self._give(worker)
        if reply.refusal is not None:
            kind, problems = reply.refusal
            raise kind(*problems)
        if reply.failed:
            mistake = RuntimeError("a worker failed by a mistake of ours")
            mistake.add_note(reply.failed)
            raise mistake
        return cast("Found", reply.result)

    @contextmanager
    def _turn(self, watch: Watch) -> Iterator[None]:
        """Wait in line until one more may work, first come, first served."""
        place = object()
        with self._changed:
            self._line.append(place)
        try:
            while not self._is_next(place):
                watch()
        except BaseException:
            with self._changed:
                self._line.remove(place)
                self._changed.notify_all()
            raise
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _is_next(self, place: object) -> bool:
        with self._changed:
            if self._line[0] is not place or self._busy >= self._most:
                self._changed.wait(LOOKS_EVERY_S)
            if self._line[0] is not place or self._busy >= self._most:
                return False
            self._line.popleft()
            self._busy += 1
            self._changed.notify_all()
            return True

    def _take(self) -> Worker:
        with self._changed:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.end()
        return Worker.start(*self._limits)

    def _give(self, worker: Worker) -> None:
        with self._changed:
            if len(self._idle) < self._kept:
                self._idle.append(worker)
                return
        worker.end()

    def end(self) -> None:
        """Stop those that wait for work."""
        with self._changed:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()
