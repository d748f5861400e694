"""Work counted in a known loop, measured beside it: alike on quick machines, slow and busy ones."""

import time
from collections import deque

STEPS = 590_000
MOST_LOOPS = 22.0
"""What an answer may take: some 4 s of CPU on two quiet cores, and as much work on others."""


def loops_of(work):
    """CPU of some work, over that of a loop just before and after it [1]."""
    before, taken, after = map(cpu_s, (known_loop, work, known_loop))
    return 2 * taken / (before + after)


def known_loop():
    clients = _Clients()
    for _ in range(STEPS):
        clients.advance()


class _Clients:
    """Made-up steps of calls, attributes and floats, as those of a simulated replica are.

    Plain sums are no measure: one build of Python does them 1.6 times as fast as another that
    simulates as fast.
    """

    def __init__(self):
        self.now_ms, self.left = 0.0, deque((7, 3, 5, 4))

    def advance(self):
        self.now_ms += 8.0 + 0.05 * self._decoded()

    def _decoded(self):
        first = self.left.popleft()
        self.left.append(first - 1 if first > 1 else 9)
        return min(first, len(self.left))


def cpu_s(work):
    """CPU of some work [s]."""
    began = time.process_time()
    work()
    return time.process_time() - began
