"""Work counted in a known loop, measured beside it: alike on quick machines, slow and busy ones."""

import time

MOST_LOOPS = 22.0
"""What an answer may take: some 4 s of CPU on two quiet cores, and as much work on others."""


def loops_of(work):
    """CPU of some work, over that of a loop just before and after it [1]."""
    before, taken, after = map(cpu_s, (known_loop, work, known_loop))
    return 2 * taken / (before + after)


def known_loop():
    sum(range(10_000_000)) + sum(i * i for i in range(1_000_000))


def cpu_s(work):
    """CPU of some work [s]."""
    began = time.process_time()
    work()
    return time.process_time() - began
