"""Work counted in a known loop, measured beside it: alike on quick machines, slow and busy ones."""

import time
from heapq import heappop, heappush

STEPS = 343_000
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
    """Made-up steps of calls, a heap, attributes and floats, as those of a simulated replica are.

    Plain sums are no measure, nor are calls of built-ins: one build of Python does them twice as
    fast as another that simulates as fast.
    """

    def __init__(self):
        self.now_ms, self.last = 0.0, None
        self.said, self.ends = [0] * 24, [(float(number), number) for number in range(24)]

    def advance(self):
        end_ms, number = heappop(self.ends)
        self.now_ms += 8.0 + 0.05 * self._decoded(number)
        heappush(self.ends, (end_ms + 3.0 + number % 7, number))

    def _decoded(self, number):
        said = self.said[number] + 1
        self.said[number] = said if said < 9 else 0
        self._count(said, number)
        return said

    def _count(self, said, number):
        self.last = said, number


def cpu_s(work):
    """CPU of some work [s]."""
    began = time.process_time()
    work()
    return time.process_time() - began
