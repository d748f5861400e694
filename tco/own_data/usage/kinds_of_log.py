"""Kinds of requests that a log's scenario tells apart: by what answers them, band and cache.

Where a seller prices what it keeps for an hour apart from what it keeps for minutes, and a log
tells both, each kind becomes one of each lifetime, in the shares that were written: together they
cost what the log's requests do, whichever of them wrote for how long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pricing.rate_card import Band
from tco.own_data.usage.lines_of_log import TodaysLine
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.traffic_of_log import LengthClass, length_classes
from tco.own_data.usage.usage_log import UsageLog
from tco.question.options import ApiOption
from tco.question.traffic import MOST_KINDS


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests that become one class of a scenario."""

    line: TodaysLine
    lengths: LengthClass
    cache_lifetime: str | None
    """How long what they write is kept; None: the seller's default."""

    @property
    def option(self) -> ApiOption:
        """The API that answers them."""
        return self.line.option.model_copy(update={"cache_lifetime": self.cache_lifetime})


def kinds_of(
    log: UsageLog, sellers: Sellers, lines: Sequence[TodaysLine], on: date
) -> tuple[Kind, ...]:
    """Kinds of each line, in order; lines beyond what a scenario holds stay out."""
    kinds: list[Kind] = []
    for one in lines:
        found = list(_of_line(log, sellers, one, on))
        if len(kinds) + len(found) > MOST_KINDS:
            break
        kinds += found
    return tuple(kinds)


def main_lifetime(kinds: Sequence[Kind]) -> str | None:
    """Lifetime for which most is written; the seller's default where nothing is."""
    written: dict[str | None, float] = {}
    for kind in kinds:
        life = kind.cache_lifetime
        written[life] = written.get(life, 0.0) + kind.lengths.written_tokens
    return max(written, key=lambda life: written[life]) if written else None


def _of_line(log: UsageLog, sellers: Sellers, one: TodaysLine, on: date) -> Iterator[Kind]:
    option = one.option
    offer = sellers.catalogue.offer(option.provider, option.model)
    card = offer.rate_card(option.tier, on=on, residency=option.residency)
    edges = [band.most_input_tokens_below for band in card.bands[1:] if band.offered]
    single = one.part.shape.tells_requests
    kinds = [
        Kind(one, lengths, lifetime)
        for whole in length_classes(log.connection, one.rows, edges, single=single)
        for lifetime, lengths in _by_lifetime(whole, card.bands[0])
    ]
    most = main_lifetime(kinds)
    for kind in kinds:
        yield kind if kind.lengths.written_tokens else replace(kind, cache_lifetime=most)


def _by_lifetime(whole: LengthClass, band: Band) -> Iterator[tuple[str | None, LengthClass]]:
    """Part requests by how long what they write is kept, in the shares that were written."""
    priced_apart = [*band.cache_write_usd_per_mtok][1:]  # the default stands first
    kept: dict[str | None, float] = {}
    for told, tokens in whole.written.items():
        life = told if told in priced_apart else None
        kept[life] = kept.get(life, 0.0) + tokens
    for life, tokens in kept.items():
        if tokens:
            yield life, whole.part(tokens / whole.written_tokens)
    if not whole.written_tokens:
        yield None, whole
