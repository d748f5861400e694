"""Whether a candidate takes the place of what is on record: never unasked, nor far moves unseen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Told(Protocol):
    """One difference between what is on record and the candidate."""

    @property
    def words(self) -> str:
        """The change in one sentence."""

    @property
    def large(self) -> bool:
        """Whether it takes a price away, or moves one more than threefold, up or down."""


ChangeT = TypeVar("ChangeT", bound=Told)


@dataclass(frozen=True, slots=True)
class Refresh(Generic[ChangeT]):
    """A candidate against what is on record, and what became of it."""

    changes: tuple[ChangeT, ...]
    written: bool
    reason: str
    """Why nothing was written; empty where it was."""
    up_to_date: bool = False
    """Whether there was nothing to write."""

    @property
    def large(self) -> tuple[ChangeT, ...]:
        """Changes that need their own acceptance."""
        return tuple(change for change in self.changes if change.large)


def settle(
    changes: Sequence[ChangeT],
    write: Callable[[], None],
    *,
    accept: bool,
    accept_large: bool,
) -> Refresh[ChangeT]:
    """Write the candidate if its changes are accepted, those that are large by their own word.

    Parameters
    ----------
    write
        Puts the candidate in place, whole or not at all.
    """
    result = Refresh(tuple(changes), written=False, reason="")
    if not accept:
        return Refresh(result.changes, False, "not accepted: give --accept to write it")
    if result.large and not accept_large:
        reason = (
            f"{len(result.large)} of {len(result.changes)} take a price away or move one more than "
            "threefold: look at each, then give --accept-large"
        )
        return Refresh(result.changes, False, reason)
    write()
    return Refresh(result.changes, written=True, reason="")
