"""Who sends when, and when enough was answered: no clock and no connection of its own.

Clients that start together stay in step for many answers: prompts are then read together and
answers decoded together, and no part of the run shows the mean. So clients start one after the
other, a few of them waiting for their first token at any time, and each answer that a client gets
first is cut short by a share of its own, so that the ends of the answers are spread from the start.
The load stays full until every answer that counts is there; what is then under way is dropped.
"""

import math
from typing import Final

import numpy as np

from calibrate.plan.plan import Load, Rules

STARTING_SHARE: Final = 1 / 16
"""Share of the clients that wait for their first token at once while the load builds up."""


class ClosedLoopPace:
    """A closed loop; requests are numbered in the order in which they are sent."""

    def __init__(self, load: Load, rules: Rules, seed: int) -> None:
        self.clients = load.concurrency or 1
        self._rules, self._at_least = rules, load.requests
        self._starting = max(math.ceil(STARTING_SHARE * self.clients), 1)
        places = (np.arange(self.clients) + 0.5) / self.clients
        self._first_shares = np.random.default_rng((seed, 1)).permutation(places)
        self._sent = self._started = 0
        self._open: set[int] = set()
        self._firsts: set[int] = set()
        self._speechless: set[int] = set()
        self._opened_s: float | None = None
        self._counted_from = self._counted_to = 0
        self._answered_s = 0.0

    def to_start(self) -> int:
        """Clients that may start now."""
        left = self.clients - self._started
        return min(left, max(self._starting - len(self._speechless), 0))

    def start(self) -> tuple[int, float]:
        """Let a client start: number of its request, share of the answer to ask for."""
        number = self.send()
        self._firsts.add(number)
        self._speechless.add(number)
        share = float(self._first_shares[self._started])
        self._started += 1
        return number, share

    def send(self) -> int:
        """Number of the next request of a client that was answered."""
        number = self._sent
        self._sent += 1
        self._open.add(number)
        return number

    def spoke(self, number: int) -> None:
        """Note the first token of an answer."""
        self._speechless.discard(number)

    def finished(self, number: int, now_s: float) -> None:
        """Note the end of a request, answered or failed."""
        self._open.discard(number)
        self._speechless.discard(number)
        self._firsts.discard(number)
        self._answered_s = now_s
        if self._opened_s is None and self._started == self.clients and not self._firsts:
            self._opened_s = now_s
            self._counted_from = self._counted_to = self._sent
        while self._counted_to < self._sent and self._counted_to not in self._open:
            self._counted_to += 1

    @property
    def is_full(self) -> bool:
        """Whether every answer that the window needs is there."""
        if self._opened_s is None or self._sent < self._at_least:
            return False
        answers = self._counted_to - self._counted_from
        return self._rules.fills_window(answers, self.clients, self._answered_s - self._opened_s)


class SchedulePace:
    """A schedule; the load goes on behind the requests that count until these are answered."""

    def __init__(self, load: Load) -> None:
        self._left = set(range(load.requests))

    def finished(self, number: int) -> None:
        """Note the end of a request."""
        self._left.discard(number)

    @property
    def is_full(self) -> bool:
        """Whether every request that counts has ended."""
        return not self._left
