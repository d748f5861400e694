"""Lengths at which prices and limits change, and the places between them where requests lie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pricing.offer import Offer
from tco.own_data.usage.field_sql import MOST_COUNT


@dataclass(frozen=True, slots=True)
class Ends:
    """Between which lengths the single requests of a bucket lie [token]."""

    shortest: int
    longest: int
    longest_output: int | None
    """No less than the most output of one of them, and beyond no edge that it is not beyond."""
    longest_whole: int | None
    """The same, of input and output of one of them together."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Lengths between which requests may be added up [token]."""

    input: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    """Of input and output together."""
    by_hour: bool = False
    """Whether a price hangs on the hour, so that minutes stay apart."""

    @classmethod
    def of(cls, offers: Iterable[Offer]) -> Self:
        """Every edge and limit of some offers."""
        inputs, outputs, wholes, by_hour = set[int](), set[int](), set[int](), False
        for offer in offers:
            cards = [item.card for item in offer.price_sets]
            inputs |= {b.most_input_tokens_below for card in cards for b in card.bands[1:]}
            inputs |= {offer.max_input_tokens} - {None}  # type: ignore[arg-type]
            outputs |= {offer.max_output_tokens} - {None}  # type: ignore[arg-type]
            windows = {offer.context_window_tokens, *(c.context_window_tokens for c in cards)}
            wholes |= windows - {None}  # type: ignore[arg-type]
            by_hour |= offer.priced_by_hour
        return cls(tuple(sorted(inputs)), tuple(sorted(outputs)), tuple(sorted(wholes)), by_hour)

    def covers(self, other: Self) -> bool:
        """Whether what is added up between these edges lies between the others too."""
        mine = (self.input, self.output, self.whole)
        theirs = (other.input, other.output, other.whole)
        inside = all(set(b) <= set(a) for a, b in zip(mine, theirs, strict=True))
        return inside and (self.by_hour or not other.by_hour)

    def place(self) -> str:
        """Expression of the number of the place between the edges where a request lies."""
        told = (("longest", self.input), ("longest_output", self.output))
        lengths = {name: ends for name, ends in (*told, ("longest_whole", self.whole)) if ends}
        number = "0"
        for name, ends in lengths.items():
            number = f"({number}) * {len(ends) + 1} + {beyond(name, ends)}"
        first = " AND ".join(f"{name} <= {ends[0]}" for name, ends in lengths.items())
        return f"CASE WHEN {first} THEN 0 ELSE {number} END" if first else "0"

    def ends(self, place: int) -> Ends:
        """What a place tells of the lengths of its requests."""
        place, whole = divmod(place, len(self.whole) + 1)
        place, output = divmod(place, len(self.output) + 1)
        return Ends(
            shortest=self.input[place - 1] + 1 if place else 0,
            longest=self.input[place] if place < len(self.input) else MOST_COUNT,
            longest_output=_end(self.output, output),
            longest_whole=_end(self.whole, whole),
        )


def beyond(column: str, edges: Sequence[int]) -> str:
    """Number of edges that a length lies beyond, as an expression."""
    return " + ".join(f"({column} > {edge})::INT" for edge in edges) or "0"


def _end(edges: Sequence[int], place: int) -> int | None:
    """Length that lies beyond as many edges as a place says; None where there are no edges."""
    return edges[place] if place < len(edges) else edges[-1] + 1 if edges else None
