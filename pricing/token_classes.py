"""The classes of tokens that sellers charge for, each with its rate, in one list.

Whatever bills tokens reads this list: the quote of a request, many requests as arrays, the bill
of a scenario, the difference between two catalogues. A class that is not in it is billed nowhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pricing.errors import Problem
from pricing.provenance import Source
from pricing.rate_card import Band
from pricing.refusal import NoPriceError

TOKEN: Final = "token"
ANY_LIFETIME: Final = ""
"""Lifetime of tokens that have none, and of writes whose seller does not tell them apart."""


@dataclass(frozen=True, slots=True)
class TokenClass:
    """Tokens that are billed alike."""

    key: str
    name: str
    """As it stands in a line of a bill."""
    cells: Callable[[Band], Mapping[str, Decimal]]
    """Rates that the seller publishes, by lifetime, the default first [USD/Mtok]."""
    count: Callable[[Any], Any]
    """Tokens of the class in a request, or in each of many; every token is in one class [token].

    From anything with `input_tokens` (cached and written ones included), `cached_tokens`,
    `cache_write_tokens` and `output_tokens`: whole numbers, floats or arrays, as is the answer.
    """
    billed_as: str | None = None
    """Key of the class whose rate holds where none is published; None: there always is one."""
    is_output: bool = False
    """Whether the model writes them: they grow with the length of answers."""


@dataclass(frozen=True, slots=True)
class ClassRate:
    """What the tokens of one class cost in one band."""

    token_class: TokenClass
    lifetime: str
    """Of a cache write; `ANY_LIFETIME` elsewhere."""
    usd_per_mtok: Decimal
    """NaN where the band is not offered."""
    source: Source
    note: str
    """Says so where the rate is another class's; empty where it is its own."""

    @property
    def name(self) -> str:
        """Name of the line: 'input', 'cache write, 30m'."""
        return rate_name(self.token_class, self.lifetime)


def _cached_cell(band: Band) -> Mapping[str, Decimal]:
    rate = band.cached_input_usd_per_mtok
    return {} if rate is None else {ANY_LIFETIME: rate}


TOKEN_CLASSES: Final = (
    TokenClass(
        key="input",
        name="input",
        cells=lambda band: {ANY_LIFETIME: band.input_usd_per_mtok},
        count=lambda of: of.input_tokens - of.cached_tokens - of.cache_write_tokens,
    ),
    TokenClass(
        key="cached",
        name="cached input",
        cells=_cached_cell,
        count=lambda of: of.cached_tokens,
        billed_as="input",
    ),
    TokenClass(
        key="write",
        name="cache write",
        cells=lambda band: band.cache_write_usd_per_mtok,
        count=lambda of: of.cache_write_tokens,
        billed_as="input",
    ),
    TokenClass(
        key="output",
        name="output",
        cells=lambda band: {ANY_LIFETIME: band.output_usd_per_mtok},
        count=lambda of: of.output_tokens,
        is_output=True,
    ),
)
"""Every class, in the order of a bill's lines."""
_BY_KEY: Final = {token_class.key: token_class for token_class in TOKEN_CLASSES}


def class_rates(band: Band, lifetimes: Sequence[str] = ()) -> Iterator[ClassRate]:
    """Rate of every class of tokens in a band, in the order of a bill's lines.

    Parameters
    ----------
    lifetimes
        Lifetimes of the cache writes, each with a rate of its own; empty: the seller's default.

    Raises
    ------
    NoPriceError
        The seller publishes write rates, and none of a lifetime asked for.
    """
    for token_class in TOKEN_CLASSES:
        yield from _rates_of(token_class, band, lifetimes)


def published_rates(band: Band) -> dict[tuple[TokenClass, str], Decimal]:
    """Cells that the seller publishes in a band, by class and lifetime [USD/Mtok]."""
    if not band.offered:
        return {}
    return {
        (token_class, lifetime): rate
        for token_class in TOKEN_CLASSES
        for lifetime, rate in token_class.cells(band).items()
    }


def billed_rate(token_class: TokenClass, lifetime: str, band: Band) -> Decimal | None:
    """What tokens of a class and lifetime are billed at; None where that is refused [USD/Mtok]."""
    try:
        return next(_rates_of(token_class, band, (lifetime,))).usd_per_mtok
    except NoPriceError:
        return None


def rate_name(token_class: TokenClass, lifetime: str) -> str:
    """Name of a class's tokens of one lifetime."""
    return f"{token_class.name}, {lifetime}" if lifetime else token_class.name


def _rates_of(token_class: TokenClass, band: Band, lifetimes: Sequence[str]) -> Iterator[ClassRate]:
    cells = token_class.cells(band)
    if not cells:
        yield _borrowed(token_class, band)
        return
    asked = lifetimes if lifetimes and ANY_LIFETIME not in cells else (next(iter(cells)),)
    unknown = [life for life in asked if life not in cells]
    if unknown:
        limit = "no rate for a cache write of this lifetime is on record"
        known = f"On record: {', '.join(cells)}."
        raise NoPriceError(Problem("cache_write_lifetime", ", ".join(unknown), limit, known))
    for life in asked:
        source = band.cache_write_source.get(life, band.source)
        yield ClassRate(token_class, life, cells[life], source, "")


def _borrowed(token_class: TokenClass, band: Band) -> ClassRate:
    """Rate of the class that is billed instead."""
    other = _BY_KEY[token_class.billed_as or ""]
    rate = next(iter(other.cells(band).values()))
    note = f"no {token_class.name} rate is published: billed as {other.name}"
    return ClassRate(token_class, ANY_LIFETIME, rate, band.source, note)
