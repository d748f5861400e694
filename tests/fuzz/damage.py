"""Damaged copies of a file: one bit turned over, the end cut off, a piece gone or written twice."""

import os
import random

SEED = int(os.environ.get("FUZZ_SEED", "20261128"))


def flips(content, count, seed=SEED):
    """Copies with one bit of one byte turned over."""
    chance = random.Random(seed)
    for _ in range(count):
        at = chance.randrange(len(content))
        spoilt = bytearray(content)
        spoilt[at] ^= 1 << chance.randrange(8)
        yield bytes(spoilt)


def cuts(content, count, seed=SEED):
    """Copies that end too early."""
    chance = random.Random(seed)
    for _ in range(count):
        yield content[: chance.randrange(len(content))]


def pieces(content, count, seed=SEED):
    """Copies in which a piece is gone, or stands twice."""
    chance = random.Random(seed)
    for _ in range(count):
        first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        last = min(last, first + 400)
        gone = chance.random() < 0.5
        yield content[:first] + content[last:] if gone else content[:last] + content[first:]


def damaged(content, count):
    """Copies damaged in each of the three ways, by turns."""
    part = count // 3
    yield from flips(content, part)
    yield from cuts(content, part)
    yield from pieces(content, part)
