"""Laws of a token bill, stated for an `Engine`, and mistakes that must each break one of them.

Rates are drawn at random, so a law cannot hold by luck of one price list.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from pricing.catalogue import Catalogue
from pricing.offer import Offer
from pricing.price_set import PriceSet
from pricing.provenance import Source
from pricing.provider_file import read_price_set
from pricing.rules import price, quote
from pricing.usage import RequestUsage

CATALOGUE = Catalogue.load()
DAY = date(2026, 11, 20)
EDGE = 272_000
EDGES = (EDGE, 200_000, 128_000)
MEGA = Decimal(1_000_000)
SOURCE = Source(name="a price list", as_of="2026-11-01")


@dataclass(frozen=True)
class Book:
    """A price list: rates per million tokens, one edge or none, and a batch tier at half."""

    input: Decimal
    cached: Decimal
    write: Decimal
    output: Decimal
    edge: int | None = EDGE
    input_factor: Decimal = Decimal(2)
    output_factor: Decimal = Decimal("1.5")

    def times(self, factor: Decimal) -> "Book":
        names = ("input", "cached", "write", "output")
        return replace(self, **{name: getattr(self, name) * factor for name in names})

    def bands(self) -> Iterable[tuple[int, Decimal, Decimal]]:
        yield 0, Decimal(1), Decimal(1)
        if self.edge is not None:
            yield self.edge, self.input_factor, self.output_factor


@cache
def offer(book: Book) -> Offer:
    def prices(tier: str, share: Decimal) -> PriceSet:
        bands = [
            {
                "above": above,
                "input": str(book.input * k * share),
                "cached": str(book.cached * k * share),
                "writes": {"30m": str(book.write * k * share)},
                "output": str(book.output * m * share),
            }
            for above, k, m in book.bands()
        ]
        return read_price_set({"tier": tier, "source": "s", "bands": bands}, {"s": SOURCE})

    return Offer(
        provider="p",
        provider_title="P",
        model="m",
        title="M",
        aliases=(),
        open_weights=None,
        released=None,
        first_seen=None,
        retires=None,
        served=True,
        context_window_tokens=None,
        max_input_tokens=None,
        max_output_tokens=None,
        quantisation=None,
        note="",
        fees=(),
        price_sets=(prices("standard", Decimal(1)), prices("batch", Decimal("0.5"))),
        residency_rules=(),
    )


class Engine:
    """Ours."""

    def cost(self, book: Book, usage: RequestUsage, tier: str = "standard") -> Decimal:
        found = price(CATALOGUE, offer(book), usage, on=DAY, tier=tier).usd
        assert found is not None
        return found

    def bill(self, book: Book, usages: Iterable[RequestUsage]) -> Decimal:
        return sum((self.cost(book, usage) for usage in usages), Decimal(0))

    def unknown(self) -> Decimal | None:
        return quote(CATALOGUE, "openai", "gpt-nonesuch", RequestUsage(1000), on=DAY).usd


def plain(
    book: Book,
    usage: RequestUsage,
    tier: str = "standard",
    *,
    long: bool | None = None,
    rerate_output: bool = True,
    rerate_cached: bool = True,
    cached_twice: bool = False,
    scale: Decimal = Decimal(1),
    batch_output: bool = True,
) -> Decimal:
    """The same bill written down in one line, with places for mistakes."""
    reached = book.edge is not None and usage.input_tokens > book.edge if long is None else long
    k = book.input_factor if reached else Decimal(1)
    m = book.output_factor if reached and rerate_output else Decimal(1)
    share = Decimal("0.5") if tier == "batch" else Decimal(1)
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    if cached_twice:
        fresh += usage.cached_tokens
    read = usage.cached_tokens * book.cached * (k if rerate_cached else Decimal(1))
    tokens_in = (fresh * book.input + usage.cache_write_tokens * book.write) * k + read
    out = usage.output_tokens * book.output * m * (share if batch_output else Decimal(1))
    return (tokens_in * share + out) * scale / MEGA


class Mistaken(Engine):
    """An engine with one seeded mistake."""

    def __init__(self, cost: Callable[..., Decimal]) -> None:
        self._cost = cost

    def cost(self, book: Book, usage: RequestUsage, tier: str = "standard") -> Decimal:
        return self._cost(book, usage, tier)


class DropsTheLastRow(Engine):
    def bill(self, book: Book, usages: Iterable[RequestUsage]) -> Decimal:
        return super().bill(book, list(usages)[:-1])


class TakesUnknownForZero(Engine):
    def unknown(self) -> Decimal | None:
        return Decimal(0)


class PricesTheMeanRequest(Engine):
    def bill(self, book: Book, usages: Iterable[RequestUsage]) -> Decimal:
        rows = list(usages)
        if not rows:
            return Decimal(0)
        mean = RequestUsage(
            *(
                sum(getattr(row, name) for row in rows) // len(rows)
                for name in ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens")
            )
        )
        return self.cost(book, mean) * len(rows)


def _edge(book: Book) -> int:
    return book.edge if book.edge is not None else 10**18


def _graduated(book: Book, usage: RequestUsage, tier: str) -> Decimal:
    short = plain(book, usage, tier, long=False)
    over = max(0, usage.input_tokens - _edge(book))
    share = Decimal("0.5") if tier == "batch" else Decimal(1)
    return short + over * book.input * (book.input_factor - 1) * share / MEGA


def _cents(book: Book, usage: RequestUsage, tier: str) -> Decimal:
    return plain(book, usage, tier).quantize(Decimal("0.01"))


MISTAKES: dict[str, Engine] = {
    "edge by >=": Mistaken(lambda b, u, t: plain(b, u, t, long=u.input_tokens >= _edge(b))),
    "edge by uncached input": Mistaken(
        lambda b, u, t: plain(b, u, t, long=u.input_tokens - u.cached_tokens > _edge(b))
    ),
    "edge by input without writes": Mistaken(
        lambda b, u, t: plain(b, u, t, long=u.input_tokens - u.cache_write_tokens > _edge(b))
    ),
    "edge by input + output": Mistaken(
        lambda b, u, t: plain(b, u, t, long=u.input_tokens + u.output_tokens > _edge(b))
    ),
    "output not re-rated": Mistaken(lambda b, u, t: plain(b, u, t, rerate_output=False)),
    "graduated": Mistaken(_graduated),
    "edge on every model": Mistaken(lambda b, u, t: plain(b, u, t, long=u.input_tokens > EDGE)),
    "cached counted twice": Mistaken(lambda b, u, t: plain(b, u, t, cached_twice=True)),
    "cached not re-rated": Mistaken(lambda b, u, t: plain(b, u, t, rerate_cached=False)),
    "per 1K taken for per 1M": Mistaken(lambda b, u, t: plain(b, u, t, scale=Decimal(1_000))),
    "per 1M taken for per 1K": Mistaken(lambda b, u, t: plain(b, u, t, scale=1 / Decimal(1_000))),
    "batch on input only": Mistaken(lambda b, u, t: plain(b, u, t, batch_output=False)),
    "cents per request": Mistaken(_cents),
    "writes billed as input": Mistaken(lambda b, u, t: plain(replace(b, write=b.input), u, t)),
    "last row dropped": DropsTheLastRow(),
    "unknown = 0": TakesUnknownForZero(),
    "mean request priced": PricesTheMeanRequest(),
}

rates = st.decimals(Decimal("0.01"), Decimal(200), places=3)
books = st.builds(
    lambda i, c, w, o, edge: Book(i, (i * c).quantize(Decimal("0.0001")), i * w, o, edge),
    rates,
    st.decimals(Decimal("0.02"), Decimal(1), places=2),
    st.sampled_from([Decimal(1), Decimal("1.25"), Decimal("2.5")]),
    rates,
    st.sampled_from([EDGE, None, *EDGES]),
)
inputs = st.one_of(st.integers(0, 900_000), st.integers(EDGE - 2, EDGE + 2), st.integers(0, 4_000))


@st.composite
def usages(draw: st.DrawFn) -> RequestUsage:
    tokens = draw(inputs)
    cached = draw(st.integers(0, tokens))
    return RequestUsage(
        input_tokens=tokens,
        cached_tokens=cached,
        cache_write_tokens=draw(st.integers(0, tokens - cached)),
        output_tokens=draw(st.integers(0, 130_000)),
    )


def l01_nothing_costs_nothing(engine: Engine, book: Book) -> None:
    assert engine.cost(book, RequestUsage(0)) == 0


def l02_lines_are_positive_and_sum_to_the_total(
    engine: Engine, book: Book, usage: RequestUsage
) -> None:
    quoted = price(CATALOGUE, offer(book), usage, on=DAY)
    assert all(line.usd >= 0 for line in quoted.lines)
    assert sum(line.quantity for line in quoted.lines) == usage.input_tokens + usage.output_tokens
    assert engine.cost(book, usage) == sum((line.usd for line in quoted.lines), Decimal(0))


def l03_homogeneous_in_prices(engine: Engine, book: Book, usage: RequestUsage) -> None:
    factor = Decimal("3.7")
    assert engine.cost(book.times(factor), usage) == factor * engine.cost(book, usage)


def l04_to_l06_additive_in_any_order_and_any_chunks(
    engine: Engine, book: Book, rows: list[RequestUsage], cut: int
) -> None:
    whole = engine.bill(book, rows)
    assert whole == sum((engine.cost(book, row) for row in rows), Decimal(0))
    assert engine.bill(book, rows[::-1]) == whole
    assert engine.bill(book, rows[:cut]) + engine.bill(book, rows[cut:]) == whole


def l07_splitting_one_request(engine: Engine, book: Book, half: int, output: int) -> None:
    whole = engine.cost(book, RequestUsage(2 * half, output_tokens=2 * output))
    halves = 2 * engine.cost(book, RequestUsage(half, output_tokens=output))
    if book.edge is None or 2 * half <= book.edge:
        assert whole == halves
    elif half <= book.edge:
        assert whole - halves == (2 * half * book.input + output * book.output) / MEGA


def l08_l09_a_million_tokens_cost_the_rate(engine: Engine, book: Book) -> None:
    flat = replace(book, edge=None)
    assert engine.cost(flat, RequestUsage(1_000_000)) == book.input
    assert engine.cost(flat, RequestUsage(0, output_tokens=1_000_000)) == book.output
    thousand = engine.cost(flat, RequestUsage(1_000, 1_000))
    assert thousand * 1_000 == book.cached


def l10_more_tokens_cost_more(engine: Engine, book: Book, usage: RequestUsage) -> None:
    cost = engine.cost(book, usage)
    assert engine.cost(book, replace(usage, input_tokens=usage.input_tokens + 1)) > cost
    assert engine.cost(book, replace(usage, output_tokens=usage.output_tokens + 1)) > cost


def l11_a_token_moved_to_the_cache(engine: Engine, book: Book, usage: RequestUsage) -> None:
    if usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens < 1:
        return
    reached = book.edge is not None and usage.input_tokens > book.edge
    k = book.input_factor if reached else Decimal(1)
    moved = replace(usage, cached_tokens=usage.cached_tokens + 1)
    saved = engine.cost(book, usage) - engine.cost(book, moved)
    assert saved == (book.input - book.cached) * k / MEGA


def l12_the_cliff(engine: Engine, book: Book, cached: int, written: int, output: int) -> None:
    edge = book.edge
    if edge is None:
        return
    cached = min(cached, edge)
    written = min(written, edge - cached)
    below = engine.cost(book, RequestUsage(edge, cached, written, output))
    above = engine.cost(book, RequestUsage(edge + 1, cached, written, output))
    jump = (
        (edge - cached - written) * book.input
        + cached * book.cached
        + written * book.write
        + 2 * book.input
        + output * book.output / 2
    )
    assert above - below == jump / MEGA


def l13_output_never_moves_the_band(engine: Engine, book: Book, usage: RequestUsage) -> None:
    more = replace(usage, output_tokens=usage.output_tokens + 300_000)
    reached = book.edge is not None and usage.input_tokens > book.edge
    m = book.output_factor if reached else Decimal(1)
    step = engine.cost(book, more) - engine.cost(book, usage)
    assert step == 300_000 * book.output * m / MEGA


def l14_no_edge_no_jump(engine: Engine, book: Book, tokens: int) -> None:
    flat = replace(book, edge=None)
    step = engine.cost(flat, RequestUsage(tokens + 1)) - engine.cost(flat, RequestUsage(tokens))
    assert step == book.input / MEGA


def l15_batch_is_half_on_every_line(engine: Engine, book: Book, usage: RequestUsage) -> None:
    assert 2 * engine.cost(book, usage, "batch") == engine.cost(book, usage)


def l17_unknown_is_not_zero(engine: Engine) -> None:
    assert engine.unknown() is None


def l18_the_mean_prices_right_only_on_one_side_of_the_edge(
    engine: Engine, book: Book, low: int, high: int
) -> None:
    rows = [RequestUsage(2 * low), RequestUsage(2 * high)]
    mean = 2 * engine.cost(book, RequestUsage(low + high))
    edge = book.edge
    one_side = edge is None or max(low, high) * 2 <= edge or min(low, high) * 2 > edge
    if one_side:
        assert engine.bill(book, rows) == mean
    elif low + high > edge >= 2 * min(low, high):
        assert engine.bill(book, rows) < mean or min(low, high) == 0


def l19_a_write_and_its_reads_beat_no_cache(engine: Engine, book: Book, reads: int) -> None:
    tokens = 100_000
    plain_cost = (1 + reads) * engine.cost(book, RequestUsage(tokens))
    with_cache = engine.cost(book, RequestUsage(tokens, 0, tokens)) + reads * engine.cost(
        book, RequestUsage(tokens, tokens)
    )
    pays = book.write + reads * book.cached < (reads + 1) * book.input
    assert (with_cache < plain_cost) == pays


lengths = st.one_of(
    st.integers(0, 450_000),
    st.sampled_from([part for edge in EDGES for part in (edge // 2 + 1, edge * 3 // 4, edge)]),
)
"""Wherever they lie, and often enough where two of them reach an edge that one does not."""
LAWS: dict[str, tuple[Callable[..., None], dict[str, st.SearchStrategy[object]]]] = {
    "L1": (l01_nothing_costs_nothing, {"book": books}),
    "L2": (l02_lines_are_positive_and_sum_to_the_total, {"book": books, "usage": usages()}),
    "L3": (l03_homogeneous_in_prices, {"book": books, "usage": usages()}),
    "L4-L6": (
        l04_to_l06_additive_in_any_order_and_any_chunks,
        {"book": books, "rows": st.lists(usages(), max_size=5), "cut": st.integers(0, 5)},
    ),
    "L7": (
        l07_splitting_one_request,
        {"book": books, "half": lengths, "output": st.integers(0, 9_000)},
    ),
    "L8-L9": (l08_l09_a_million_tokens_cost_the_rate, {"book": books}),
    "L10": (l10_more_tokens_cost_more, {"book": books, "usage": usages()}),
    "L11": (l11_a_token_moved_to_the_cache, {"book": books, "usage": usages()}),
    "L12": (
        l12_the_cliff,
        {
            "book": books,
            "cached": st.integers(0, EDGE),
            "written": st.integers(0, EDGE),
            "output": st.integers(0, 9_000),
        },
    ),
    "L13": (l13_output_never_moves_the_band, {"book": books, "usage": usages()}),
    "L14": (l14_no_edge_no_jump, {"book": books, "tokens": inputs}),
    "L15": (l15_batch_is_half_on_every_line, {"book": books, "usage": usages()}),
    "L17": (l17_unknown_is_not_zero, {}),
    "L18": (
        l18_the_mean_prices_right_only_on_one_side_of_the_edge,
        {"book": books, "low": lengths, "high": lengths},
    ),
    "L19": (
        l19_a_write_and_its_reads_beat_no_cache,
        {"book": books, "reads": st.integers(0, 12)},
    ),
}
