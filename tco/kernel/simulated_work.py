"""How much simulating may cost, counted so that it is the same on every machine."""

import math
from dataclasses import dataclass


class TooMuchWorkError(Exception):
    """A simulation needs more work than it was given."""


@dataclass(slots=True)
class Work:
    """Requests sent and steps taken, over all runs of a search; each takes a few microseconds."""

    most: float = math.inf
    done: int = 0

    def add(self, count: int = 1) -> None:
        """Count some more.

        Raises
        ------
        TooMuchWorkError
            If it is more than may be done.
        """
        self.done += count
        self.require(0)

    def require(self, count: int) -> None:
        """Make sure that so much more may be done, before any of it is.

        Raises
        ------
        TooMuchWorkError
            If it may not.
        """
        if self.done + count > self.most:
            raise TooMuchWorkError
